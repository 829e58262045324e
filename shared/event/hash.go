package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// hash identifies what the sender said, whatever the door, the order of names or the white space: SHA-256 over its
// fields in order of name, before defaults, clamping, channel and agent; cut to 128 bits, which is out of reach of chance
// and keeps an event within one write unit. What is absent, null or empty does not count.
func (s sent) hash(names []string) string {
	buf := make([]byte, 0, 1024)
	for _, name := range names {
		buf = append(buf, name...)
		buf = append(buf, 0)
		switch v := s[name].(type) {
		case string:
			buf = append(buf, v...)
		case json.Number:
			buf = append(buf, v...)
		default:
			buf = append(buf, canonical(v)...)
		}
		buf = append(buf, 0)
	}
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:16])
}

// names are the fields that are present, sorted.
func (s sent) names() []string {
	names := make([]string, 0, len(s))
	for name, v := range s {
		if present(v) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// present reports that a value says something: not null, not "".
func present(v any) bool { return v != nil && v != "" }

// canonical writes v as JSON with sorted names, numbers as they were sent, and no more escapes than JSON needs.
func canonical(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // decoded JSON always encodes
		return ""
	}
	return string(bytes.TrimRight(b.Bytes(), "\n"))
}
