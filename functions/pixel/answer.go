package main

import (
	"net/http"
	"strings"

	"tributary/shared/httpapi"
)

// headers is how many an answer has in the end, those of package httpapi among them: the map has room for them at once.
const headers = 13

// picture answers the pixel. It must not be cached, or later hits are lost; every origin may show it, also one with
// Cross-Origin-Embedder-Policy.
func picture(r *httpapi.Request, verdict string) httpapi.Response {
	res := httpapi.Response{StatusCode: http.StatusOK, Body: onePixel, IsBase64Encoded: true, Headers: make(map[string]string, headers)}
	h := res.Headers
	h["content-type"] = "image/gif"
	h["cache-control"] = "no-store, no-cache, must-revalidate, private, max-age=0"
	h["pragma"] = "no-cache"
	h["expires"] = "0"
	h["timing-allow-origin"] = "*"
	h["x-tributary"] = verdict
	httpapi.Share(&res, r, nil)
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
