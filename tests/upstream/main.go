// Command oracle answers questions about Kubernetes access by asking upstream's own code: it reads one JSON
// document a line on standard input and writes one a line on standard output, in order. See README.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"
	"k8s.io/klog/v2"
)

// question is one line of input. Which members count depends on Op.
type question struct {
	Op    string            `json:"op"`
	ID    json.RawMessage   `json:"id,omitempty"`
	Files map[string]string `json:"files,omitempty"`
	// Base64 has further files, and with op yaml the text (under any one path), that are not valid UTF-8.
	Base64 map[string][]byte `json:"base64,omitempty"`
	Asks   []ask             `json:"asks,omitempty"`
	World  worldOptions      `json:"world,omitempty"`
	Text   string            `json:"text,omitempty"`
	Data   map[string]string `json:"data,omitempty"`
	Owner  json.RawMessage   `json:"owner,omitempty"`
	Target json.RawMessage   `json:"target,omitempty"`
	Args   []string          `json:"args,omitempty"`
}

func main() {
	oracle, err := newOracle()
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(2)
	}
	err = oracle.serve(os.Stdin, os.Stdout)
	oracle.close()
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(2)
	}
}

// oracle holds the engines, each started once and kept for all questions.
type oracle struct {
	directory string
	api       *fakeAPI
	webhook   *webhook
	cluster   *cluster
	kubectl   *kubectl
}

// newOracle starts the engines. Nothing leaves the process: every HTTP request that upstream code makes ends
// in fakeAPI.
func newOracle() (*oracle, error) {
	logrus.SetOutput(io.Discard)
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	directory, err := os.MkdirTemp("", "oracle-")
	if err != nil {
		return nil, err
	}
	api, err := newFakeAPI()
	if err != nil {
		return nil, err
	}
	kubectl, err := newKubectl(directory, api)
	if err != nil {
		return nil, err
	}
	webhook, err := newWebhook(directory, api)
	if err != nil {
		return nil, err
	}
	cluster, err := newCluster()
	if err != nil {
		return nil, err
	}
	return &oracle{directory, api, webhook, cluster, kubectl}, nil
}

func (o *oracle) close() { os.RemoveAll(o.directory) }

// serve answers until the input ends. A line that cannot be read is answered with its error, too.
func (o *oracle) serve(in io.Reader, out io.Writer) error {
	reader := bufio.NewReaderSize(in, 1<<16)
	writer := bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	encoder.SetEscapeHTML(false)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 1 {
			if err := encoder.Encode(o.answer(line)); err != nil {
				return err
			}
			if err := writer.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// answer gives the answer to one line. If upstream code panics, that is the answer ("panic").
func (o *oracle) answer(line []byte) (reply map[string]any) {
	var q question
	defer func() {
		if problem := recover(); problem != nil {
			reply = map[string]any{"panic": fmt.Sprint(problem)}
		}
		if len(q.ID) > 0 {
			reply["id"] = q.ID
		}
	}()
	if err := json.Unmarshal(line, &q); err != nil {
		return failure(err)
	}
	result, err := o.dispatch(&q)
	if err != nil {
		return failure(err)
	}
	return result
}

func (o *oracle) dispatch(q *question) (map[string]any, error) {
	switch q.Op {
	case "world":
		return o.world(q)
	case "yaml":
		for _, text := range q.Base64 {
			q.Text = string(text)
		}
		return readDocuments(q.Text), nil
	case "awsauth":
		return parseMap(q.Data), nil
	case "cover":
		return cover(q.Owner, q.Target)
	case "policy":
		return defaultPolicy()
	case "cani":
		return o.kubectl.canI(q.Args)
	default:
		return nil, fmt.Errorf("unknown op %q", q.Op)
	}
}

func failure(err error) map[string]any { return map[string]any{"failure": err.Error()} }
