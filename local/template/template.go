// Package template reads the part of a SAM template that has a meaning on a laptop: functions with
// their routes, streams and schedules, tables and buckets. What it would have to ignore silently in one of
// those it refuses with a sentence; resource kinds that only exist in the cloud (alarms, roles, log groups, catalogues) it
// skips. Of a state machine it takes the schedules, which invoke the function that Metadata.Laptop names.
package template

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Template is what the runner has to make.
type Template struct {
	Functions []Function
	Tables    []Table
	Buckets   []Bucket
}

// Function is one AWS::Serverless::Function.
type Function struct {
	ID          string // logical id
	Name        string // FunctionName, or <stack>-<logical id>
	Folder      string // CodeUri, slash separated, relative to the template
	Timeout     time.Duration
	MemoryMB    int
	Concurrency int // ReservedConcurrentExecutions, 0 where unset
	Env         map[string]string
	Routes      []Route
	Streams     []Stream
	Schedules   []Schedule
	Objects     []Objects
}

// Base is the last element of the function's folder, by which people call it.
func (f Function) Base() string { return filepath.Base(f.Folder) }

// Route is one HttpApi event.
type Route struct {
	Method  string // upper case, or ANY
	Path    string // with {name} and a trailing {name+}
	Timeout time.Duration
}

// Stream is one DynamoDB event: an event source mapping.
type Stream struct {
	Event           string // name of the event in the template
	Table           string // logical id of the table
	FromLatest      bool   // StartingPosition LATEST instead of TRIM_HORIZON
	BatchSize       int
	BatchWindow     time.Duration
	Tumbling        time.Duration // 0 = none
	PartialFailures bool          // ReportBatchItemFailures
	Bisect          bool
	MaxRetries      int           // -1 = without end
	MaxAge          time.Duration // -1 = without end
}

// Schedule is one ScheduleV2 event.
type Schedule struct {
	Event      string
	Expression string // cron(…), rate(…) or at(…)
	Zone       string // IANA name, UTC by default
	Input      string
	Disabled   bool
}

// Objects is one EventBridgeRule event on objects that are put into a bucket.
type Objects struct {
	Event    string
	Bucket   string   // its name
	Prefixes []string // of keys; none: all
}

// Table is one AWS::DynamoDB::Table.
type Table struct {
	ID, Name   string
	Attributes []Attribute
	Key        []Key
	Indexes    []Index
	StreamView string // empty = no stream
	TTL        string // attribute, empty = none
}

// Attribute is an attribute definition: S, N or B.
type Attribute struct{ Name, Type string }

// Key is an element of a key schema: HASH or RANGE.
type Key struct{ Name, Type string }

// Index is a secondary index.
type Index struct {
	Name       string
	Local      bool
	Key        []Key
	Projection string
	NonKey     []string
}

// Bucket is one AWS::S3::Bucket.
type Bucket struct {
	ID, Name string
	Tells    bool // it sends its events to EventBridge
}

// Read reads the template with the given parameter values; parameters it does not declare are passed over.
// An error is one sentence that names file, resource and property.
func Read(path string, parameters map[string]string) (*Template, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the template: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("%s is no YAML: %w", filepath.Base(path), err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: a template is a mapping with Resources", filepath.Base(path))
	}
	e := newEvaluator(filepath.Base(path), doc.Content[0], parameters)
	t := e.template()
	if e.err != nil {
		return nil, e.err
	}
	return t, nil
}

// refused are kinds that do something on AWS which the runner would silently not do.
var refused = map[string]string{
	"AWS::Lambda::Function":               "write it as AWS::Serverless::Function",
	"AWS::Lambda::EventSourceMapping":     "write it as an event of its function",
	"AWS::Scheduler::Schedule":            "write it as a ScheduleV2 event of its function",
	"AWS::Events::Rule":                   "write it as a ScheduleV2 event of its function",
	"AWS::Serverless::Api":                "write it as AWS::Serverless::HttpApi",
	"AWS::Serverless::SimpleTable":        "write it as AWS::DynamoDB::Table",
	"AWS::Serverless::Application":        "nested applications are not run on the laptop",
	"AWS::DynamoDB::GlobalTable":          "write it as AWS::DynamoDB::Table",
	"AWS::ApiGatewayV2::Api":              "write it as AWS::Serverless::HttpApi",
	"AWS::Serverless::WebSocketApi":       "websockets are not served on the laptop",
	"AWS::CloudFormation::CustomResource": "custom resources are not run on the laptop",
}

func (e *evaluator) template() *Template {
	t := &Template{}
	var machines []string
	for _, id := range e.order {
		if !e.exists(id) {
			continue
		}
		o := e.object(id, child(e.resources[id], "Properties"))
		switch kind := e.kind(id); kind {
		case "AWS::Serverless::Function":
			o = e.object(id, merge(e.globals("Function"), o.node))
			t.Functions = append(t.Functions, o.function(id))
		case "AWS::DynamoDB::Table":
			t.Tables = append(t.Tables, o.table(id))
		case "AWS::S3::Bucket":
			t.Buckets = append(t.Buckets, o.bucket(id))
		case "AWS::Serverless::StateMachine":
			machines = append(machines, id)
		case "AWS::Serverless::HttpApi":
			e.object(id, merge(e.globals("HttpApi"), o.node)).api()
		default:
			if why, ok := refused[kind]; ok {
				e.fail("%s: %s cannot run here: %s", id, kind, why)
			}
		}
	}
	for _, id := range machines {
		e.machine(id, t)
	}
	e.check(t)
	return t
}

// check holds what only shows across resources.
func (e *evaluator) check(t *Template) {
	seen := map[string]string{}
	routes := map[string]string{}
	for _, f := range t.Functions {
		if other, ok := seen[f.Base()]; ok {
			e.fail("%s: CodeUri: its folder has the name of %s's", f.ID, other)
		}
		seen[f.Base()] = f.ID
		for _, s := range f.Streams {
			i := slices.IndexFunc(t.Tables, func(t Table) bool { return t.ID == s.Table })
			if i < 0 || t.Tables[i].StreamView == "" {
				e.fail("%s: Events.%s.Stream: %s is no table with a StreamSpecification", f.ID, s.Event, s.Table)
			}
		}
		for _, o := range f.Objects {
			if !slices.ContainsFunc(t.Buckets, func(b Bucket) bool { return b.Name == o.Bucket && b.Tells }) {
				e.fail("%s: Events.%s: bucket %q is none of the template's whose NotificationConfiguration turns EventBridge on", f.ID, o.Event, o.Bucket)
			}
		}
		for _, r := range f.Routes {
			key := r.Method + " " + r.Path
			if other, ok := routes[key]; ok {
				e.fail("%s: route %s is already taken by %s", f.ID, key, other)
			}
			routes[key] = f.ID
		}
	}
	if len(t.Functions) == 0 && e.err == nil {
		e.fail("Resources: there is no AWS::Serverless::Function")
	}
}
