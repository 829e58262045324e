package event

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"tributary/shared/fault"
)

// FromFields makes an event of fields that a program has put together, as Parse does of JSON: the same checks hold. Values
// are strings, booleans, json.Number, int64, int, []string, map[string]string and, as encoding/json gives them, []any and
// map[string]any; empty ones count as absent. The map is taken over.
func FromFields(fields map[string]any, d Door) (*Event, error) {
	size := 0
	for name, v := range fields {
		v, n, err := plain(v, 1)
		if size += n + len(name); err != nil {
			return sent(fields).label(), err
		}
		fields[name] = v
	}
	if size > MaxBytes {
		return nil, fault.New(fault.TooLarge, "", "the event has %d bytes; at most %d are kept", size, MaxBytes)
	}
	return sent(fields).event(d)
}

// plain is a value as decode would give it, and its size.
func plain(v any, depth int) (any, int, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, 5, nil
	case string:
		if strings.IndexByte(v, 0) >= 0 || !utf8.ValidString(v) {
			return nil, 0, fault.New(fault.InvalidJSON, "", "the event holds text that is not valid UTF-8, or a NUL byte")
		}
		return v, len(v), nil
	case json.Number:
		if v == "" {
			return nil, 0, nil
		}
		return v, len(v), nil
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), 20, nil
	case int:
		return json.Number(strconv.Itoa(v)), 20, nil
	}
	return plainTree(v, depth)
}

// plainTree goes on where plain ends: what holds other values.
func plainTree(v any, depth int) (any, int, error) {
	if depth > maxDepth {
		return nil, 0, fault.New(fault.InvalidJSON, "", "the event is nested more than %d deep; flatten it", maxDepth)
	}
	switch v := v.(type) {
	case []string:
		list := make([]any, len(v))
		for i := range v {
			list[i] = v[i]
		}
		return plainList(list, depth)
	case []any:
		return plainList(v, depth)
	case map[string]string:
		m := make(map[string]any, len(v))
		for k := range v {
			m[k] = v[k]
		}
		return plainMap(m, depth)
	case map[string]any:
		return plainMap(v, depth)
	}
	return nil, 0, fault.New(fault.InvalidField, "", "the event holds a value of a kind that JSON does not have: %T", v)
}

func plainList(list []any, depth int) (any, int, error) {
	size := 0
	for i := range list {
		v, n, err := plain(list[i], depth+1)
		if size += n + 1; err != nil {
			return nil, 0, err
		}
		list[i] = v
	}
	if len(list) == 0 {
		return nil, 0, nil
	}
	return list, size, nil
}

func plainMap(m map[string]any, depth int) (any, int, error) {
	size := 0
	for k := range m {
		v, n, err := plain(m[k], depth+1)
		if size += n + len(k) + 1; err != nil {
			return nil, 0, err
		}
		m[k] = v
	}
	if len(m) == 0 {
		return nil, 0, nil
	}
	return m, size, nil
}
