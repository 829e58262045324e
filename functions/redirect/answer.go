package main

import (
	"net/http"

	"tributary/shared/httpapi"
)

// sendOn answers 302. It is not cached, or later clicks are lost; the page learns only where the visitor came from, not
// the mail's parameters; no search engine shows the link.
func sendOn(to, verdict string) httpapi.Response {
	return httpapi.Response{StatusCode: http.StatusFound, Headers: map[string]string{
		"location":        to,
		"cache-control":   "no-store",
		"referrer-policy": "strict-origin-when-cross-origin",
		"x-robots-tag":    "noindex, nofollow",
		"x-tributary":     verdict,
	}}
}

// unknown answers a link that does not exist, without a word of the request and without a way on.
func unknown() httpapi.Response {
	return page(http.StatusNotFound, "This link does not exist", "It may have been removed, or its address may have been cut off.")
}

// away answers while it cannot be known where a link leads.
func away() httpapi.Response {
	res := page(http.StatusServiceUnavailable, "This link cannot be opened now", "Please try again in a minute.")
	res.Headers["retry-after"] = "60"
	return res
}

func page(status int, title, text string) httpapi.Response {
	return httpapi.Response{
		StatusCode: status,
		Body: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>` + title +
			`</title><h1>` + title + `</h1><p>` + text + `</p></html>`,
		Headers: map[string]string{
			"content-type":            "text/html; charset=utf-8",
			"cache-control":           "no-store",
			"content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
			"x-robots-tag":            "noindex, nofollow",
		},
	}
}
