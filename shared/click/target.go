package click

import (
	"net/url"
	"strings"
)

// Target is the address with the click's id as the parameter param: in the place of the parameter's first value where the
// address has one, else behind the others. Everything else stays as it is, byte by byte.
func Target(address, param, id string) string {
	base, fragment, hasFragment := strings.Cut(address, "#")
	base, query, hasQuery := strings.Cut(base, "?")
	pair := url.QueryEscape(param) + "=" + url.QueryEscape(id)
	out := base + "?" + pair
	if hasQuery && query != "" {
		out = base + "?" + with(query, param, pair)
	}
	if hasFragment {
		out += "#" + fragment
	}
	return out
}

// with puts pair into a query.
func with(query, param, pair string) string {
	var parts []string
	placed := false
	for part := range strings.SplitSeq(query, "&") {
		switch {
		case !isNamed(part, param):
			parts = append(parts, part)
		case !placed:
			parts, placed = append(parts, pair), true
		}
	}
	if !placed {
		parts = append(parts, pair)
	}
	return strings.Join(parts, "&")
}

// isNamed reports that a part of a query gives a value to param, however it is escaped.
func isNamed(part, param string) bool {
	name, _, _ := strings.Cut(part, "=")
	plain, err := url.QueryUnescape(name)
	return err == nil && plain == param
}
