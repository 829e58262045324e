package httpapi

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/fault"
)

// Ensures that every answer leaves with what a careful CDN sets, and that what a function sets itself stands.
func TestServeAddsTheStandingHeaders(t *testing.T) {
	standing := map[string]string{
		"cache-control": "no-store", "cross-origin-resource-policy": "same-origin", "referrer-policy": "no-referrer",
		"strict-transport-security": "max-age=31536000", "x-content-type-options": "nosniff",
		"content-security-policy": "default-src 'none'; frame-ancestors 'none'",
	}
	with := func(change map[string]string) map[string]string {
		all := map[string]string{}
		for _, from := range []map[string]string{standing, change} {
			for name, value := range from {
				all[name] = value
				if value == "" {
					delete(all, name)
				}
			}
		}
		return all
	}
	for _, c := range []struct {
		name string
		res  Response
		err  error
		want map[string]string
	}{
		{"no headers", Response{StatusCode: 204}, nil, standing},
		{"a fault", Response{}, fault.New(fault.NotFound, "", "no"), with(map[string]string{"content-type": "application/json"})},
		{
			"a page has a policy of its own",
			Response{Headers: map[string]string{"content-type": "text/html; charset=utf-8", "referrer-policy": "origin"}},
			nil,
			with(map[string]string{"content-type": "text/html; charset=utf-8", "referrer-policy": "origin", "content-security-policy": ""}),
		},
		{
			"cacheable for all",
			Response{Headers: map[string]string{"cache-control": "max-age=3600", "cross-origin-resource-policy": "cross-origin"}},
			nil,
			with(map[string]string{"cache-control": "max-age=3600", "cross-origin-resource-policy": "cross-origin"}),
		},
	} {
		serve := Serve(slog.New(slog.NewJSONHandler(io.Discard, nil)), func(context.Context, *Request) (Response, error) { return c.res, c.err })
		res, err := serve(t.Context(), Request{})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, res.Headers); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// Ensures that only an origin of the site's own is told that it may send cookies, and that nothing but an origin is
// echoed.
func TestShareEchoesOnlyOwnOrigins(t *testing.T) {
	own := func(host string) bool { return host == "shop.example" || host == "" }
	for _, c := range []struct {
		name, origin, allowed, credentials string
		own                                func(string) bool
	}{
		{"no origin", "", "*", "", own},
		{"its own", "https://shop.example", "https://shop.example", "true", own},
		{"its own with a port", "http://shop.example:8080", "http://shop.example:8080", "true", own},
		{"a foreign one", "https://evil.example", "*", "", own},
		{"nobody is its own", "https://shop.example", "*", "", nil},
		{"a sandbox", "null", "*", "", own},
		{"more than an origin", "https://shop.example/x", "*", "", own},
		{"a name in it", "https://shop.example@evil.example", "*", "", own},
		{"a torn line", "https://shop.example\r\nset-cookie: x=1", "*", "", own},
		{"another scheme", "chrome-extension://shop.example", "*", "", own},
	} {
		res := Response{}
		Share(&res, &Request{Headers: map[string]string{"origin": c.origin}}, c.own)
		h := res.Headers
		if h["access-control-allow-origin"] != c.allowed || h["access-control-allow-credentials"] != c.credentials || h["cross-origin-resource-policy"] != "cross-origin" {
			t.Errorf("%s: got %v, want %q %q", c.name, h, c.allowed, c.credentials)
		}
		if (h["vary"] == "origin") != (c.own != nil) {
			t.Errorf("%s: vary is %q", c.name, h["vary"])
		}
	}
}

func TestPreflightNamesTheMethods(t *testing.T) {
	res := Preflight("GET, HEAD")
	want := map[string]string{
		"allow": "GET, HEAD, OPTIONS", "access-control-allow-origin": "*", "access-control-allow-methods": "GET, HEAD, OPTIONS",
		"access-control-allow-headers": "content-type, tributary-dry-run", "access-control-max-age": "86400",
		"cross-origin-resource-policy": "cross-origin",
	}
	if d := cmp.Diff(want, res.Headers); d != "" || res.StatusCode != 204 || res.Body != "" {
		t.Errorf("%d %q (-want +got):\n%s", res.StatusCode, res.Body, d)
	}
}
