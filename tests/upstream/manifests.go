package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install" // registers the codecs of core
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/rbac"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install" // registers the codecs of RBAC
	rbacvalidation "k8s.io/kubernetes/pkg/apis/rbac/validation"
)

// objects is what a cluster holds, as far as access goes. Keys are namespace/name.
type objects struct {
	roles               map[string]*rbacv1.Role
	clusterRoles        map[string]*rbacv1.ClusterRole
	roleBindings        map[string]*rbacv1.RoleBinding
	clusterRoleBindings map[string]*rbacv1.ClusterRoleBinding
	awsAuth             *corev1.ConfigMap
}

func newObjects() *objects {
	return &objects{
		roles: map[string]*rbacv1.Role{}, clusterRoles: map[string]*rbacv1.ClusterRole{},
		roleBindings: map[string]*rbacv1.RoleBinding{}, clusterRoleBindings: map[string]*rbacv1.ClusterRoleBinding{},
	}
}

// loader reads files as `kubectl apply` would and admits each object as the API server would.
type loader struct {
	kubectl *kubectl
	decoder runtime.Decoder
	objects *objects
	notes   []string
}

func newLoader(kubectl *kubectl, into *objects, strict bool) *loader {
	codecs := legacyscheme.Codecs
	if strict {
		codecs = serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)
	}
	return &loader{kubectl: kubectl, decoder: codecs.UniversalDecoder(), objects: into}
}

// load writes the files out and reads them in bytewise order of their paths, each by kubectl's own builder: those with
// an ending that kubectl takes from a directory.
func (l *loader) load(directory string, files map[string]string) error {
	paths := make([]string, 0, len(files))
	for path := range files {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		if !slices.Contains(resource.FileExtensions, filepath.Ext(path)) {
			continue
		}
		full := filepath.Join(directory, fmt.Sprintf("manifest%s", filepath.Ext(path)))
		if err := os.WriteFile(full, []byte(files[path]), 0o600); err != nil {
			return err
		}
		if err := l.read(path, full); err != nil {
			l.note(path, strings.ReplaceAll(err.Error(), full, path))
		}
	}
	return nil
}

// read takes one file. Like kubectl it goes on after an object that fails, and ends where the file cannot be parsed.
func (l *loader) read(path, full string) error {
	result := l.kubectl.builder().ContinueOnError().NamespaceParam("default").DefaultNamespace().
		Path(false, full).Flatten().Do()
	return result.Visit(func(info *resource.Info, err error) error {
		if err != nil {
			return err
		}
		if err := l.admit(info); err != nil {
			return fmt.Errorf("%s %q: %w", info.Mapping.GroupVersionKind.Kind, info.Name, err)
		}
		return nil
	})
}

func (l *loader) note(path, text string) { l.notes = append(l.notes, path+": "+text) }

// admit decodes, defaults and validates an object of a kind that matters, and stores it if it is accepted.
func (l *loader) admit(info *resource.Info) error {
	kind := info.Mapping.GroupVersionKind
	if kind.Group != rbac.GroupName && (kind.Group != "" || kind.Kind != "ConfigMap") {
		return nil
	}
	object := info.Object.(*unstructured.Unstructured)
	if object.GetAPIVersion() == "" {
		// The decoder below would also read "apiversion"; kubectl's validation comes first (kubectl, pkg/validation).
		return errors.New("apiVersion not set")
	}
	text, err := object.MarshalJSON()
	if err != nil {
		return err
	}
	decoded, err := runtime.Decode(l.decoder, text)
	if err != nil {
		return err
	}
	switch object := decoded.(type) {
	case *rbac.Role:
		return store(rbacvalidation.ValidateRole(object), object, l.objects.roles)
	case *rbac.ClusterRole:
		problems := rbacvalidation.ValidateClusterRole(object, rbacvalidation.ClusterRoleValidationOptions{})
		return store(problems, object, l.objects.clusterRoles)
	case *rbac.RoleBinding:
		return store(rbacvalidation.ValidateRoleBinding(object), object, l.objects.roleBindings)
	case *rbac.ClusterRoleBinding:
		return store(rbacvalidation.ValidateClusterRoleBinding(object), object, l.objects.clusterRoleBindings)
	case *core.ConfigMap:
		if object.Namespace != "kube-system" || object.Name != "aws-auth" {
			return nil
		}
		found := map[string]*corev1.ConfigMap{}
		if err := store(corevalidation.ValidateConfigMap(object), object, found); err != nil {
			return err
		}
		l.objects.awsAuth = found["kube-system/aws-auth"]
	}
	return nil
}

// versioned is an API type of v1, as the authorizer takes them.
type versioned[T any] interface {
	*T
	named
}

type named interface {
	runtime.Object
	GetNamespace() string
	GetName() string
}

// store converts an accepted object to v1 and puts it in its place, over one of the same name.
func store[T any, P versioned[T]](problems field.ErrorList, object runtime.Object, into map[string]P) error {
	if len(problems) > 0 {
		return problems.ToAggregate()
	}
	converted := P(new(T))
	if err := legacyscheme.Scheme.Convert(object, converted, nil); err != nil {
		return err
	}
	into[key(converted)] = converted
	return nil
}

func key(object named) string { return object.GetNamespace() + "/" + object.GetName() }
