package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	awsarn "github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	authenticationv1beta1 "k8s.io/api/authentication/v1beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/aws-iam-authenticator/pkg/arn"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/ec2provider"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
	"sigs.k8s.io/aws-iam-authenticator/pkg/metrics"
	"sigs.k8s.io/aws-iam-authenticator/pkg/server"
)

// webhook is the real server of aws-iam-authenticator with the EKSConfigMap backend. It watches aws-auth
// and asks STS as ever; both answers come from fakeAPI.
type webhook struct {
	api     *fakeAPI
	handler http.Handler
	mapper  *configmap.ConfigMapMapper
	ec2     *instances
	// settled gets a value when the server has worked off all events before the marker.
	settled chan struct{}
	// problem is the error of the last "access denied" line.
	problem string
}

// mapped is what the server says of a caller.
type mapped struct {
	allowed  bool
	username string
	groups   []string
	mappedBy string
	problem  string
}

// newWebhook starts the server. It listens (as New does), but is only called in process.
func newWebhook(directory string, api *fakeAPI) (*webhook, error) {
	for name, value := range map[string]string{
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	metrics.InitMetrics(prometheus.NewRegistry())
	a := &webhook{api: api, ec2: &instances{}, settled: make(chan struct{}, 1)}
	logrus.AddHook(a)
	settings := config.Config{
		ClusterID: "oracle", PartitionID: "aws", Address: "127.0.0.1", Hostname: "localhost", StateDir: directory,
		KubeconfigPregenerated: true, Master: "http://" + clusterHost, BackendMode: []string{mapper.ModeEKSConfigMap},
	}
	started := server.New(context.Background(), settings)
	handler, err := hidden(started, "internalHandler")
	if err != nil {
		return nil, err
	}
	a.handler = handler.Interface().(http.Handler)
	ec2, err := hidden(a.handler, "ec2Provider")
	if err != nil {
		return nil, err
	}
	var provider ec2provider.EC2Provider = a.ec2
	ec2.Set(valueOf(&provider))
	backends, err := hidden(a.handler, "backendMapper")
	if err != nil {
		return nil, err
	}
	mappers, err := hidden(backends.Addr().Interface(), "mappers")
	if err != nil {
		return nil, err
	}
	a.mapper = mappers.Interface().([]mapper.Mapper)[0].(*configmap.ConfigMapMapper)
	<-api.watching
	return a, nil
}

// Levels implements logrus.Hook.
func (a *webhook) Levels() []logrus.Level { return logrus.AllLevels }

// Fire implements logrus.Hook: the server says nowhere else why it denies, or that it has read an event.
func (a *webhook) Fire(entry *logrus.Entry) error {
	switch entry.Message {
	case "access denied":
		a.problem = fmt.Sprint(entry.Data[logrus.ErrorKey])
	case "received a watch error":
		select {
		case a.settled <- struct{}{}:
		default:
		}
	}
	return nil
}

// load makes the server see this aws-auth (nil: none) and waits until it does. The error event is the marker:
// the server takes events one after the other, and logs this one.
func (a *webhook) load(awsAuth *corev1.ConfigMap) error {
	kind, object := "DELETED", &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "aws-auth"}}
	if awsAuth != nil {
		kind, object = "MODIFIED", awsAuth.DeepCopy()
	}
	object.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}
	if err := a.api.send(kind, object); err != nil {
		return err
	}
	marker := metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure}
	if err := a.api.send("ERROR", marker); err != nil {
		return err
	}
	select {
	case <-a.settled:
		return nil
	case <-time.After(10 * time.Second):
		return errors.New("the authenticator did not read aws-auth")
	}
}

// identify authenticates the principal by the real token check, mapping and templates. For a role's ARN the
// session is part of the question; STS never shows the role's path.
func (a *webhook) identify(principal, session, accessKey string) (mapped, error) {
	address, forget := a.api.token(stsView(principal, session), accessKey, time.Now().UTC().Format("20060102T150405Z"))
	defer forget()
	review := authenticationv1beta1.TokenReview{}
	review.Spec.Token = "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(address))
	body, err := json.Marshal(review)
	if err != nil {
		return mapped{}, err
	}
	a.problem = ""
	recorder := httptest.NewRecorder()
	a.handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/authenticate", bytes.NewReader(body)))
	if err := json.Unmarshal(recorder.Body.Bytes(), &review); err != nil {
		return mapped{}, err
	}
	if !review.Status.Authenticated {
		return mapped{problem: a.problem}, nil
	}
	user := review.Status.User
	found := mapped{allowed: true, username: user.Username, groups: user.Groups}
	found.mappedBy = a.mappedBy(strings.Join(user.Extra["canonicalArn"], ""))
	return found, nil
}

// mappedBy asks the mapper's three lists in the order in which the server does.
func (a *webhook) mappedBy(canonical string) string {
	lower := strings.ToLower(canonical)
	if _, err := a.mapper.RoleMapping(lower); err == nil {
		return "mapRoles"
	}
	if _, err := a.mapper.UserMapping(lower); err == nil {
		return "mapUsers"
	}
	return "mapAccounts"
}

// stsView is what GetCallerIdentity would say of the principal: a role is seen as its session, by its name alone.
func stsView(principal, session string) callerIdentity {
	parsed, err := awsarn.Parse(principal)
	if err != nil {
		return callerIdentity{Arn: principal, UserID: "AIDAORACLE"}
	}
	caller := callerIdentity{Account: parsed.AccountID, Arn: principal, UserID: "AIDAORACLE"}
	kind, _, err := arn.Canonicalize(principal)
	if err != nil {
		return caller
	}
	segments := strings.Split(parsed.Resource, "/")
	last := segments[len(segments)-1]
	switch kind {
	case arn.ROLE:
		caller.Arn = fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", parsed.Partition, parsed.AccountID, last, session)
		caller.UserID = "AROAORACLE:" + session
	case arn.ASSUMED_ROLE:
		if session == "" {
			session = last
		}
		caller.UserID = "AROAORACLE:" + session
	case arn.FEDERATED_USER:
		caller.UserID = parsed.AccountID + ":" + last
	case arn.ROOT:
		caller.UserID = parsed.AccountID
	}
	return caller
}

// instances is the EC2 API: private DNS names by instance, as far as a world tells them.
type instances struct{ names map[string]string }

// GetPrivateDNSName implements ec2provider.EC2Provider.
func (i *instances) GetPrivateDNSName(_ context.Context, id string) (string, error) {
	if name, ok := i.names[id]; ok {
		return name, nil
	}
	return "", fmt.Errorf("failed to find node %s in PrivateDNSNameCache", id)
}

// StartEc2DescribeBatchProcessing implements ec2provider.EC2Provider; there is nothing to fetch.
func (i *instances) StartEc2DescribeBatchProcessing(context.Context) {}

// parseMap reads aws-auth's data with the real parser.
func parseMap(data map[string]string) map[string]any {
	users, roles, accounts, err := configmap.ParseMap(data)
	reply := map[string]any{"mapRoles": roles, "mapUsers": users, "mapAccounts": accounts}
	if err != nil {
		reply["error"] = err.Error()
	}
	return reply
}
