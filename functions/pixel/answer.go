package main

import (
	"maps"
	"net/http"
	"strings"

	"tributary/shared/httpapi"
)

// shown are the headers of every picture but the verdict. It must not be cached, or later hits are lost; every origin may show
// it, also one with Cross-Origin-Embedder-Policy.
var shown = func() map[string]string {
	res := httpapi.Response{Headers: map[string]string{
		"content-type":        "image/gif",
		"cache-control":       "no-store, no-cache, must-revalidate, private, max-age=0",
		"pragma":              "no-cache",
		"expires":             "0",
		"timing-allow-origin": "*",
	}}
	httpapi.Share(&res, nil, nil)
	return res.Headers
}()

// picture answers the pixel.
func picture(verdict string) httpapi.Response {
	res := httpapi.Response{StatusCode: http.StatusOK, Body: onePixel, IsBase64Encoded: true, Headers: maps.Clone(shown)}
	res.Headers["x-tributary"] = verdict
	return res
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
