package main

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"sort"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/group"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/authorization/union"
	rbacv1ac "k8s.io/client-go/applyconfigurations/rbac/v1"
	"k8s.io/client-go/informers"
	rbacv1client "k8s.io/client-go/kubernetes/typed/rbac/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	rbacauthorizer "k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// cluster is the authorizer of the API server and the controller that aggregates ClusterRoles, over informer
// caches that are filled by hand.
type cluster struct {
	roles               cache.Indexer
	clusterRoles        cache.Indexer
	roleBindings        cache.Indexer
	clusterRoleBindings cache.Indexer
	authorizer          authorizer.Authorizer
	// aggregate is the controller's work on one ClusterRole.
	aggregate func(ctx context.Context, key string) error
	// owned are the roles whose rules the controller has set.
	owned map[string]bool
}

func newCluster() (*cluster, error) {
	factory := informers.NewSharedInformerFactory(nil, 0).Rbac().V1()
	c := &cluster{
		roles: factory.Roles().Informer().GetIndexer(), clusterRoles: factory.ClusterRoles().Informer().GetIndexer(),
		roleBindings:        factory.RoleBindings().Informer().GetIndexer(),
		clusterRoleBindings: factory.ClusterRoleBindings().Informer().GetIndexer(),
	}
	c.authorizer = union.New(
		authorizerfactory.NewPrivilegedGroups(user.SystemPrivilegedGroup),
		rbacauthorizer.New(
			&rbacauthorizer.RoleGetter{Lister: factory.Roles().Lister()},
			&rbacauthorizer.RoleBindingLister{Lister: factory.RoleBindings().Lister()},
			&rbacauthorizer.ClusterRoleGetter{Lister: factory.ClusterRoles().Lister()},
			&rbacauthorizer.ClusterRoleBindingLister{Lister: factory.ClusterRoleBindings().Lister()},
		),
	)
	controller := clusterroleaggregation.NewClusterRoleAggregation(factory.ClusterRoles(), clusterRolesClient{cluster: c})
	handler, err := hidden(controller, "syncHandler")
	if err != nil {
		return nil, err
	}
	c.aggregate = handler.Interface().(func(context.Context, string) error)
	return c, nil
}

// fill replaces all the cluster's objects and aggregates its ClusterRoles. What it could not settle is in the notes.
func (c *cluster) fill(o *objects) ([]string, error) {
	for _, err := range []error{
		replace(c.roles, o.roles), replace(c.clusterRoles, o.clusterRoles),
		replace(c.roleBindings, o.roleBindings), replace(c.clusterRoleBindings, o.clusterRoleBindings),
	} {
		if err != nil {
			return nil, err
		}
	}
	return c.aggregateAll(o.clusterRoles)
}

func replace[T any](indexer cache.Indexer, by map[string]T) error {
	list := make([]any, 0, len(by))
	for _, object := range by {
		list = append(list, object)
	}
	return indexer.Replace(list, "")
}

// aggregateAll runs the controller to its fixed point: first from empty aggregated roles, so that rules in a cycle do
// not vouch for each other; then with the manifests' rules for the roles that came out empty, as the
// controller leaves those alone.
func (c *cluster) aggregateAll(clusterRoles map[string]*rbacv1.ClusterRole) ([]string, error) {
	c.owned = map[string]bool{}
	var aggregated []string
	for _, role := range clusterRoles {
		if role.AggregationRule != nil {
			aggregated = append(aggregated, role.Name)
			if err := c.setRules(role, nil); err != nil {
				return nil, err
			}
		}
	}
	// The controller's order is free. From the end of the alphabet the defaults (view, edit, admin) take one round.
	sort.Sort(sort.Reverse(sort.StringSlice(aggregated)))
	notes := c.settle(aggregated)
	restored := false
	for _, name := range aggregated {
		if role := clusterRoles["/"+name]; !c.owned[name] && len(role.Rules) > 0 {
			restored = true
			if err := c.setRules(role, role.Rules); err != nil {
				return nil, err
			}
		}
	}
	if restored {
		notes = c.settle(aggregated)
	}
	return notes, nil
}

// settle syncs the roles in turn until a round adds and takes no rule, and tells what failed in the last round. In a
// cycle the rules' order may turn for ever, upstream too; it decides nothing.
func (c *cluster) settle(names []string) []string {
	for range len(names) + 3 {
		notes, before := []string{}, c.rulesOf(names)
		for _, name := range names {
			if err := c.aggregate(context.Background(), name); err != nil {
				notes = append(notes, fmt.Sprintf("aggregation of %s: %v", name, err))
			}
		}
		if reflect.DeepEqual(before, c.rulesOf(names)) {
			return notes
		}
	}
	return []string{"aggregation does not settle"}
}

// rulesOf gives the sets of rules that the roles have now.
func (c *cluster) rulesOf(names []string) []map[string]bool {
	sets := make([]map[string]bool, 0, len(names))
	for _, name := range names {
		rules := map[string]bool{}
		if object, ok, _ := c.clusterRoles.GetByKey(name); ok {
			for _, rule := range object.(*rbacv1.ClusterRole).Rules {
				rules[rule.String()] = true
			}
		}
		sets = append(sets, rules)
	}
	return sets
}

func (c *cluster) setRules(role *rbacv1.ClusterRole, rules []rbacv1.PolicyRule) error {
	changed := role.DeepCopy()
	changed.Rules = rules
	return c.clusterRoles.Update(changed)
}

// clusterRolesClient is the API server as far as the aggregation controller uses it: forced server-side apply
// of a ClusterRole's rules. Rules that it leaves out go if it set them, and stay if not (rbac.md 5.1.6).
type clusterRolesClient struct {
	rbacv1client.ClusterRoleInterface
	cluster *cluster
}

// ClusterRoles implements rbacv1client.ClusterRolesGetter.
func (c clusterRolesClient) ClusterRoles() rbacv1client.ClusterRoleInterface { return c }

// Apply implements rbacv1client.ClusterRoleInterface.
func (c clusterRolesClient) Apply(_ context.Context, apply *rbacv1ac.ClusterRoleApplyConfiguration, _ metav1.ApplyOptions) (*rbacv1.ClusterRole, error) {
	object, ok, err := c.cluster.clusterRoles.GetByKey(*apply.Name)
	if err != nil || !ok {
		return nil, fmt.Errorf("no ClusterRole %s: %w", *apply.Name, err)
	}
	role := object.(*rbacv1.ClusterRole)
	if len(apply.Rules) == 0 && !c.cluster.owned[role.Name] {
		return role, nil
	}
	rules := make([]rbacv1.PolicyRule, 0, len(apply.Rules))
	for _, rule := range apply.Rules {
		rules = append(rules, rbacv1.PolicyRule{
			Verbs: rule.Verbs, APIGroups: rule.APIGroups, Resources: rule.Resources,
			ResourceNames: rule.ResourceNames, NonResourceURLs: rule.NonResourceURLs,
		})
	}
	c.cluster.owned[role.Name] = len(rules) > 0
	return role, c.cluster.setRules(role, rules)
}

// addGroups passes a user through the API server's group adder.
func addGroups(name string, groups []string) (user.Info, error) {
	authenticated := authenticator.RequestFunc(func(*http.Request) (*authenticator.Response, bool, error) {
		return &authenticator.Response{User: &user.DefaultInfo{Name: name, Groups: groups}}, true, nil
	})
	reply, _, err := group.NewAuthenticatedGroupAdder(authenticated).AuthenticateRequest(nil)
	if err != nil {
		return nil, err
	}
	return reply.User, nil
}

// bootstrap puts the default policy of 1.34 in.
func (o *objects) bootstrap() {
	add := func(roles []rbacv1.ClusterRole, bindings []rbacv1.ClusterRoleBinding) {
		for i := range roles {
			o.clusterRoles[key(&roles[i])] = &roles[i]
		}
		for i := range bindings {
			o.clusterRoleBindings[key(&bindings[i])] = &bindings[i]
		}
	}
	add(bootstrappolicy.ClusterRoles(), bootstrappolicy.ClusterRoleBindings())
	add(bootstrappolicy.ControllerRoles(), bootstrappolicy.ControllerRoleBindings())
	for _, roles := range bootstrappolicy.NamespaceRoles() {
		for i := range roles {
			o.roles[key(&roles[i])] = &roles[i]
		}
	}
	for _, bindings := range bootstrappolicy.NamespaceRoleBindings() {
		for i := range bindings {
			o.roleBindings[key(&bindings[i])] = &bindings[i]
		}
	}
}
