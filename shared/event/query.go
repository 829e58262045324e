package event

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"tributary/shared/fault"
)

// maxParams bounds a pixel's query before its parameters are looked at.
const maxParams = 128

// ParseQuery reads one event from a pixel's query string (contract.md section 1). Its parameters are the short names of
// the contract's fields; the fields' own names are taken too, and everything else is kept as properties. The same event
// hashes alike here and in Parse, so that a tracker may fall back from one to the other. Of a parameter that stands twice
// the first counts.
func ParseQuery(raw string, d Door) (*Event, error) {
	if strings.Count(raw, "&") >= maxParams {
		return nil, fault.New(fault.TooMany, "", "the query has more than %d parameters", maxParams)
	}
	var room [16]string
	seen, s, torn := room[:0], make(sent, 8), []string(nil)
	err := eachParam(raw, func(name, v string) {
		if slices.Contains(seen, name) {
			return
		}
		seen = append(seen, name)
		switch {
		case !isText(name) || !isText(v):
			torn = append(torn, name)
		case v != "":
			s.param(name, v)
		}
	})
	switch {
	case err != nil:
		return nil, fault.New(fault.InvalidQuery, "", "the query string cannot be read: %v", err)
	case torn != nil:
		return nil, fault.New(fault.InvalidQuery, join("", strings.ToValidUTF8(torn[0], "?")), "this is not valid UTF-8 without NUL; encode it with encodeURIComponent")
	}
	if !present(s["type"]) {
		s["type"] = "page_view"
	}
	return s.event(d)
}

// isText reports valid UTF-8 without NUL.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// eachParam hands on the parameters of a query as they come, unescaped, and those that stand twice twice. The error is of the
// first that cannot be read; the others are handed on all the same. It is url.ParseQuery without the map of lists.
func eachParam(query string, do func(name, v string)) error {
	var bad error
	for pair, rest, more := "", query, query != ""; more; {
		pair, rest, more = strings.Cut(rest, "&")
		if pair == "" {
			continue
		}
		name, v, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err == nil {
			v, err = url.QueryUnescape(v)
		}
		if err == nil && strings.IndexByte(pair, ';') >= 0 {
			err = errSemicolon
		}
		if err == nil {
			do(name, v)
		} else if bad == nil {
			bad = err
		}
	}
	return bad
}

var errSemicolon = errors.New("a semicolon parts nothing; write & or %3B")

// param puts one parameter where Parse would have found it.
func (s sent) param(name, v string) {
	switch {
	case isClickID(name):
		s.inside("click_ids", name, v)
		return
	case strings.HasPrefix(name, "p."):
		s.inside("props", name[2:], v)
		return
	}
	long := fieldOf(name)
	if _, both := s[long]; both && (long == name || name == "utm_campaign") {
		return // the short name goes before the field's own, and c before all
	}
	switch long {
	case "time", "score", "version", "value_minor", "cost_micros":
		s[long] = numeric(v)
	case "order_aliases", "provider_ids":
		s[long] = []any{v}
	case "props", "traits", "items", "click_ids":
		s.inside("props", long, v) // text is no object
	default:
		s[long] = v
	}
}

// fieldOf is the field that a parameter stands for; any other name is its own.
func fieldOf(name string) string {
	switch name {
	case "e":
		return "type"
	case "t":
		return "time"
	case "v":
		return "anonymous_id"
	case "u":
		return "user_id"
	case "s":
		return "site"
	case "ses":
		return "session_id"
	case "url":
		return "page"
	case "ref":
		return "referrer"
	case "c", "utm_campaign":
		return "campaign"
	case "ch":
		return "channel"
	case "l":
		return "link"
	case "m":
		return "message_id"
	case "g":
		return "goal"
	case "val":
		return "value"
	case "cur":
		return "currency"
	case "oid":
		return "order_id"
	case "gcs": // Google's consent mode
		return "consent"
	case "utm_source", "utm_medium", "utm_content", "utm_term":
		return name[len("utm_"):]
	case "utm_id":
		return "campaign_id"
	}
	return name
}

// inside adds a member to a field that is an object.
func (s sent) inside(field, name, v string) {
	m, ok := s[field].(map[string]any)
	if !ok {
		m = map[string]any{}
		s[field] = m
	}
	m[name] = v
}

// numeric is a number where JSON would have one, else the text, which then is refused as the wrong type.
func numeric(v string) any {
	if v != "" && len(v) <= 20 && strings.Trim(v, "0123456789") == "" {
		return json.Number(v)
	}
	return v
}
