package template

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// evaluator holds the template's sections and the first thing that was wrong.
type evaluator struct {
	file       string
	root       *yaml.Node
	parameters map[string]any
	resources  map[string]*yaml.Node
	order      []string
	depth      int
	err        error
}

// stack is the name the laptop's stack goes by; account its account.
const (
	stack   = "tributary-local"
	account = "000000000000"
	// Region is what AWS::Region stands for.
	Region = "us-east-1"
)

// noValue is what !Ref AWS::NoValue evaluates to: the property is absent.
type noValue struct{}

func newEvaluator(file string, root *yaml.Node, overrides map[string]string) *evaluator {
	e := &evaluator{file: file, root: root, parameters: map[string]any{}, resources: map[string]*yaml.Node{}}
	params := child(root, "Parameters")
	for i := 0; params != nil && i+1 < len(params.Content); i += 2 {
		e.parameter(params.Content[i].Value, params.Content[i+1], overrides)
	}
	res := child(root, "Resources")
	if res == nil || res.Kind != yaml.MappingNode {
		e.fail("Resources: must be a mapping")
		return e
	}
	for i := 0; i+1 < len(res.Content); i += 2 {
		id := res.Content[i].Value
		e.resources[id] = unalias(res.Content[i+1])
		e.order = append(e.order, id)
	}
	return e
}

func (e *evaluator) parameter(name string, n *yaml.Node, overrides map[string]string) {
	value, given := overrides[name]
	if d := child(n, "Default"); !given && d != nil {
		value, given = d.Value, true
	}
	if !given {
		return // an error only where something refers to it
	}
	e.parameters[name] = value
	if t := child(n, "Type"); t != nil && strings.Contains(t.Value, "List") {
		var list []any
		for _, s := range strings.Split(value, ",") {
			list = append(list, strings.TrimSpace(s))
		}
		e.parameters[name] = list
	}
}

func (e *evaluator) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf("%s: %s", e.file, fmt.Sprintf(format, args...))
	}
}

func (e *evaluator) globals(section string) *yaml.Node {
	return child(child(e.root, "Globals"), section)
}

func (e *evaluator) kind(id string) string {
	if n := child(e.resources[id], "Type"); n != nil {
		return n.Value
	}
	e.fail("%s: has no Type", id)
	return ""
}

func (e *evaluator) exists(id string) bool {
	c := child(e.resources[id], "Condition")
	return c == nil || e.condition(id, c.Value)
}

// name is the physical name of a function, table or bucket.
func (e *evaluator) name(id string) string {
	kinds := map[string]string{
		"AWS::Serverless::Function": "FunctionName", "AWS::DynamoDB::Table": "TableName", "AWS::S3::Bucket": "BucketName",
	}
	kind := e.kind(id)
	if given := e.object(id, child(e.resources[id], "Properties")).text(kinds[kind]); given != "" {
		return given
	}
	if kind == "AWS::S3::Bucket" {
		return strings.ToLower(stack + "-" + id)
	}
	return stack + "-" + id
}

// call tells the intrinsic function of a node and its argument, in the short (!Sub) or long (Fn::Sub) form.
func call(n *yaml.Node) (string, *yaml.Node) {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		arg := *n
		arg.Tag = map[yaml.Kind]string{yaml.ScalarNode: "!!str", yaml.SequenceNode: "!!seq", yaml.MappingNode: "!!map"}[n.Kind]
		return n.Tag[1:], &arg
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		key := n.Content[0].Value
		if name, ok := strings.CutPrefix(key, "Fn::"); ok || key == "Ref" {
			return name, unalias(n.Content[1])
		}
	}
	return "", nil
}

func isFunction(n *yaml.Node) bool { name, _ := call(n); return name != "" }

// reduce takes !If and !Ref AWS::NoValue away from around a node; nil is an absent value.
func (e *evaluator) reduce(where string, n *yaml.Node) *yaml.Node {
	for n = unalias(n); n != nil; {
		name, arg := call(n)
		switch {
		case name == "If":
			n = e.branch(where, arg)
		case name == "Ref" && arg.Value == "AWS::NoValue", n.Tag == "!!null":
			return nil
		default:
			return n
		}
	}
	return n
}

func (e *evaluator) branch(where string, arg *yaml.Node) *yaml.Node {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) != 3 {
		e.fail("%s: !If takes a condition and two values", where)
		return nil
	}
	if e.condition(where, arg.Content[0].Value) {
		return unalias(arg.Content[1])
	}
	return unalias(arg.Content[2])
}

// eval evaluates a node to string, bool, int, float64, nil, []any or map[string]any.
func (e *evaluator) eval(where string, n *yaml.Node) any {
	if e.depth++; e.depth > 100 {
		e.fail("%s: refers to itself", where)
		return ""
	}
	defer func() { e.depth-- }()
	n = e.reduce(where, n)
	if n == nil {
		return noValue{}
	}
	if name, arg := call(n); name != "" {
		return e.apply(where, name, arg)
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if v := e.eval(where+"."+n.Content[i].Value, n.Content[i+1]); v != any(noValue{}) {
				out[n.Content[i].Value] = v
			}
		}
		return out
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			if v := e.eval(where, c); !isNoValue(v) {
				out = append(out, v)
			}
		}
		return out
	}
	var v any
	if err := n.Decode(&v); err != nil {
		e.fail("%s: %v", where, err)
	}
	if _, ok := scalar(v); !ok {
		return n.Value // a date without quotes and the like: CloudFormation takes the text
	}
	return v
}

func isNoValue(v any) bool { _, ok := v.(noValue); return ok }

func (e *evaluator) apply(where, name string, arg *yaml.Node) any {
	switch name {
	case "Ref":
		return e.ref(where, arg.Value)
	case "GetAtt":
		return e.getAtt(where, arg)
	case "Sub":
		return e.substitute(where, arg)
	case "Join", "Select", "FindInMap", "Split":
		args, ok := e.eval(where, arg).([]any)
		if !ok || len(args) < 2 {
			e.fail("%s: !%s takes a list", where, name)
			return ""
		}
		return e.listFunction(where, name, args)
	case "Equals", "Not", "And", "Or", "Condition":
		return e.test(where, name, arg)
	}
	e.fail("%s: !%s is not known on a laptop", where, name)
	return ""
}

func (e *evaluator) listFunction(where, name string, args []any) any {
	first, _ := scalar(args[0])
	second, _ := scalar(args[1])
	list, _ := args[1].([]any)
	switch name {
	case "Join":
		var parts []string
		for _, v := range list {
			s, _ := scalar(v)
			parts = append(parts, s)
		}
		return strings.Join(parts, first)
	case "Split":
		var out []any
		for _, s := range strings.Split(second, first) {
			out = append(out, s)
		}
		return out
	case "Select":
		if i, err := strconv.Atoi(first); err == nil && i >= 0 && i < len(list) {
			return list[i]
		}
	case "FindInMap":
		if len(args) == 3 {
			third, _ := scalar(args[2])
			if n := child(child(child(child(e.root, "Mappings"), first), second), third); n != nil {
				return e.eval(where, n)
			}
		}
	}
	e.fail("%s: !%s finds nothing", where, name)
	return ""
}
