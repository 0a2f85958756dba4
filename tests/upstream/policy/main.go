// The default policy of one version of Kubernetes, as kube-apiserver creates it at its start: one JSON object a line.
// Which version is the choice of the module file: go run -modfile=1.31.mod .
package main

import (
	"encoding/json"
	"fmt"
	"os"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

func main() {
	print("ClusterRole", append(bootstrappolicy.ClusterRoles(), bootstrappolicy.ControllerRoles()...))
	print("ClusterRoleBinding", append(bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()...))
	for _, roles := range bootstrappolicy.NamespaceRoles() {
		print("Role", roles)
	}
	for _, bindings := range bootstrappolicy.NamespaceRoleBindings() {
		print("RoleBinding", bindings)
	}
}

func print[T any](kind string, objects []T) {
	for i := range objects {
		switch object := any(&objects[i]).(type) {
		case *rbacv1.ClusterRole:
			object.TypeMeta = typeOf(kind)
		case *rbacv1.ClusterRoleBinding:
			object.TypeMeta = typeOf(kind)
		case *rbacv1.Role:
			object.TypeMeta = typeOf(kind)
		case *rbacv1.RoleBinding:
			object.TypeMeta = typeOf(kind)
		}
		line, err := json.Marshal(&objects[i])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(string(line))
	}
}

func typeOf(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: rbacv1.SchemeGroupVersion.String(), Kind: kind}
}
