package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// asl is a state machine's text: as much of the language as template.yaml uses. Any other field fails to decode.
type asl struct {
	Comment        string
	StartAt        string
	TimeoutSeconds int
	States         map[string]state
	// of an item processor
	ProcessorConfig struct{ Mode, ExecutionType string }
}

type state struct {
	Type, Resource, Next, Default, Comment string
	TimeoutSeconds, MaxConcurrency         int
	Retry                                  []map[string]any
	Parameters, ItemSelector               map[string]any
	ResultSelector                         map[string]any
	ResultPath                             json.RawMessage
	ItemsPath                              string
	ItemReader                             *struct {
		Resource     string
		ReaderConfig struct{ InputType string }
		Parameters   map[string]any
	}
	ItemProcessor *asl
	Choices       []struct {
		Variable, Next string
		IsPresent      bool
	}
	End bool
}

func readMachine(t *testing.T) *asl {
	t.Helper()
	raw, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Resources map[string]struct {
			Properties struct {
				Definition yaml.Node `yaml:"Definition"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	var plain any
	node := doc.Resources["ReportMachine"].Properties.Definition
	if err := node.Decode(&plain); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	var m asl
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return &m
}

// machine runs the definition on the handler, every task twice: Step Functions may try again what was done.
type machine struct {
	t     *testing.T
	stage *stage
	tasks map[string]int // by mode
}

func (m *machine) run(a *asl, input, item any) any {
	m.t.Helper()
	name := a.StartAt
	for {
		s, ok := a.States[name]
		if !ok {
			m.t.Fatalf("there is no state %q", name)
		}
		input = m.one(name, &s, input, item)
		switch {
		case s.Type == "Choice":
			name = s.Default
			for _, c := range s.Choices {
				if _, present := lookup(input, c.Variable); present == c.IsPresent {
					name = c.Next
				}
			}
		case s.End || s.Type == "Succeed":
			return input
		default:
			name = s.Next
		}
	}
}

func (m *machine) one(name string, s *state, input, item any) any {
	m.t.Helper()
	var result any
	switch s.Type {
	case "Choice", "Succeed":
		return input
	case "Task":
		if s.Parameters != nil {
			input = m.fill(s.Parameters, input, item)
		}
		result = m.task(name, s, input)
	case "Map":
		result = m.each(s, input)
	default:
		m.t.Fatalf("%s: type %q", name, s.Type)
	}
	if s.ResultSelector != nil {
		result = m.fill(s.ResultSelector, result, nil)
	}
	switch string(s.ResultPath) {
	case "":
		return result
	case "null": // the input goes on
		return input
	}
	m.t.Fatalf("%s: ResultPath %s", name, s.ResultPath)
	return nil
}

func (m *machine) each(s *state, input any) any {
	m.t.Helper()
	list, _ := lookup(input, s.ItemsPath)
	if s.ItemReader != nil {
		at := m.fill(s.ItemReader.Parameters, input, nil).(map[string]any)
		body, err := m.stage.archive.Get(m.t.Context(), fmt.Sprint(at["Key"]), 1<<20)
		if err != nil {
			m.t.Fatal(err)
		}
		if err := json.Unmarshal(body, &list); err != nil {
			m.t.Fatal(err)
		}
	}
	var results []any
	for _, item := range list.([]any) {
		results = append(results, m.run(s.ItemProcessor, m.fill(s.ItemSelector, input, item), item))
	}
	return results
}

func (m *machine) task(name string, s *state, input any) any {
	m.t.Helper()
	if s.Resource != "${Report}" || s.TimeoutSeconds <= 900 || len(s.Retry) == 0 {
		m.t.Errorf("%s: wants the report function, more time than it has, and retries: %+v", name, s)
	}
	body, err := json.Marshal(input)
	if err != nil {
		m.t.Fatal(err)
	}
	var out any
	for range 2 {
		if err := m.stage.invoke(m.t, &out, "%s", body); err != nil {
			m.t.Fatalf("%s: %s: %v", name, body, err)
		}
	}
	m.tasks[fmt.Sprint(input.(map[string]any)["mode"])]++
	return out
}

// fill makes a payload of a template: names that end in .$ are looked up.
func (m *machine) fill(template map[string]any, input, item any) any {
	m.t.Helper()
	out := map[string]any{}
	for name, v := range template {
		bare, isPath := strings.CutSuffix(name, ".$")
		if isPath {
			path, from := fmt.Sprint(v), input
			if rest, ok := strings.CutPrefix(path, "$$.Map.Item.Value"); ok {
				path, from = "$"+rest, item
			}
			if path == "$$.Execution.Id" {
				path, from = "$", "arn:aws:states:::execution:1"
			}
			found, ok := lookup(from, path)
			if !ok {
				m.t.Fatalf("%s: nothing is at %v", name, v)
			}
			v = found
		}
		out[bare] = v
	}
	return out
}

// lookup follows $.name and $.name[0].
func lookup(v any, path string) (any, bool) {
	for _, step := range strings.FieldsFunc(strings.TrimPrefix(path, "$"), func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		if i, err := strconv.Atoi(step); err == nil {
			list, _ := v.([]any)
			if i >= len(list) {
				return nil, false
			}
			v = list[i]
			continue
		}
		m, _ := v.(map[string]any)
		next, ok := m[step]
		if !ok {
			return nil, false
		}
		v = next
	}
	return v, true
}

// The state machine of template.yaml, run on the handler, publishes what one fold publishes.
func TestTheTemplatesMachine(t *testing.T) {
	list := many(120)
	want := whole(t, list)
	definition := readMachine(t)
	for _, c := range []struct {
		name, input string
		border      int64
		tasks       map[string]int
	}{
		{"small", request, border, map[string]int{"plan": 1}},
		{"beyond one Lambda", request, 100, map[string]int{"plan": 1, "part": 124, "merge": 1}},
		{"asked for", `{"site":"default","period":"monthly","date":"2026-03-01","split":true}`, border, map[string]int{"plan": 1, "part": 124, "merge": 1}},
		{"the schedule", `{"scheduled_time":"2026-04-01T01:05:00Z"}`, 100, map[string]int{"plan": 1, "part": 124, "merge": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			s.border = c.border
			s.fake.hold("default", list...)
			var input any
			if err := json.Unmarshal([]byte(c.input), &input); err != nil {
				t.Fatal(err)
			}
			m := &machine{t, s, map[string]int{}}
			m.run(definition, input, nil)
			if d := cmp.Diff(c.tasks, m.tasks); d != "" {
				t.Errorf("steps (-want +got):\n%s", d)
			}
			if d := cmp.Diff(want, s.files(t, month, 1)); d != "" {
				t.Errorf("(-one fold +machine):\n%s", d)
			}
		})
	}
}
