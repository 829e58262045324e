package event

import (
	"encoding/json"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"tributary/shared/fault"
)

// maxList bounds the aliases of an order and the provider ids of a person.
const maxList = 10

// setText stores plain text in its normal form (NFC), trimmed. Characters that nobody sees are refused in ids, which they
// would make look alike, and taken out of everything else.
func setText(to *string, name string, v any, limit int) error {
	s, ok := v.(string)
	if !ok {
		return fault.New(fault.InvalidField, name, "this must be a string in quotes")
	}
	if len(s) > limit {
		return fault.New(fault.TooLarge, name, "this has %d bytes; at most %d are kept", len(s), limit)
	}
	if !isPlain(s) {
		if s = strings.TrimSpace(norm.NFC.String(s)); strings.IndexFunc(s, hidden) >= 0 {
			if isKey(name) {
				return fault.New(fault.InvalidField, name, "this holds a control character; remove it")
			}
			s = strip(s)
		}
	}
	if name == "site" && !isSite(s) {
		return fault.New(fault.InvalidField, name, "a site is named by letters, digits, dot, dash and underscore")
	}
	*to = s
	return nil
}

// isPlain reports what setText leaves as it is: printable ASCII without a space around it.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}

// isKey reports fields whose values become keys.
func isKey(name string) bool { return strings.HasSuffix(name, "id") || name == "type" }

// hidden reports control characters, and those that turn the direction of text or take no room: two names that look alike
// should be one, and nobody's table should read backwards. Joiners stay, which some scripts and pictures need.
func hidden(r rune) bool {
	switch {
	case r < 0x7f:
		return r < ' '
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200b, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0x00ad:
		return true
	}
	return unicode.IsControl(r)
}

// strip takes hidden characters out.
func strip(s string) string {
	return strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, s)
}

// isSite keeps the key separator out of site names, with which every key begins.
func isSite(s string) bool {
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

// setList stores an array of ids.
func setList(to *[]string, name string, v any) error {
	list, ok := v.([]any)
	if !ok {
		return fault.New(fault.InvalidField, name, "this must be an array of strings")
	}
	if len(list) > maxList {
		return fault.New(fault.TooMany, name, "this has %d entries; at most %d are kept", len(list), maxList)
	}
	for _, v := range list {
		var id string
		if err := setText(&id, name+"_id", v, maxID); err != nil {
			f := fault.Of(err)
			return fault.New(f.Code, name, "%s", f.Message)
		}
		if id != "" {
			*to = append(*to, id)
		}
	}
	return nil
}

// setTexts stores an object whose values are strings.
func setTexts(to *map[string]string, name string, v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fault.New(fault.InvalidField, name, "this must be an object of strings")
	}
	if len(m) > maxProps {
		return fault.New(fault.TooMany, name, "this has %d entries; at most %d are kept", len(m), maxProps)
	}
	out := make(map[string]string, len(m))
	for _, k := range sent(m).names() {
		var s string
		if err := setText(&s, join(name, k), m[k], maxValue); err != nil {
			return err
		}
		if s != "" {
			out[k] = s
		}
	}
	if len(out) > 0 {
		*to = out
	}
	return nil
}

// setJSON stores an array or object as canonical JSON.
func setJSON[T []any | map[string]any](to *string, name string, v any, want string) error {
	t, ok := v.(T)
	if !ok {
		return fault.New(fault.InvalidField, name, "this must be %s", want)
	}
	if len(t) == 0 {
		return nil
	}
	s := canonical(v)
	if len(s) > maxItems {
		return fault.New(fault.TooLarge, name, "this has %d bytes; at most %d are kept", len(s), maxItems)
	}
	*to = s
	return nil
}

// keepTraits stores what is known of a person. An e-mail address and a phone number among it become ids like any other,
// and stay nowhere in the clear.
func (e *Event) keepTraits(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fault.New(fault.InvalidField, "traits", "this must be an object")
	}
	rest := make(map[string]any, len(m))
	for k, v := range m {
		switch {
		case (k == "email" || k == "phone") && present(v):
			if err := e.person(k, v); err != nil {
				return err
			}
		case present(v):
			rest[k] = v
		}
	}
	return setJSON[map[string]any](&e.Traits, "traits", rest, "an object")
}

// person stores an e-mail address or phone number as its hash; a field of the event goes before a trait.
func (e *Event) person(name string, v any) error {
	s, ok := v.(string)
	if !ok {
		return fault.New(fault.InvalidField, name, "this must be a string in quotes")
	}
	if len(s) > maxID {
		return fault.New(fault.TooLarge, name, "this has %d bytes; at most %d are kept", len(s), maxID)
	}
	to, hash := &e.Email, HashEmail
	if name == "phone" {
		to, hash = &e.Phone, HashPhone
	}
	h, err := hash(s)
	if err == nil && *to == "" { // names come in order: email and phone before traits
		*to = h
	}
	return err
}

// addProps takes the sender's props; they go before unknown fields of the same name.
func addProps(props map[string]any, v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return fault.New(fault.InvalidField, "props", "this must be an object")
	}
	for k, v := range m {
		if present(v) {
			props[k] = v
		}
	}
	return nil
}

// keepProps stores the properties: strings, numbers as they were sent and booleans; anything deeper as its own JSON text.
func (e *Event) keepProps(props map[string]any) error {
	if len(props) > maxProps {
		return fault.New(fault.TooMany, "props", "the event has %d properties; at most %d are kept", len(props), maxProps)
	}
	for _, k := range sent(props).names() {
		if len(k) > maxName {
			return fault.New(fault.TooLarge, join("props", k), "the name has %d bytes; at most %d are kept", len(k), maxName)
		}
		v, n := flat(k, props[k])
		if n > maxValue {
			return fault.New(fault.TooLarge, join("props", k), "this has %d bytes; at most %d are kept", n, maxValue)
		}
		props[k] = v
	}
	if len(props) > 0 {
		e.Props = canonical(props)
	}
	return nil
}

// flat is a property as it is kept, with its size. Addresses and numbers of people are kept as hashes only.
func flat(name string, v any) (any, int) {
	switch v := v.(type) {
	case string:
		if h, ok := private(name, v); ok {
			return h, len(h)
		}
		return v, len(v)
	case json.Number:
		return v, len(v)
	case bool:
		return v, 1
	}
	s := canonical(v)
	return s, len(s)
}

// private hashes a property that is called e-mail or phone and holds one.
func private(name, v string) (string, bool) {
	hash := HashEmail
	switch strings.ToLower(name) {
	case "email", "e_mail", "e-mail":
	case "phone":
		hash = HashPhone
	default:
		return "", false
	}
	h, err := hash(v)
	return h, err == nil
}

// rate stores a score of 1 to 5.
func (e *Event) rate(v any) error {
	n, ok := whole(v)
	if !ok || n < 1 || n > 5 {
		return fault.New(fault.InvalidField, "score", "a score is a whole number from 1 to 5")
	}
	e.Score = int(n)
	return nil
}
