package mapped

import (
	"strconv"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/webhook/payload"
)

// maxPath bounds a path; maxFound the values that one finds.
const (
	maxPath  = 256
	maxFound = 1000
)

// step is a name into an object, or an index into an array; all is every element.
type step struct {
	name  string
	index int
	all   bool
}

// path leads to values of a payload: data.items[0].id, lines[*].sku. One that begins with $. starts at the whole body, also
// where a mapping goes through the elements of a list; $ alone is the body. A name with a dot or a bracket stands in quotes:
// data."a.b".
type path struct {
	root  bool
	steps []step
}

// parsePath reads a path; errors are faults of the field.
func parsePath(field, s string) (path, error) {
	var p path
	rest := s
	if rest == "$" {
		return path{root: true}, nil
	}
	if rest, p.root = strings.CutPrefix(rest, "$."); len(s) > maxPath || rest == "" {
		return p, noPath(field, s)
	}
	for rest != "" {
		name, after, err := nextName(field, s, rest)
		if err != nil {
			return p, err
		}
		if name != "" || len(p.steps) > 0 || !strings.HasPrefix(after, "[") {
			if name == "" {
				return p, noPath(field, s)
			}
			p.steps = append(p.steps, step{name: name})
		}
		if rest, err = p.indices(field, s, after); err != nil {
			return p, err
		}
	}
	return p, nil
}

// nextName cuts a name off, quoted or up to a dot or bracket.
func nextName(field, whole, s string) (name, rest string, err error) {
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		name, rest, ok = strings.Cut(quoted, `"`)
		if !ok || name == "" {
			return "", "", noPath(field, whole)
		}
		return name, rest, nil
	}
	if n := strings.IndexAny(s, `.[`); n >= 0 {
		return s[:n], s[n:], nil
	}
	return s, "", nil
}

// indices reads what stands in brackets behind a name, and the dot behind that.
func (p *path) indices(field, whole, s string) (string, error) {
	for strings.HasPrefix(s, "[") {
		inside, rest, ok := strings.Cut(s[1:], "]")
		if !ok {
			return "", noPath(field, whole)
		}
		if inside == "*" {
			p.steps = append(p.steps, step{all: true})
		} else {
			n, err := strconv.Atoi(inside)
			if err != nil || n < 0 || n > maxFound {
				return "", noPath(field, whole)
			}
			p.steps = append(p.steps, step{index: n})
		}
		s = rest
	}
	if s == "" {
		return "", nil
	}
	rest, ok := strings.CutPrefix(s, ".")
	if !ok || rest == "" {
		return "", noPath(field, whole)
	}
	return rest, nil
}

func noPath(field, s string) error {
	return fault.New(fault.InvalidField, field, "%q is no path; write one like data.object.id, items[0].sku or items[*].sku", fault.Clip(s))
}

// find lists the values that the path leads to, those that are absent or null left out.
func (p path) find(body, element payload.Value) []payload.Value {
	at := []payload.Value{element}
	if p.root {
		at[0] = body
	}
	for _, s := range p.steps {
		var next []payload.Value
		for _, v := range at {
			next = s.follow(v, next)
		}
		if at = next; len(at) > maxFound {
			at = at[:maxFound]
		}
	}
	found := at[:0]
	for _, v := range at {
		if v.Has() {
			found = append(found, v)
		}
	}
	return found
}

func (s step) follow(v payload.Value, to []payload.Value) []payload.Value {
	if s.name != "" {
		return append(to, v.Get(s.name))
	}
	n := 0
	for one := range v.Each() {
		if s.all || n == s.index {
			to = append(to, one)
		}
		n++
	}
	return to
}
