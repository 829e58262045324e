// Package scrub takes out of addresses and texts what may tell who somebody is: e-mail addresses, tokens, and every query
// parameter that is not known to be harmless. It parses nothing twice and allocates only where it changes something.
package scrub

import (
	"net/url"
	"strings"
)

// Mask stands where something was taken out.
const Mask = "*"

// URL is an address without fragment, name and password, without the query parameters that keep refuses (nil refuses
// all), and with e-mail addresses and long tokens masked in its path, e-mail addresses also in what is kept of its query.
func URL(address string, keep func(name string) bool) string {
	address, _, _ = strings.Cut(address, "#")
	place, query, _ := strings.Cut(address, "?")
	head, path := split(place)
	clean, kept := tokens(Text(path)), ""
	if keep != nil {
		kept = strings.TrimRight(params(query, keep), "?")
	}
	switch {
	case len(head)+len(path) != len(place) || clean != path:
		place = head + clean
	case kept == query:
		return strings.TrimSuffix(address, "?")
	}
	if kept == "" {
		return place
	}
	return place + "?" + kept
}

// Origin is an address's scheme and host.
func Origin(address string) string {
	head, _ := split(address)
	if head != "" {
		head, _, _ = strings.Cut(head, "?")
		head, _, _ = strings.Cut(head, "#")
		head += "/"
	}
	return head
}

// split parts https://host from the rest, and drops a name and password before the host.
func split(address string) (head, path string) {
	at := strings.Index(address, "://")
	if at < 0 || !isScheme(address[:at]) {
		return "", address
	}
	scheme, rest := address[:at+3], address[at+3:]
	host := rest
	if slash := strings.IndexAny(rest, "/\\"); slash >= 0 {
		host = rest[:slash]
	}
	bare := host[strings.LastIndexByte(host, '@')+1:]
	if len(bare) == len(host) && strings.IndexByte(host, '%') < 0 {
		return address[:len(scheme)+len(host)], rest[len(host):]
	}
	if strings.Contains(bare, "%40") { // no host has one
		return scheme, rest
	}
	return scheme + bare, rest[len(host):]
}

// isScheme reports what RFC 3986 lets stand before the colon, and nothing.
func isScheme(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isWord(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// params keeps the parameters that keep knows, as they were written.
func params(query string, keep func(name string) bool) string {
	kept, same := make([]byte, 0, len(query)), true
	for rest, more := query, query != ""; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		clean, ok := param(pair, keep)
		if same = same && ok && clean == pair; !ok {
			continue
		}
		if len(kept) > 0 {
			kept = append(kept, '&')
		}
		kept = append(kept, clean...)
	}
	if same {
		return query
	}
	return string(kept)
}

// param is one parameter without addresses of people; false when it is not kept.
func param(pair string, keep func(name string) bool) (string, bool) {
	name, _, _ := strings.Cut(pair, "=")
	if strings.ContainsAny(name, "%+") {
		plain, err := url.QueryUnescape(name)
		if err != nil {
			return "", false
		}
		name = plain
	}
	if name == "" || !keep(name) {
		return "", false
	}
	return Text(pair), true
}
