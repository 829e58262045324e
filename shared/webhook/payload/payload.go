// Package payload reads the JSON body of a webhook in one pass: strictly, as encoding/json is not (names that stand twice,
// invalid UTF-8, half surrogates and NUL are refused, since two ids could become one), and without making a value of what
// nobody asks for. It also reads forms, so that a provider's meaning is written once.
package payload

import (
	"bytes"
	"encoding/json"
	"strconv"

	"tributary/shared/fault"
)

// maxDepth is how deep values may be nested.
const maxDepth = 64

type kind byte

const (
	object kind = iota + 1
	array
	text
	number
	truth // true or false
	null
)

// node is one value of a document. A string's span is without its quotes. An object's children are name and value in turn.
type node struct {
	kind       kind
	escaped    bool
	start, end int32
	next       int32 // the node behind this one and its children
}

type document struct {
	raw   []byte
	nodes []node
}

// Value is one value of a document; the zero Value is one that is absent, of which every reading is empty.
type Value struct {
	doc *document
	at  int32
}

// Parse reads a whole document. Errors are faults with the code invalid_json. raw must not change while Values are in use.
func Parse(raw []byte) (Value, error) {
	p := parser{document: &document{raw: raw, nodes: make([]node, 0, len(raw)/16+8)}}
	if err := p.guard(); err != nil {
		return Value{}, err
	}
	if err := p.whole(); err != nil {
		return Value{}, err
	}
	return Value{doc: p.document}, nil
}

func (v Value) node() node {
	if v.doc == nil {
		return node{}
	}
	return v.doc.nodes[v.at]
}

// Get follows names into objects; the answer is absent where one is missing, or null.
func (v Value) Get(path ...string) Value {
	for _, name := range path {
		if v = v.member(name); v.doc == nil {
			return v
		}
	}
	return v
}

// member looks a name up without making strings: a reader asks dozens of times.
func (v Value) member(name string) Value {
	if v.doc == nil || v.doc.nodes[v.at].kind != object {
		return Value{}
	}
	nodes := v.doc.nodes
	for at, end := v.at+1, nodes[v.at].next; at < end; at = nodes[at+1].next {
		if !v.doc.named(&nodes[at], name) {
			continue
		}
		if nodes[at+1].kind == null {
			return Value{}
		}
		return Value{v.doc, at + 1}
	}
	return Value{}
}

// named compares a name with a member's.
func (d *document) named(n *node, name string) bool {
	if n.escaped {
		return d.unescaped(n) == name
	}
	return int(n.end-n.start) == len(name) && string(d.raw[n.start:n.end]) == name
}

// Members ranges over an object's names and values, in their order.
func (v Value) Members() func(yield func(name, value Value) bool) {
	return func(yield func(name, value Value) bool) {
		n := v.node()
		if n.kind != object {
			return
		}
		for at := v.at + 1; at < n.next; {
			value := Value{v.doc, at + 1}
			if !yield(Value{v.doc, at}, value) {
				return
			}
			at = value.node().next
		}
	}
}

// Each ranges over an array's elements.
func (v Value) Each() func(yield func(Value) bool) {
	return func(yield func(Value) bool) {
		n := v.node()
		if n.kind != array {
			return
		}
		for at := v.at + 1; at < n.next; {
			one := Value{v.doc, at}
			if !yield(one) {
				return
			}
			at = one.node().next
		}
	}
}

// First is an array's first element.
func (v Value) First() Value {
	for one := range v.Each() {
		return one
	}
	return Value{}
}

// Has reports that the value is there and not null.
func (v Value) Has() bool { k := v.node().kind; return k != 0 && k != null }

// IsObject reports a JSON object.
func (v Value) IsObject() bool { return v.node().kind == object }

// IsArray reports a JSON array.
func (v Value) IsArray() bool { return v.node().kind == array }

// IsText reports a string.
func (v Value) IsText() bool { return v.node().kind == text }

// Text is a string, the digits of a number, "true" or "false"; of anything else it is empty.
func (v Value) Text() string {
	n := v.node()
	switch n.kind {
	case text:
		if n.escaped {
			return v.doc.unescaped(&n)
		}
		return string(v.doc.raw[n.start:n.end])
	case number, truth:
		return string(v.doc.raw[n.start:n.end])
	}
	return ""
}

func (d *document) unescaped(n *node) string {
	var s string
	if json.Unmarshal(d.raw[n.start-1:n.end+1], &s) != nil { // Parse has read it
		return ""
	}
	return s
}

// Number is a number as it was sent, so that no float comes near money; empty for anything else.
func (v Value) Number() json.Number {
	if n := v.node(); n.kind == number {
		return json.Number(v.doc.raw[n.start:n.end])
	}
	return ""
}

// Int is a whole number; 0 for anything else.
func (v Value) Int() int64 {
	n, err := strconv.ParseInt(string(v.Number()), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// True reports the value true.
func (v Value) True() bool { return v.node().kind == truth && v.Text() == "true" }

// Raw is the value's own bytes.
func (v Value) Raw() []byte {
	n := v.node()
	switch n.kind {
	case 0:
		return nil
	case text:
		return v.doc.raw[n.start-1 : n.end+1]
	}
	return v.doc.raw[n.start:n.end]
}

// Any is the value as encoding/json would give it, with numbers as json.Number.
func (v Value) Any() any {
	switch v.node().kind {
	case object:
		m := map[string]any{}
		for name, value := range v.Members() {
			m[name.Text()] = value.Any()
		}
		return m
	case array:
		list := []any{}
		for one := range v.Each() {
			list = append(list, one.Any())
		}
		return list
	case text:
		return v.Text()
	case number:
		return v.Number()
	case truth:
		return v.True()
	}
	return nil
}

// bad is the refusal of a body; the message does not repeat what was sent.
func bad(format string, args ...any) error { return fault.New(fault.InvalidJSON, "", format, args...) }

var literals = [...]struct {
	word []byte
	kind kind
}{{[]byte("true"), truth}, {[]byte("false"), truth}, {[]byte("null"), null}}

func literal(raw []byte) (int, kind) {
	for _, l := range &literals {
		if bytes.HasPrefix(raw, l.word) {
			return len(l.word), l.kind
		}
	}
	return 0, 0
}
