package event

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"tributary/shared/fault"
	"tributary/shared/scrub"
)

// Bounds of one event, so that no input costs more than it is worth.
const (
	MaxBytes = 300_000 // an event's JSON; DynamoDB takes items of 400 KB
	maxDepth = 32
	maxURL   = 8 << 10
	maxValue = 2 << 10
	maxID    = 512
	maxProps = 32
	maxName  = 128
	maxItems = 64 << 10
)

// sent holds a sender's own fields by name: strings, json.Number, bool, nil, []any and map[string]any.
type sent map[string]any

// decode reads one JSON object strictly. encoding/json alone replaces invalid UTF-8 and lone surrogates, takes duplicate
// names and recurses 10,000 deep; two ids could become one that way, so all of that is refused first.
func decode(raw []byte) (sent, error) {
	if err := guard(raw); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := value(d, "")
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fault.New(fault.InvalidJSON, "", "there is more behind the event's closing brace; put several events into the array events")
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, fault.New(fault.InvalidJSON, "", "an event is a JSON object like {\"type\":\"page_view\",\"anonymous_id\":\"…\"}")
	}
	return fields, nil
}

// guard refuses what must not reach a decoder: size, encoding, NUL and depth, in one pass over the bytes.
func guard(raw []byte) error {
	if len(raw) > MaxBytes {
		return fault.New(fault.TooLarge, "", "the event has %d bytes; at most %d are kept", len(raw), MaxBytes)
	}
	if !utf8.Valid(raw) {
		return fault.New(fault.InvalidJSON, "", "the event is not valid UTF-8; encode text as UTF-8 before sending it")
	}
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == 0:
			return fault.New(fault.InvalidJSON, "", "the event holds a NUL byte; remove it")
		case quoted && c == '\\':
			n, err := escape(raw[i:])
			if err != nil {
				return err
			}
			i += n
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fault.New(fault.InvalidJSON, "", "the event is nested more than %d deep; flatten it", maxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// escape tells how many bytes behind the backslash belong to its escape, and refuses NUL and half surrogate pairs.
func escape(s []byte) (int, error) {
	r, ok := unicodeEscape(s)
	if !ok {
		return 1, nil
	}
	switch {
	case r == 0:
		return 0, fault.New(fault.InvalidJSON, "", "the event holds a NUL (\\u0000); remove it")
	case r >= 0xD800 && r <= 0xDBFF:
		if low, ok := unicodeEscape(s[6:]); ok && low >= 0xDC00 && low <= 0xDFFF {
			return 11, nil
		}
	case r < 0xD800 || r > 0xDFFF:
		return 5, nil
	}
	return 0, fault.New(fault.InvalidJSON, "", "the event holds half of a surrogate pair (%s); send whole characters", s[:6])
}

// unicodeEscape reads \uXXXX at the start of s.
func unicodeEscape(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s[2:6] {
		at := strings.IndexByte("0123456789abcdef", c|0x20)
		if at < 0 {
			return 0, false
		}
		r = r<<4 | rune(at)
	}
	return r, true
}

// value decodes the next value and everything in it; field names where it stands.
func value(d *json.Decoder, field string) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, fault.New(fault.InvalidJSON, field, "this is no JSON: %v", err)
	}
	switch t {
	case json.Delim('{'):
		return object(d, field)
	case json.Delim('['):
		return array(d, field)
	}
	return t, nil
}

// object decodes the members behind an opening brace.
func object(d *json.Decoder, field string) (any, error) {
	m := map[string]any{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, fault.New(fault.InvalidJSON, field, "this is no JSON: %v", err)
		}
		name, ok := t.(string)
		if !ok {
			return nil, fault.New(fault.InvalidJSON, field, "names must be strings in double quotes")
		}
		path := join(field, name)
		if _, twice := m[name]; twice {
			return nil, fault.New(fault.InvalidJSON, path, "this name stands twice in one object; send it once")
		}
		if m[name], err = value(d, path); err != nil {
			return nil, err
		}
	}
	return m, end(d, field)
}

// array decodes the elements behind an opening bracket.
func array(d *json.Decoder, field string) (any, error) {
	list := []any{}
	for d.More() {
		v, err := value(d, field)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, end(d, field)
}

// end consumes the closing bracket or brace.
func end(d *json.Decoder, field string) error {
	if _, err := d.Token(); err != nil {
		return fault.New(fault.InvalidJSON, field, "this is no JSON: %v", err)
	}
	return nil
}

// join is the path of a member, short and harmless whatever its name is: it stands in answers and logs.
func join(field, name string) string {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "…"
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_.-…", r) {
			return r
		}
		return '?'
	}, scrub.Text(name))
	if field == "" {
		return name
	}
	return field + "." + name
}
