package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
)

// corpus is where the recorded answers lie; UPSTREAM_CORPUS overrides it.
func corpus(t *testing.T) string {
	t.Helper()
	directory := os.Getenv("UPSTREAM_CORPUS")
	if directory == "" {
		directory = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(directory); err != nil {
		t.Skipf("SKIPPED: no conformance corpus: %v", err)
	}
	return directory
}

// shared is the one oracle of a test run: the logging hook and the transport are of the process.
var shared = sync.OnceValues(newOracle)

func put(t *testing.T, question map[string]any, reply any) {
	t.Helper()
	oracle, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(oracle.answer(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, reply); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// otherwise are the cases of the corpus that upstream answers otherwise, and why.
var otherwise = map[string]string{
	"nested-list.json": "kubectl 0.34.1 fails on a List within a List (ExtractList finds no Items in the inner one); the corpus's reader flattened it",
}

// TestClusters asks every question of the corpus's clusters and compares all that the corpus promises, and the notes'
// number.
func TestClusters(t *testing.T) {
	directory := corpus(t)
	total, agreed := 0, 0
	for _, folder := range []string{"edge", "random"} {
		paths, err := filepath.Glob(filepath.Join(directory, folder, "*.json"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no cases in %s: %v", folder, err)
		}
		for _, path := range paths {
			asked, same := compareCluster(t, path)
			total, agreed = total+asked, agreed+same
		}
	}
	t.Logf("%d questions, %d answered as recorded", total, agreed)
}

// compareCluster gives the number of questions, and of those answered as recorded.
func compareCluster(t *testing.T, path string) (int, int) {
	var recorded struct {
		Files map[string]string `json:"files"`
		Notes []string          `json:"notes"`
		Cases []struct {
			Ask    json.RawMessage `json:"ask"`
			Expect answer          `json:"expect"`
		} `json:"cases"`
	}
	readJSON(t, path, &recorded)
	asks := []json.RawMessage{}
	for _, one := range recorded.Cases {
		asks = append(asks, one.Ask)
	}
	var reply struct {
		Answers []answer `json:"answers"`
		Notes   []string `json:"notes"`
		Failure string   `json:"failure"`
	}
	put(t, map[string]any{"op": "world", "files": recorded.Files, "asks": asks}, &reply)
	if len(reply.Answers) != len(asks) {
		t.Errorf("%s: %s", path, reply.Failure)
		return 0, 0
	}
	if len(recorded.Notes) != len(reply.Notes) {
		t.Logf("%s: notes\n%q\n%q", path, recorded.Notes, reply.Notes)
	}
	agreed := 0
	for i, one := range recorded.Cases {
		want, got := essential(one.Expect), essential(reply.Answers[i])
		switch reason := otherwise[filepath.Base(path)]; {
		case want == got:
			agreed++
		case reason != "":
			t.Logf("%s #%d: %s", path, i, reason)
		default:
			t.Errorf("%s #%d %s:\nwant %q\ngot  %q %v", path, i, one.Ask, want, got, reply.Answers[i].Error)
		}
	}
	return len(asks), agreed
}

// essential is the part of an answer that a cluster determines: not the wording, nor which binding was met first.
func essential(a answer) string {
	return map[bool]string{true: "known ", false: "unknown "}[a.Authenticated] + (&answer{
		Decision: a.Decision, Username: a.Username, MappedBy: a.MappedBy, Groups: a.Groups,
	}).essence()
}

// TestWorldOptions asks about what the corpus leaves at its default.
func TestWorldOptions(t *testing.T) {
	awsAuth := `apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/node
      username: system:node:{{EC2PrivateDNSName}}
    - sso: {permissionSetName: Dev, accountID: "111122223333"}
      username: sso
  mapUsers: |
    - {userarn: "arn:aws:iam::111122223333:user/Bob", username: upper}
    - {userarn: "arn:aws:iam::111122223333:user/bob", username: lower}
`
	role := "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: view, colour: red}\n"
	sso := map[string]any{"arn": "arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_1", "session": "a", "path": "/version", "verb": "get"}
	for name, one := range map[string]struct {
		world  map[string]any
		ask    map[string]any
		want   answer
		others bool
		notes  int
	}{
		"ec2":     {map[string]any{"ec2": map[string]string{"i-01234567": "ip-10"}}, map[string]any{"arn": "arn:aws:iam::111122223333:role/node", "session": "i-01234567"}, answer{Username: "system:node:ip-10"}, false, 0},
		"no ec2":  {nil, map[string]any{"arn": "arn:aws:iam::111122223333:role/node", "session": "i-01234567"}, answer{}, false, 0},
		"sso":     {map[string]any{"sso": true}, sso, answer{Username: "sso", Decision: "allow"}, false, 0},
		"bare":    {map[string]any{"sso": true, "bare": true}, sso, answer{Username: "sso", Decision: "deny"}, false, 0},
		"strict":  {map[string]any{"strict": true}, sso, answer{}, false, 1},
		"repeats": {nil, map[string]any{"arn": "arn:aws:iam::111122223333:user/bob", "repeat": 200}, answer{Username: "*"}, true, 0},
	} {
		var reply struct {
			Answers []answer `json:"answers"`
			Notes   []string `json:"notes"`
		}
		files := map[string]string{"a.yaml": awsAuth, "b.yaml": role}
		put(t, map[string]any{"op": "world", "files": files, "world": one.world, "asks": []any{one.ask}}, &reply)
		got := reply.Answers[0]
		if (got.Username != one.want.Username && one.want.Username != "*") || (len(got.Others) > 0) != one.others ||
			(one.want.Decision != "" && got.Decision != one.want.Decision) || len(reply.Notes) != one.notes {
			t.Errorf("%s: %+v, notes %q", name, got, reply.Notes)
		}
	}
}

// TestPolicyAndCover asks for what the corpus has nothing of.
func TestPolicyAndCover(t *testing.T) {
	var policy struct{ Objects []struct{ Kind string } }
	put(t, map[string]any{"op": "policy"}, &policy)
	count := map[string]int{}
	for _, object := range policy.Objects {
		count[object.Kind]++
	}
	want := map[string]int{"ClusterRole": 68, "ClusterRoleBinding": 49, "Role": 7, "RoleBinding": 7}
	if !reflect.DeepEqual(count, want) {
		t.Errorf("default policy: %v", count)
	}
	for target, covered := range map[string]bool{"pods/status": true, "pods": false} {
		var reply struct {
			Covered bool
			Missing []any
		}
		rule := func(resource string) any {
			return []any{map[string]any{"verbs": []string{"get"}, "apiGroups": []string{""}, "resources": []string{resource}}}
		}
		put(t, map[string]any{"op": "cover", "owner": rule("*/status"), "target": rule(target)}, &reply)
		if reply.Covered != covered || (len(reply.Missing) == 0) != covered {
			t.Errorf("cover of %s: %+v", target, reply)
		}
	}
}

// TestDocuments compares the reader of files.
func TestDocuments(t *testing.T) {
	var recorded []struct {
		Name, Text string
		Base64     []byte
		Documents  []any
		Error      string
	}
	readJSON(t, filepath.Join(corpus(t), "yaml", "documents.json"), &recorded)
	for _, one := range recorded {
		var reply struct {
			Documents []any
			Error     string
		}
		question := map[string]any{"op": "yaml", "text": one.Text}
		if one.Base64 != nil {
			question["base64"] = map[string][]byte{"text": one.Base64}
		}
		put(t, question, &reply)
		if !reflect.DeepEqual(one.Documents, reply.Documents) || (one.Error == "") != (reply.Error == "") {
			t.Errorf("%s: want %v %q, got %v %q", one.Name, one.Documents, one.Error, reply.Documents, reply.Error)
		}
	}
	t.Logf("%d texts", len(recorded))
}

// TestCanI compares what kubectl asks, warns of and fails with.
func TestCanI(t *testing.T) {
	var recorded []struct {
		Args             []string
		Review           any
		Warnings, Errors []string
	}
	readJSON(t, filepath.Join(corpus(t), "kubectl", "grammar.json"), &recorded)
	for _, one := range recorded {
		var reply struct {
			Review   any
			Warnings []string
			Error    string
		}
		put(t, map[string]any{"op": "cani", "args": one.Args}, &reply)
		if !reflect.DeepEqual(one.Review, reply.Review) || !reflect.DeepEqual(one.Warnings, reply.Warnings) ||
			(len(one.Errors) == 0) != (reply.Error == "") {
			t.Errorf("%q: want %v %q %q, got %v %q %q", one.Args, one.Review, one.Warnings, one.Errors,
				reply.Review, reply.Warnings, reply.Error)
		}
	}
	t.Logf("%d command lines", len(recorded))
}
