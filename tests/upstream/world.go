package main

import (
	"context"
	"maps"
	"strings"

	"k8s.io/apiserver/pkg/authorization/authorizer"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
)

// worldOptions are the circumstances of a world beside its files.
type worldOptions struct {
	// Bare leaves the default policy out.
	Bare bool `json:"bare,omitempty"`
	// Strict refuses unknown and duplicate fields, as the API server does when kubectl asks it to (its default).
	Strict bool `json:"strict,omitempty"`
	// SSO switches the authenticator's feature gate SSORoleMatch on.
	SSO bool `json:"sso,omitempty"`
	// EC2 has private DNS names by instance.
	EC2 map[string]string `json:"ec2,omitempty"`
}

// ask is one request of a world: who (ARN and Session, or User and Groups) and what (a resource or a Path).
type ask struct {
	ARN         string   `json:"arn,omitempty"`
	Session     string   `json:"session,omitempty"`
	AccessKey   string   `json:"accessKey,omitempty"`
	User        string   `json:"user,omitempty"`
	Groups      []string `json:"groups,omitempty"`
	Verb        string   `json:"verb,omitempty"`
	APIGroup    string   `json:"apiGroup,omitempty"`
	Resource    string   `json:"resource,omitempty"`
	Subresource string   `json:"subresource,omitempty"`
	Name        string   `json:"name,omitempty"`
	Namespace   string   `json:"namespace,omitempty"`
	Path        string   `json:"path,omitempty"`
	// Repeat asks so many times more; what came out otherwise is in Others.
	Repeat int `json:"repeat,omitempty"`
}

// answer is what upstream says to an ask.
type answer struct {
	Authenticated bool     `json:"authenticated"`
	Error         string   `json:"error,omitempty"`
	Username      string   `json:"username"`
	Groups        []string `json:"groups"`
	MappedBy      string   `json:"mappedBy,omitempty"`
	Decision      string   `json:"decision"`
	Reason        string   `json:"reason,omitempty"`
	Others        []answer `json:"others,omitempty"`
}

// world loads a cluster and answers its asks.
func (o *oracle) world(q *question) (map[string]any, error) {
	config.SSORoleMatchEnabled = q.World.SSO
	o.webhook.ec2.names = q.World.EC2
	found := newObjects()
	if !q.World.Bare {
		found.bootstrap()
	}
	files := map[string]string{}
	maps.Copy(files, q.Files)
	for path, content := range q.Base64 {
		files[path] = string(content)
	}
	loader := newLoader(o.kubectl, found, q.World.Strict)
	if err := loader.load(o.directory, files); err != nil {
		return nil, err
	}
	unsettled, err := o.cluster.fill(found)
	if err != nil {
		return nil, err
	}
	notes := append([]string{}, loader.notes...)
	notes = append(notes, unsettled...)
	if found.awsAuth != nil {
		if _, _, _, err := configmap.ParseMap(found.awsAuth.Data); err != nil {
			notes = append(notes, "aws-auth: "+err.Error())
		}
	}
	if err := o.webhook.load(found.awsAuth); err != nil {
		return nil, err
	}
	answers := make([]answer, 0, len(q.Asks))
	for _, ask := range q.Asks {
		given, err := o.askAgain(ask)
		if err != nil {
			return nil, err
		}
		answers = append(answers, given)
	}
	return map[string]any{"answers": answers, "notes": notes}, nil
}

// askAgain asks as often as wanted and gives the first answer, with those that differ in more than the reason.
func (o *oracle) askAgain(ask ask) (answer, error) {
	first, err := o.ask(ask)
	if err != nil {
		return first, err
	}
	seen := map[string]bool{first.essence(): true}
	for range ask.Repeat {
		next, err := o.ask(ask)
		if err != nil {
			return first, err
		}
		if !seen[next.essence()] {
			seen[next.essence()] = true
			first.Others = append(first.Others, next)
		}
	}
	return first, nil
}

func (a *answer) essence() string {
	return strings.Join(append([]string{a.Decision, a.Error, a.Username, a.MappedBy}, a.Groups...), "\x00")
}

// ask authenticates, adds groups and authorizes.
func (o *oracle) ask(ask ask) (answer, error) {
	who := mapped{allowed: true, username: ask.User, groups: ask.Groups}
	if ask.ARN != "" {
		var err error
		if who, err = o.webhook.identify(ask.ARN, ask.Session, ask.AccessKey); err != nil {
			return answer{}, err
		}
	}
	if !who.allowed {
		return answer{Error: who.problem, Decision: "deny"}, nil
	}
	info, err := addGroups(who.username, who.groups)
	if err != nil {
		return answer{}, err
	}
	given := answer{
		Authenticated: true, Username: info.GetName(), Groups: info.GetGroups(), MappedBy: who.mappedBy, Decision: "deny",
	}
	decision, reason, err := o.cluster.authorizer.Authorize(context.Background(), authorizer.AttributesRecord{
		User: info, Verb: ask.Verb, APIGroup: ask.APIGroup, Resource: ask.Resource, Subresource: ask.Subresource,
		Name: ask.Name, Namespace: ask.Namespace, Path: ask.Path, ResourceRequest: ask.Path == "",
	})
	if decision == authorizer.DecisionAllow {
		given.Decision = "allow"
	}
	given.Reason = reason
	return given, err
}
