package httpapi

import (
	"net/http"
	"net/url"
	"strings"
)

// standing are the headers of every answer whose function says nothing else: what a careful CDN sets. Pages bring a
// policy of their own.
var standing = [...][2]string{
	{"cache-control", "no-store"},
	{"cross-origin-resource-policy", "same-origin"},
	{"referrer-policy", "no-referrer"},
	{"strict-transport-security", "max-age=31536000"},
	{"x-content-type-options", "nosniff"},
}

// policy keeps a browser from making anything of an answer that is no page.
const policy = "default-src 'none'; frame-ancestors 'none'"

// finish adds the standing headers.
func finish(res *Response) {
	if res.Headers == nil {
		res.Headers = make(map[string]string, len(standing)+1)
	}
	for _, h := range standing {
		if _, set := res.Headers[h[0]]; !set {
			res.Headers[h[0]] = h[1]
		}
	}
	if _, set := res.Headers["content-security-policy"]; !set && !strings.HasPrefix(res.Headers["content-type"], "text/html") {
		res.Headers["content-security-policy"] = policy
	}
}

// Share lets pages of any origin load and read an answer of a public door, the header X-Tributary among it. Where own
// knows the host of the page that asks (nil knows none), the page may also send its cookies along.
func Share(res *Response, r *Request, own func(host string) bool) {
	if res.Headers == nil {
		res.Headers = make(map[string]string, 4)
	}
	res.Headers["cross-origin-resource-policy"] = "cross-origin"
	res.Headers["access-control-expose-headers"] = "x-tributary"
	res.Headers["access-control-allow-origin"] = "*"
	if own == nil {
		return
	}
	res.Headers["vary"] = "origin"
	origin := r.Headers["origin"]
	if host := originHost(origin); host != "" && own(host) {
		res.Headers["access-control-allow-origin"] = origin
		res.Headers["access-control-allow-credentials"] = "true"
	}
}

// originHost is the host of an Origin header; empty for "null" and anything else that is no plain origin, so that
// nothing but an origin is ever echoed.
func originHost(origin string) string {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Scheme+"://"+u.Host != origin {
		return ""
	}
	return u.Hostname()
}

// Preflight answers OPTIONS at a public door: any origin, without credentials, for a day. methods are the door's,
// comma-separated.
func Preflight(methods string) Response {
	methods += ", OPTIONS"
	return Response{StatusCode: http.StatusNoContent, Headers: map[string]string{
		"allow":                        methods,
		"access-control-allow-origin":  "*",
		"access-control-allow-methods": methods,
		"access-control-allow-headers": "content-type, tributary-dry-run",
		"access-control-max-age":       "86400",
		"cross-origin-resource-policy": "cross-origin",
	}}
}
