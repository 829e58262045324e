package template

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// condition evaluates a named condition.
func (e *evaluator) condition(where, name string) bool {
	n := child(child(e.root, "Conditions"), name)
	if n == nil {
		e.fail("%s: there is no condition %q", where, name)
		return false
	}
	v, ok := e.eval("Conditions."+name, n).(bool)
	if !ok {
		e.fail("Conditions.%s: is no condition", name)
	}
	return v
}

func (e *evaluator) test(where, name string, arg *yaml.Node) any {
	if name == "Condition" {
		return e.condition(where, arg.Value)
	}
	args, ok := e.operands(where, arg)
	if !ok {
		e.fail("%s: !%s takes a list", where, name)
		return false
	}
	switch name {
	case "Equals":
		return len(args) == 2 && fmt.Sprint(args[0]) == fmt.Sprint(args[1])
	case "Not":
		return len(args) == 1 && args[0] != true
	}
	for _, v := range args {
		if (v == true) != (name == "And") {
			return name == "Or"
		}
	}
	return name == "And"
}

// operands are a condition's arguments; {Condition: Name} stands for a named one there, and only there.
func (e *evaluator) operands(where string, arg *yaml.Node) ([]any, bool) {
	if arg.Kind != yaml.SequenceNode {
		return nil, false
	}
	var out []any
	for _, c := range arg.Content {
		if n := child(c, "Condition"); n != nil && len(unalias(c).Content) == 2 {
			out = append(out, e.condition(where, n.Value))
			continue
		}
		out = append(out, e.eval(where, c))
	}
	return out, true
}
