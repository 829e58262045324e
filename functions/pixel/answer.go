package main

import (
	"net/http"
	"strings"

	"tributary/shared/httpapi"
)

// picture answers the pixel. It must not be cached, or later hits are lost; every origin may show it, also one with
// Cross-Origin-Embedder-Policy.
func picture(verdict string) httpapi.Response {
	return httpapi.Response{
		StatusCode: http.StatusOK, Body: onePixel, IsBase64Encoded: true,
		Headers: map[string]string{
			"content-type":                  "image/gif",
			"cache-control":                 "no-store, no-cache, must-revalidate, private, max-age=0",
			"pragma":                        "no-cache",
			"expires":                       "0",
			"cross-origin-resource-policy":  "cross-origin",
			"access-control-allow-origin":   "*",
			"access-control-expose-headers": "x-tributary",
			"timing-allow-origin":           "*",
			"x-content-type-options":        "nosniff",
			"x-tributary":                   verdict,
		},
	}
}

// preflight answers OPTIONS: any origin, without credentials, for a day.
func preflight() httpapi.Response {
	return httpapi.Response{StatusCode: http.StatusNoContent, Headers: map[string]string{
		"allow":                        "GET, HEAD, OPTIONS",
		"access-control-allow-origin":  "*",
		"access-control-allow-methods": "GET, HEAD, OPTIONS",
		"access-control-allow-headers": "tributary-dry-run",
		"access-control-max-age":       "86400",
	}}
}

// printable keeps a sender's own words from tearing a header: visible ASCII only, and little of it.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, strings.TrimSpace(s))
	return s[:min(len(s), 100)]
}
