// Command speed does with upstream's own code what iamrbac is compared with: `decode PATH` decodes every document of a
// file or a directory as kubectl does (cli-runtime 0.34.1, resource/visitor.go and resource/mapper.go), and `decide N`
// takes the time of one decision among N bindings.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/kubernetes/pkg/registry/rbac/validation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

func main() {
	var err error
	switch {
	case len(os.Args) == 3 && os.Args[1] == "decode":
		err = decode(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "decide":
		err = decide(os.Args[2])
	default:
		err = errors.New("usage: speed decode PATH | speed decide BINDINGS")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(2)
	}
}

func decode(root string) error {
	var objects []runtime.Object
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		decoder := yaml.NewYAMLOrJSONDecoder(file, 4096)
		for {
			var raw runtime.RawExtension
			if err := decoder.Decode(&raw); err != nil {
				// what kubectl cannot read it stops at; templates are in every tree
				return nil
			}
			if one, _, err := unstructured.UnstructuredJSONScheme.Decode(raw.Raw, nil, nil); err == nil {
				objects = append(objects, one)
			}
		}
	})
	fmt.Fprintln(io.Discard, len(objects))
	return err
}

// lists holds the objects as the authorizer asks for them.
type lists struct {
	roles    map[string]*rbacv1.ClusterRole
	bindings []*rbacv1.RoleBinding
}

func (l *lists) GetRole(context.Context, string, string) (*rbacv1.Role, error) {
	return nil, errors.New("no Role")
}

func (l *lists) ListRoleBindings(context.Context, string) ([]*rbacv1.RoleBinding, error) {
	return l.bindings, nil
}

func (l *lists) GetClusterRole(_ context.Context, name string) (*rbacv1.ClusterRole, error) {
	return l.roles[name], nil
}

func (l *lists) ListClusterRoleBindings(context.Context) ([]*rbacv1.ClusterRoleBinding, error) {
	return nil, nil
}

var (
	_ validation.RoleGetter               = &lists{}
	_ validation.RoleBindingLister        = &lists{}
	_ validation.ClusterRoleGetter        = &lists{}
	_ validation.ClusterRoleBindingLister = &lists{}
)

// decide has the same bindings as tests/benches/compare/decision.rs: ten of the caller, of which the last says yes.
func decide(count string) error {
	bindings, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	role := func(resource string) *rbacv1.ClusterRole {
		return &rbacv1.ClusterRole{Rules: []rbacv1.PolicyRule{{
			APIGroups: []string{""}, Resources: []string{resource, "services"}, Verbs: []string{"get", "list", "watch"},
		}}}
	}
	world := &lists{roles: map[string]*rbacv1.ClusterRole{"viewer": role("configmaps"), "lister": role("pods")}}
	for number := range bindings {
		group, name := "own", "viewer"
		if number >= 10 {
			group = fmt.Sprintf("team-%d", number/10)
		}
		if number == 9 {
			name = "lister"
		}
		world.bindings = append(world.bindings, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("b-%06d", number), Namespace: "ns"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: group}},
		})
	}
	// the informers of a server give bindings in no order, so that on the average half of them are looked at
	half := bindings / 2
	world.bindings = append(world.bindings[half:], world.bindings[:half]...)
	engine := rbac.New(world, world, world, world)
	asked := authorizer.AttributesRecord{
		User: &user.DefaultInfo{Name: "dev", Groups: []string{"own", "system:authenticated"}},
		Verb: "list", Namespace: "ns", APIVersion: "v1", Resource: "pods", ResourceRequest: true,
	}
	best := time.Hour
	for range 5 {
		start, turns := time.Now(), 0
		for time.Since(start) < 50*time.Millisecond {
			decision, _, err := engine.Authorize(context.Background(), asked)
			if err != nil || decision != authorizer.DecisionAllow {
				return fmt.Errorf("decision %v: %w", decision, err)
			}
			turns++
		}
		best = min(best, time.Since(start)/time.Duration(turns))
	}
	fmt.Printf("%.1f\n", float64(best.Nanoseconds())/1000)
	return nil
}
