package mapped

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"tributary/shared/fault"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// conversions turn a value as a sender writes it into one that an event takes; "" is as it is. The error is the reason.
var conversions = map[string]func(string) (any, string){
	"":              nil,
	"cents":         func(s string) (any, string) { return webhook.Decimal(s, 2), "" },
	"decimal":       func(s string) (any, string) { return decimal(s, ",") },
	"decimal_comma": func(s string) (any, string) { return decimal(s, ".") },
	"lower":         func(s string) (any, string) { return strings.ToLower(s), "" },
	"upper":         func(s string) (any, string) { return strings.ToUpper(s), "" },
	"unix":          func(s string) (any, string) { return seconds(s, 1000) },
	"unix_ms":       func(s string) (any, string) { return seconds(s, 1) },
	"datetime":      datetime,
	"email":         func(s string) (any, string) { return webhook.Email(s), "" },
	"phone":         func(s string) (any, string) { return webhook.Phone(s), "" },
}

// decimal takes thousands and currency signs out of an amount and puts a point for its decimal sign.
func decimal(s, thousands string) (any, string) {
	d := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '.' || r == ',' || r == '-' {
			return r
		}
		if strings.ContainsRune(" \u00a0\u202f'$€£¥", r) {
			return -1
		}
		return '?'
	}, s)
	d = strings.ReplaceAll(d, thousands, "")
	d = strings.Replace(d, ",", ".", 1)
	if strings.ContainsAny(d, "?,") || d == "" {
		return nil, "is no amount"
	}
	return d, ""
}

// seconds reads a time since 1970, with a fraction or without, of which a second has unit.
func seconds(s string, unit int64) (any, string) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > 1<<45 {
		return nil, "is no time since 1970"
	}
	ms := n * unit
	if unit == 1000 && fraction != "" {
		f, err := strconv.ParseInt((fraction + "000")[:3], 10, 64)
		if err != nil {
			return nil, "is no time since 1970"
		}
		ms += f
	}
	return ms, ""
}

// layouts are times as senders write them besides RFC 3339; those without a zone are UTC.
var layouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", time.RFC1123Z, time.RFC1123, "2006-01-02"}

func datetime(s string) (any, string) {
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return t.UnixMilli(), ""
		}
	}
	return nil, "is no time; known are 2006-01-02T15:04:05Z, 2006-01-02 15:04:05 and 2006-01-02"
}

// take reads a source of an element as one text, or as the values that a list wants; false when there is nothing.
func (s *source) take(body, element payload.Value) ([]payload.Value, bool) {
	for _, p := range s.paths {
		if found := p.find(body, element); len(found) > 0 {
			return found, true
		}
	}
	return nil, false
}

// text is a value as the source's own words have it.
func (s *source) text(v payload.Value) (any, error) {
	t := v.Text()
	if t == "" {
		return nil, nil
	}
	if to, ok := s.values[t]; ok {
		t = to
	} else if len(s.values) > 0 && s.fallback != "" {
		t = s.fallback
	}
	convert := conversions[s.as]
	if convert == nil {
		return s.prefix + t, nil
	}
	out, reason := convert(t)
	if reason != "" {
		return nil, fault.New(fault.InvalidField, s.field, "%q %s", fault.Clip(t), reason)
	}
	if text, ok := out.(string); ok && text != "" {
		return s.prefix + text, nil
	}
	return out, nil
}

// kind is how an event takes a field.
type kind int

const (
	asText kind = iota
	asNumber
	asList
	asTree
)

func kindOf(t *target) kind {
	switch {
	case t.group == "props" || t.group == "traits":
		return asTree
	case t.group != "":
		return asText
	}
	switch t.name {
	case "value_minor", "cost_micros", "score", "version":
		return asNumber
	case "order_aliases", "provider_ids":
		return asList
	case "items":
		return asTree
	}
	return asText
}

// value makes the field's value of what the source finds; nil when there is nothing.
func (t *target) value(body, element payload.Value) (any, error) {
	s := &t.from
	if s.constant != nil {
		return constant(s.constant, kindOf(t)), nil
	}
	found, ok := s.take(body, element)
	if !ok {
		switch {
		case s.fallback != "":
			return constant(s.fallback, kindOf(t)), nil
		case s.required:
			return nil, fault.New(fault.MissingField, s.field, "the delivery has nothing where the mapping requires something")
		}
		return nil, nil
	}
	switch k := kindOf(t); {
	case k == asList:
		return s.list(found)
	case k == asTree && len(s.values) == 0 && s.as == "" && s.prefix == "":
		return tree(found, t.name == "items" && t.group == ""), nil
	case k == asNumber:
		v, err := s.text(found[0])
		if text, ok := v.(string); ok {
			return json.Number(text), err
		}
		return v, err
	}
	return s.text(found[0])
}

// list is the texts of all that was found.
func (s *source) list(found []payload.Value) (any, error) {
	var list []string
	for _, v := range found {
		one, err := s.text(v)
		if err != nil {
			return nil, err
		}
		if text, ok := one.(string); ok && text != "" {
			list = append(list, text)
		}
	}
	return webhook.Texts(list...), nil
}

// tree is a value as it stands; several are a list, as items always is.
func tree(found []payload.Value, list bool) any {
	if len(found) == 1 && (!list || found[0].IsArray()) {
		return found[0].Any()
	}
	all := make([]any, len(found))
	for i, v := range found {
		all[i] = v.Any()
	}
	return all
}

// constant is a constant as the field takes it.
func constant(v any, k kind) any {
	s, ok := scalar(v)
	switch {
	case !ok:
		return v
	case k == asList:
		return []string{s}
	case k == asNumber:
		return json.Number(s)
	case k == asText:
		return s
	}
	return v
}
