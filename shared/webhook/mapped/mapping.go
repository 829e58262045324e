package mapped

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tributary/shared/event"
	"tributary/shared/fault"
)

// Bounds of a mapping.
const (
	maxRules  = 50
	maxFields = 64
)

// mapping is what a connection says: of each element that each leads to (the whole body without it) the first rule whose
// conditions hold makes an event; an element of no rule is passed over.
type mapping struct {
	each  *path
	rules []rule
}

type rule struct {
	when   []condition
	fields []target // type among them
}

// condition holds when any of the values that a path leads to is one of the wanted; without wanted ones, when there is one
// (or, negated, none).
type condition struct {
	path   path
	wanted []string
	absent bool
}

// target is one field of the event and where it comes from.
type target struct {
	group, name string // group: props, traits or click_ids; empty for a field of the event itself
	from        source
}

// source is where a value comes from.
type source struct {
	paths    []path
	constant any
	values   map[string]string
	fallback string
	required bool
	as       string
	prefix   string
	field    string // its own full name, for faults
}

// The mapping's JSON.
type (
	mappingJSON struct {
		Each  string     `json:"each"`
		Rules []ruleJSON `json:"rules"`
	}
	ruleJSON struct {
		When   map[string]json.RawMessage `json:"when"`
		Type   json.RawMessage            `json:"type"`
		Fields map[string]json.RawMessage `json:"fields"`
	}
	sourceJSON struct {
		Path     string            `json:"path"`
		Paths    []string          `json:"paths"`
		Const    any               `json:"const"`
		Values   map[string]string `json:"values"`
		Default  string            `json:"default"`
		Required bool              `json:"required"`
		As       string            `json:"as"`
		Prefix   string            `json:"prefix"`
	}
)

// parse reads a mapping. All errors are faults that name where it is wrong.
func parse(raw []byte) (*mapping, error) {
	var j mappingJSON
	if err := strict(raw, &j, "mapping"); err != nil {
		return nil, err
	}
	m := &mapping{}
	if j.Each != "" {
		p, err := parsePath("mapping.each", j.Each)
		if err != nil {
			return nil, err
		}
		m.each = &p
	}
	if len(j.Rules) == 0 || len(j.Rules) > maxRules {
		return nil, fault.New(fault.InvalidField, "mapping.rules", `give 1 to %d rules like {"when":{"event":"order.paid"},"type":"conversion","fields":{"order_id":"data.id"}}`, maxRules)
	}
	for i, r := range j.Rules {
		parsed, err := r.parse("mapping.rules[" + strconv.Itoa(i) + "]")
		if err != nil {
			return nil, err
		}
		m.rules = append(m.rules, parsed)
	}
	return m, nil
}

// strict decodes one JSON value without unknown names.
func strict(raw []byte, to any, field string) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(to); err != nil {
		return fault.New(fault.InvalidField, field, "it cannot be read: %s", fault.Clip(strings.TrimPrefix(err.Error(), "json: ")))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.InvalidField, field, "there is more behind its end")
	}
	return nil
}

func (j ruleJSON) parse(field string) (rule, error) {
	var r rule
	for _, at := range slices.Sorted(maps.Keys(j.When)) {
		c, err := parseCondition(field+".when", at, j.When[at])
		if err != nil {
			return r, err
		}
		r.when = append(r.when, c)
	}
	if len(j.Type) == 0 {
		return r, fault.New(fault.MissingField, field+".type", `say what it is: a type in quotes, or {"path":"event","values":{"order.paid":"conversion"}}`)
	}
	// A type in quotes is a type, not a path: it is what people write.
	from, err := parseSource(field+".type", j.Type, true)
	if err != nil {
		return r, err
	}
	r.fields = append(r.fields, target{name: "type", from: from})
	if len(j.Fields) > maxFields {
		return r, fault.New(fault.TooMany, field+".fields", "it has %d fields; at most %d are kept", len(j.Fields), maxFields)
	}
	for _, name := range slices.Sorted(maps.Keys(j.Fields)) {
		t, err := parseTarget(field+".fields", name, j.Fields[name])
		if err != nil {
			return r, err
		}
		r.fields = append(r.fields, t)
	}
	return r, nil
}

// parseCondition reads path: value, path: [values], path: true for anything, path: null for nothing there.
func parseCondition(field, at string, raw json.RawMessage) (condition, error) {
	p, err := parsePath(field, at)
	if err != nil {
		return condition{}, err
	}
	c := condition{path: p}
	var v any
	if err := strict(raw, &v, field+"."+fault.Clip(at)); err != nil {
		return c, err
	}
	list, many := v.([]any)
	switch {
	case v == nil:
		c.absent = true
		return c, nil
	case many && len(list) == 0:
		return c, fault.New(fault.InvalidField, field+"."+fault.Clip(at), "an empty list is never met; give values, null for nothing there, or {} for anything")
	case !many:
		list = []any{v}
	}
	for _, v := range list {
		s, ok := scalar(v)
		if m, isObject := v.(map[string]any); isObject && len(m) == 0 && !many {
			return c, nil
		}
		if !ok {
			return c, fault.New(fault.InvalidField, field+"."+fault.Clip(at), "write a value, a list of values, null for nothing there, or {} for anything")
		}
		c.wanted = append(c.wanted, s)
	}
	return c, nil
}

// parseTarget reads one field of the event.
func parseTarget(field, name string, raw json.RawMessage) (target, error) {
	t := target{name: name}
	if group, inner, ok := strings.Cut(name, "."); ok {
		t.group, t.name = group, inner
	}
	known := event.IsField(name) && name != "type" && name != "site" && name != "agent"
	switch {
	case t.group != "" && (t.group == "props" || t.group == "traits" || t.group == "click_ids") && t.name != "":
	case t.group != "" || !known || name == "props" || name == "traits" || name == "click_ids":
		return t, fault.New(fault.InvalidField, field+"."+fault.Clip(name), "there is no such field; use the names of README's Fields, or props.%s for a property", fault.Clip(name))
	}
	var err error
	t.from, err = parseSource(field+"."+fault.Clip(name), raw, false)
	return t, err
}

// parseSource reads a path in quotes (or, where plain text is meant, that text), or an object that says more.
func parseSource(field string, raw json.RawMessage, text bool) (source, error) {
	s := source{field: field}
	var short string
	if json.Unmarshal(raw, &short) == nil {
		if text {
			s.constant = short
			return s, notEmpty(field, short)
		}
		p, err := parsePath(field, short)
		s.paths = []path{p}
		return s, err
	}
	var j sourceJSON
	if err := strict(raw, &j, field); err != nil {
		return s, err
	}
	return s, s.fill(j)
}

func notEmpty(field, s string) error {
	if s == "" {
		return fault.New(fault.MissingField, field, "it is empty")
	}
	return nil
}

// fill takes what the long form says.
func (s *source) fill(j sourceJSON) error {
	if j.Path != "" {
		j.Paths = append([]string{j.Path}, j.Paths...)
	}
	if (len(j.Paths) > 0) == (j.Const != nil) {
		return fault.New(fault.InvalidField, s.field, "give either path (or paths, of which the first that leads somewhere counts) or const")
	}
	for _, one := range j.Paths {
		p, err := parsePath(s.field, one)
		if err != nil {
			return err
		}
		s.paths = append(s.paths, p)
	}
	if _, known := conversions[j.As]; !known {
		return fault.New(fault.InvalidField, s.field+".as", "%q is none of %s", fault.Clip(j.As), strings.Join(slices.Sorted(maps.Keys(conversions))[1:], ", "))
	}
	s.constant, s.values, s.fallback, s.required, s.as, s.prefix = j.Const, j.Values, j.Default, j.Required, j.As, j.Prefix
	return nil
}

// scalar is the text of a JSON value that is no object or array.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}
