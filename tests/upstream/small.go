package main

import (
	"bytes"
	"encoding/json"
	"io"
	"sort"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/component-helpers/auth/rbac/validation"
)

// readDocuments reads a file's text as kubectl does, up to the first error: without its byte order mark.
func readDocuments(text string) map[string]any {
	reader := transform.NewReader(strings.NewReader(text), unicode.BOMOverride(unicode.UTF8.NewDecoder()))
	decoder := yaml.NewYAMLOrJSONDecoder(reader, 4096)
	documents := []json.RawMessage{}
	for {
		var document runtime.RawExtension
		err := decoder.Decode(&document)
		if err == io.EOF {
			return map[string]any{"documents": documents}
		}
		if err != nil {
			return map[string]any{"documents": documents, "error": err.Error()}
		}
		raw := bytes.TrimSpace(document.Raw)
		if len(raw) == 0 {
			raw = []byte("null")
		}
		documents = append(documents, bytes.Clone(raw))
	}
}

// cover tells which of the target's rules, broken down, the owner's do not cover.
func cover(owner, target json.RawMessage) (map[string]any, error) {
	var owned, wanted []rbacv1.PolicyRule
	if err := json.Unmarshal(owner, &owned); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(target, &wanted); err != nil {
		return nil, err
	}
	covered, missing := validation.Covers(owned, wanted)
	return map[string]any{"covered": covered, "missing": missing}, nil
}

// defaultPolicy lists the default objects as upstream has them, before any aggregation, by kind, namespace and name.
func defaultPolicy() (map[string]any, error) {
	defaults := newObjects()
	defaults.bootstrap()
	var list []named
	list = appendSorted(list, defaults.clusterRoles)
	list = appendSorted(list, defaults.clusterRoleBindings)
	list = appendSorted(list, defaults.roles)
	list = appendSorted(list, defaults.roleBindings)
	for _, object := range list {
		kinds, _, err := scheme.Scheme.ObjectKinds(object)
		if err != nil {
			return nil, err
		}
		object.GetObjectKind().SetGroupVersionKind(kinds[0])
	}
	return map[string]any{"objects": list}, nil
}

func appendSorted[T named](list []named, objects map[string]T) []named {
	keys := make([]string, 0, len(objects))
	for key := range objects {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		list = append(list, objects[key])
	}
	return list
}
