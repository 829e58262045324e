package template

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// object is a mapping of the template whose fields are evaluated when asked for. Wrong fields are noted once in the
// evaluator and read as zero values, so that reading code stays a list of fields.
type object struct {
	e     *evaluator
	where string
	node  *yaml.Node
}

// object makes an object of a mapping node; intrinsic functions around it are evaluated away.
func (e *evaluator) object(where string, n *yaml.Node) object {
	n = e.reduce(where, n)
	if n != nil && n.Kind != yaml.MappingNode {
		e.fail("%s: must be a mapping", where)
		n = nil
	}
	return object{e, where, n}
}

// at is where a field stands: "Function: Events.Get.Path".
func (o object) at(name string) string {
	if strings.Contains(o.where, ": ") {
		return o.where + "." + name
	}
	return o.where + ": " + name
}

func (o object) has(name string) bool { return o.field(name) != nil }

// field is the node of a field with !If taken away; nil where absent or AWS::NoValue.
func (o object) field(name string) *yaml.Node { return o.e.reduce(o.at(name), child(o.node, name)) }

func (o object) value(name string) any {
	n := o.field(name)
	if n == nil {
		return nil
	}
	return o.e.eval(o.at(name), n)
}

func (o object) sub(name string) object {
	return o.e.object(o.at(name), child(o.node, name))
}

func (o object) text(name string) string {
	v := o.value(name)
	if v == nil {
		return ""
	}
	s, ok := scalar(v)
	if !ok {
		o.fail(name, "must be text")
	}
	return s
}

func (o object) integer(name string, otherwise, low, high int) int {
	v := o.value(name)
	if v == nil {
		return otherwise
	}
	s, _ := scalar(v)
	i, err := strconv.Atoi(s)
	if err != nil || i < low || i > high {
		o.fail(name, "must be a whole number from %d to %d, not %q", low, high, s)
	}
	return i
}

func (o object) boolean(name string, otherwise bool) bool {
	v := o.value(name)
	if v == nil {
		return otherwise
	}
	s, _ := scalar(v)
	b, err := strconv.ParseBool(s)
	if err != nil {
		o.fail(name, "must be true or false, not %q", s)
	}
	return b
}

func (o object) texts(name string) []string {
	v := o.value(name)
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		o.fail(name, "must be a list")
	}
	var out []string
	for _, v := range list {
		s, _ := scalar(v)
		out = append(out, s)
	}
	return out
}

// objects are the mappings of a list.
func (o object) objects(name string) []object {
	n := o.field(name)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		o.fail(name, "must be a list")
		return nil
	}
	var out []object
	for i, c := range n.Content {
		out = append(out, o.e.object(fmt.Sprintf("%s[%d]", o.at(name), i), c))
	}
	return out
}

// names are the field names in the order of the file.
func (o object) names() []string {
	var out []string
	for i := 0; o.node != nil && i < len(o.node.Content); i += 2 {
		out = append(out, o.node.Content[i].Value)
	}
	return out
}

// only refuses every field that is not listed and present.
func (o object) only(known ...string) {
	for _, name := range o.names() {
		if !slices.Contains(known, name) && o.has(name) {
			o.fail(name, "cannot be honoured on a laptop")
		}
	}
}

// oneOf refuses a value outside of the list; empty is always allowed.
func (o object) oneOf(name string, allowed ...string) string {
	s := o.text(name)
	if s != "" && !slices.Contains(allowed, s) {
		o.fail(name, "must be %s, not %q", strings.Join(allowed, " or "), s)
	}
	return s
}

func (o object) fail(name, format string, args ...any) {
	o.e.fail("%s", o.at(name)+" "+fmt.Sprintf(format, args...))
}

// child is the node of a key in a mapping, nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	n = unalias(n)
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return unalias(n.Content[i+1])
		}
	}
	return nil
}

func unalias(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// merge lays a resource's properties over those of Globals as SAM does: mappings merge, lists are joined, else the resource wins.
func merge(global, local *yaml.Node) *yaml.Node {
	global, local = unalias(global), unalias(local)
	if global == nil || local == nil {
		if local == nil {
			return global
		}
		return local
	}
	if isFunction(global) || isFunction(local) || global.Kind != local.Kind {
		return local
	}
	out := *local
	switch local.Kind {
	case yaml.SequenceNode:
		out.Content = append(slices.Clone(global.Content), local.Content...)
	case yaml.MappingNode:
		out.Content = slices.Clone(local.Content)
		for i := 0; i+1 < len(out.Content); i += 2 {
			out.Content[i+1] = merge(child(global, out.Content[i].Value), out.Content[i+1])
		}
		for i := 0; i+1 < len(global.Content); i += 2 {
			if child(local, global.Content[i].Value) == nil {
				out.Content = append(out.Content, global.Content[i], global.Content[i+1])
			}
		}
	}
	return &out
}

// scalar is the text of a scalar value as CloudFormation passes it on.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}
