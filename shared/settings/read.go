package settings

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tributary/shared/fault"
)

// MaxBody is the largest setting, in bytes, that is taken: three years of one currency's daily rates fit.
const MaxBody = 128 << 10

// reader reads one value into where it belongs; field is the value's full name for the fault.
type reader func(field string, raw json.RawMessage) error

// fields are the readers of an object's fields by name.
type fields map[string]reader

// parse reads a whole body, which is one object. An empty body is an empty object.
func parse(body []byte, f fields) error {
	switch {
	case len(body) > MaxBody:
		return fault.New(fault.TooLarge, "", "the setting has more than %d bytes", MaxBody)
	case !utf8.Valid(body):
		return fault.New(fault.InvalidJSON, "", "the body is not UTF-8")
	case len(bytes.TrimSpace(body)) == 0:
		return nil
	case !json.Valid(body):
		return fault.New(fault.InvalidJSON, "", "the body is not JSON; check its brackets, quotes and commas")
	}
	return f.object("", body)
}

// object reads valid JSON that must be an object: unknown and repeated names are refused, as a typing error that is
// passed over in silence is a setting that does not work.
func (f fields) object(prefix string, raw json.RawMessage) error {
	if !startsWith(raw, '{') {
		return invalid(strings.TrimSuffix(prefix, "."), "it must be a JSON object")
	}
	dec, seen := json.NewDecoder(bytes.NewReader(raw)), map[string]bool{}
	if _, err := dec.Token(); err != nil {
		return broken(err)
	}
	for dec.More() {
		name, value, err := member(dec)
		if err != nil {
			return err
		}
		read, known := f[name]
		switch {
		case !known:
			return invalid(prefix+fault.Clip(name), "there is no such field; known are %s", strings.Join(slices.Sorted(maps.Keys(f)), ", "))
		case seen[name]:
			return invalid(prefix+name, "it stands here twice")
		}
		seen[name] = true
		if err := read(prefix+name, value); err != nil {
			return err
		}
	}
	return nil
}

// member reads one name and its value.
func member(dec *json.Decoder) (string, json.RawMessage, error) {
	t, err := dec.Token()
	if err != nil {
		return "", nil, broken(err)
	}
	name, _ := t.(string)
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return "", nil, broken(err)
	}
	return name, raw, nil
}

// list reads an array of at most most values.
func list(most int, each reader) reader {
	return func(field string, raw json.RawMessage) error {
		var all []json.RawMessage
		if !startsWith(raw, '[') || json.Unmarshal(raw, &all) != nil {
			return invalid(field, "it must be an array")
		}
		if len(all) > most {
			return fault.New(fault.TooMany, field, "it has %d entries; at most %d are kept", len(all), most)
		}
		for i, v := range all {
			if err := each(field+"["+strconv.Itoa(i)+"]", v); err != nil {
				return err
			}
		}
		return nil
	}
}

// text reads a string of 1 to most bytes without control characters.
func text(dst *string, most int) reader {
	return func(field string, raw json.RawMessage) error {
		var s string
		if !startsWith(raw, '"') || json.Unmarshal(raw, &s) != nil {
			return invalid(field, "it must be a string")
		}
		if s == "" || len(s) > most {
			return invalid(field, "it must have 1 to %d bytes", most)
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return invalid(field, "it must not hold control characters")
		}
		*dst = s
		return nil
	}
}

// checked reads a string and asks check about it.
func checked(dst *string, most int, check func(field, s string) error) reader {
	return func(field string, raw json.RawMessage) error {
		var s string
		if err := text(&s, most)(field, raw); err != nil {
			return err
		}
		if err := check(field, s); err != nil {
			return err
		}
		*dst = s
		return nil
	}
}

// texts reads an array of checked strings that differ.
func texts(dst *[]string, most, length int, check func(field, s string) error) reader {
	return func(field string, raw json.RawMessage) error {
		all := []string{}
		err := list(most, func(field string, raw json.RawMessage) error {
			var s string
			if err := checked(&s, length, check)(field, raw); err != nil {
				return err
			}
			if slices.Contains(all, s) {
				return invalid(field, "%q stands here twice", s)
			}
			all = append(all, s)
			return nil
		})(field, raw)
		*dst = all
		return err
	}
}

// whole reads an integer within [least, most].
func whole(dst *int, least, most int) reader {
	return func(field string, raw json.RawMessage) error {
		n, err := strconv.Atoi(string(bytes.TrimSpace(raw)))
		if err != nil || n < least || n > most {
			return invalid(field, "it must be a whole number from %d to %d", least, most)
		}
		*dst = n
		return nil
	}
}

// flag reads true or false.
func flag(dst *bool) reader {
	return func(field string, raw json.RawMessage) error {
		b, err := strconv.ParseBool(string(raw))
		if err != nil || len(raw) < 4 {
			return invalid(field, "it must be true or false")
		}
		*dst = b
		return nil
	}
}

// decimal reads an exact decimal, a string or a number, as text and asks check about it.
func decimal(dst *string, check func(s string) error) reader {
	return func(field string, raw json.RawMessage) error {
		var s string
		switch {
		case startsWith(raw, '"'):
			if json.Unmarshal(raw, &s) != nil {
				return invalid(field, "it must be a decimal like \"1.10\"")
			}
		case len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'):
			s = string(raw)
		default:
			return invalid(field, "it must be a decimal like \"1.10\"")
		}
		if err := check(s); err != nil {
			return at(field, err)
		}
		*dst = s
		return nil
	}
}

// oneOf accepts the listed words.
func oneOf(words ...string) func(field, s string) error {
	return func(field, s string) error {
		if slices.Contains(words, s) {
			return nil
		}
		return invalid(field, "%q is none of %s", fault.Clip(s), strings.Join(words, ", "))
	}
}

// ignored accepts what the answer of a GET carries and a PUT does not set.
func ignored(string, json.RawMessage) error { return nil }

// at gives a fault the field it is about.
func at(field string, err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	named := *f
	named.Field = field
	return &named
}

func invalid(field, format string, args ...any) error {
	return fault.New(fault.InvalidField, field, format, args...)
}

// broken is an error inside JSON that was found valid before; io.EOF cannot come then.
func broken(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fault.New(fault.InvalidJSON, "", "the body cannot be read: %v", err)
}

func startsWith(raw []byte, c byte) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == c
}
