package scrub

import (
	"bytes"
	"encoding/json"
	"strings"
)

// JSON is canonical JSON with e-mail addresses masked in its names and strings; what is no JSON is masked as a text.
func JSON(s string) string {
	if at, _ := nextAt(s, 0); at < 0 {
		return s
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return Text(s)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(masked(v)) != nil { // what was decoded always encodes
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// masked goes through a decoded value.
func masked(v any) any {
	switch v := v.(type) {
	case string:
		return Text(v)
	case []any:
		for i := range v {
			v[i] = masked(v[i])
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[Text(name)] = masked(member)
		}
		return out
	}
	return v
}
