package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/kubectl/pkg/cmd/auth"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubernetes/pkg/apis/rbac"
)

// kubectl is the client side: how files become objects, and what `auth can-i` makes of its arguments. It knows what a
// server of 1.34 serves, alpha and beta groups included.
type kubectl struct {
	directory string
	api       *fakeAPI
	mapper    meta.RESTMapper
}

func newKubectl(directory string, api *fakeAPI) (*kubectl, error) {
	k := &kubectl{directory: directory, api: api}
	client, err := discovery.NewDiscoveryClientForConfig(k.connection(&rest.Config{}))
	if err != nil {
		return nil, err
	}
	groups, err := restmapper.GetAPIGroupResources(client)
	if err != nil {
		return nil, err
	}
	for _, group := range groups {
		if group.Group.Name == rbac.GroupName {
			// Not served since 1.22; old files still have them (rbac.md 2.2.5).
			for _, version := range []string{"v1beta1", "v1alpha1"} {
				group.Group.Versions = append(group.Group.Versions, metav1.GroupVersionForDiscovery{
					GroupVersion: rbac.GroupName + "/" + version, Version: version,
				})
				group.VersionedResources[version] = group.VersionedResources["v1"]
			}
		}
	}
	k.mapper = restmapper.NewDiscoveryRESTMapper(groups)
	return k, nil
}

func (k *kubectl) connection(config *rest.Config) *rest.Config {
	config.Host, config.Transport, config.QPS = "http://"+clusterHost, k.api, -1
	config.TLSClientConfig = rest.TLSClientConfig{}
	return config
}

// builder is kubectl's reader of files.
func (k *kubectl) builder() *resource.Builder {
	return resource.NewFakeBuilder(
		func(schema.GroupVersion) (resource.RESTClient, error) { return nil, nil },
		func() (meta.RESTMapper, error) { return k.mapper, nil },
		func() (restmapper.CategoryExpander, error) { return restmapper.SimpleCategoryExpander{}, nil },
	).Unstructured()
}

// fatal is what kubectl says when it would end the process.
type fatal struct{ text string }

// canI runs `kubectl auth can-i` and tells the review that it sends ("review", null if none), what it warns
// of ("warnings", lines of standard error) and its fatal error ("error").
func (k *kubectl) canI(arguments []string) (map[string]any, error) {
	kubeconfig := filepath.Join(k.directory, "kubeconfig")
	if err := os.WriteFile(kubeconfig, []byte("apiVersion: v1\nkind: Config\n"), 0o600); err != nil {
		return nil, err
	}
	cache := filepath.Join(k.directory, "cache")
	flags := genericclioptions.NewConfigFlags(true).WithWrapConfigFn(k.connection)
	flags.KubeConfig, flags.CacheDir = &kubeconfig, &cache
	var out, complaints bytes.Buffer
	command := auth.NewCmdCanI(cmdutil.NewFactory(flags), genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &out, ErrOut: &complaints})
	flags.AddFlags(command.PersistentFlags())
	command.SetArgs(arguments)
	command.SetOut(&out)
	command.SetErr(&complaints)
	command.SilenceUsage, command.SilenceErrors = true, true
	k.api.reviews = nil
	problem := run(command.Execute)
	reply := map[string]any{"review": nil, "warnings": lines(complaints.String()), "stdout": out.String()}
	if len(k.api.reviews) > 0 {
		reply["review"] = k.api.reviews[0]
	}
	if problem != "" {
		reply["error"] = problem
	}
	return reply, nil
}

// run gives the fatal error of a command.
func run(execute func() error) (problem string) {
	cmdutil.BehaviorOnFatal(func(text string, _ int) { panic(fatal{text}) })
	defer cmdutil.DefaultBehaviorOnFatal()
	defer func() {
		switch stopped := recover().(type) {
		case nil:
		case fatal:
			problem = stopped.text
		default:
			panic(fmt.Sprint(stopped))
		}
	}()
	if err := execute(); err != nil {
		return err.Error()
	}
	return ""
}

func lines(text string) []string {
	found := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			found = append(found, line)
		}
	}
	return found
}
