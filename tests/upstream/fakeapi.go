package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// The hosts that fakeAPI answers for. Any other is refused.
const (
	clusterHost = "cluster.invalid"
	stsHost     = "sts.us-east-1.amazonaws.com"
)

// fakeAPI stands in for the network. As the process's default transport it answers the three servers that
// upstream code calls: STS (who holds a token), the API server's watch of aws-auth, and, for kubectl, its discovery and
// access reviews.
type fakeAPI struct {
	// discovery is upstream's own record of what 1.34 serves, one file a path.
	discovery string
	lock      sync.Mutex
	callers   map[string]callerIdentity
	watch     *io.PipeWriter
	watching  chan struct{}
	reviews   []authorizationv1.SelfSubjectAccessReviewSpec
}

// callerIdentity is what STS says of the holder of a token.
type callerIdentity struct {
	Account string `json:"Account"`
	Arn     string `json:"Arn"`
	UserID  string `json:"UserId"`
}

// newFakeAPI becomes the default transport of the process.
func newFakeAPI() (*fakeAPI, error) {
	discovery, err := discoveryDirectory()
	if err != nil {
		return nil, err
	}
	api := &fakeAPI{discovery: discovery, callers: map[string]callerIdentity{}, watching: make(chan struct{}, 1)}
	http.DefaultTransport = api
	return api, nil
}

// discoveryDirectory finds api/discovery of the Kubernetes module this program was built from: the place of
// one of its functions tells where the module lies. UPSTREAM_KUBERNETES overrides it.
func discoveryDirectory() (string, error) {
	root := os.Getenv("UPSTREAM_KUBERNETES")
	if root == "" {
		file := sourceFile(bootstrappolicy.ClusterRoles)
		index := strings.Index(file, "/plugin/pkg/auth/")
		if index < 0 {
			return "", fmt.Errorf("no Kubernetes module at %q (built with -trimpath? set UPSTREAM_KUBERNETES)", file)
		}
		root = file[:index]
	}
	directory := filepath.Join(root, "api", "discovery")
	_, err := os.Stat(filepath.Join(directory, "apis.json"))
	return directory, err
}

// RoundTrip implements http.RoundTripper.
func (f *fakeAPI) RoundTrip(request *http.Request) (*http.Response, error) {
	switch request.URL.Host {
	case stsHost:
		return f.sts(request)
	case clusterHost:
		return f.apiServer(request)
	}
	return nil, fmt.Errorf("no network: %s", request.URL.Host)
}

// sts answers GetCallerIdentity for a token of token().
func (f *fakeAPI) sts(request *http.Request) (*http.Response, error) {
	f.lock.Lock()
	caller, ok := f.callers[request.URL.Query().Get("X-Amz-Signature")]
	f.lock.Unlock()
	if !ok {
		return response(request, http.StatusForbidden, map[string]any{"Error": map[string]any{"Code": "InvalidClientTokenId"}})
	}
	return response(request, http.StatusOK, map[string]any{
		"GetCallerIdentityResponse": map[string]any{"GetCallerIdentityResult": caller},
	})
}

func (f *fakeAPI) apiServer(request *http.Request) (*http.Response, error) {
	path := request.URL.Path
	if path == "/api/v1/namespaces/kube-system/configmaps" && request.URL.Query().Get("watch") != "" {
		reader, writer := io.Pipe()
		f.watch = writer
		f.watching <- struct{}{}
		return respond(request, http.StatusOK, reader), nil
	}
	if request.Method == http.MethodPost && strings.HasSuffix(path, "/selfsubjectaccessreviews") {
		return f.review(request)
	}
	name := strings.ReplaceAll(strings.Trim(path, "/"), "/", "__") + ".json"
	content, err := os.ReadFile(filepath.Join(f.discovery, filepath.Base(name)))
	if err != nil {
		return response(request, http.StatusNotFound, map[string]any{
			"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
		})
	}
	return respond(request, http.StatusOK, io.NopCloser(bytes.NewReader(content))), nil
}

// review records what is asked and always allows it, as kubectl ends the process otherwise.
func (f *fakeAPI) review(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(body, nil, &authorizationv1.SelfSubjectAccessReview{})
	if err != nil {
		return nil, err
	}
	review := object.(*authorizationv1.SelfSubjectAccessReview)
	f.reviews = append(f.reviews, review.Spec)
	review.TypeMeta = metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"}
	review.Status.Allowed = true
	return response(request, http.StatusCreated, review)
}

// send hands an event to whoever watches aws-auth.
func (f *fakeAPI) send(kind string, object any) error {
	event, err := json.Marshal(map[string]any{"type": kind, "object": object})
	if err == nil {
		_, err = f.watch.Write(append(event, '\n'))
	}
	return err
}

// token makes a bearer token whose holder STS will say is caller. It is of the form that real clients make,
// without a signature that would be worth anything.
func (f *fakeAPI) token(caller callerIdentity, accessKey, date string) (string, func()) {
	f.lock.Lock()
	defer f.lock.Unlock()
	key := fmt.Sprintf("oracle%d", len(f.callers))
	f.callers[key] = caller
	query := url.Values{
		"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}, "X-Amz-Algorithm": {"AWS4-HMAC-SHA256"},
		"X-Amz-Credential": {accessKey + "/20260101/us-east-1/sts/aws4_request"}, "X-Amz-Date": {date},
		"X-Amz-Expires": {"60"}, "X-Amz-SignedHeaders": {"host;x-k8s-aws-id"}, "X-Amz-Signature": {key},
	}
	forget := func() {
		f.lock.Lock()
		defer f.lock.Unlock()
		delete(f.callers, key)
	}
	return "https://" + stsHost + "/?" + query.Encode(), forget
}

func response(request *http.Request, status int, body any) (*http.Response, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return respond(request, status, io.NopCloser(bytes.NewReader(text))), nil
}

func respond(request *http.Request, status int, body io.ReadCloser) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: body, Request: request,
	}
}

// sourceFile tells the file that a function was compiled from.
func sourceFile[F any](function func() F) string {
	file, _ := runtime.FuncForPC(functionPointer(function)).FileLine(functionPointer(function))
	return file
}
