package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"

	"tributary/shared/httpapi"
)

// The scripts are served by the function that they talk to, so that a deployment changes both or none. The HTTP API does
// not compress, so each lies here zipped too; web/build.mjs makes both.
var (
	//go:embed web/t.gen.js
	trackerPlain string
	//go:embed web/t.gen.js.gz
	trackerZipped []byte
	//go:embed web/x.gen.js
	crossPlain string
	//go:embed web/x.gen.js.gz
	crossZipped []byte
)

// script answers GET and HEAD of /t.js and /x.js; false for any other path.
func script(r *httpapi.Request) (httpapi.Response, bool) {
	var plain string
	var zipped []byte
	switch r.RawPath {
	case "/t.js":
		plain, zipped = trackerPlain, trackerZipped
	case "/x.js":
		plain, zipped = crossPlain, crossZipped
	default:
		return httpapi.Response{}, false
	}
	res := httpapi.Response{StatusCode: http.StatusOK, Headers: scriptHeaders(plain)}
	httpapi.Share(&res, r, nil)
	res.Headers["vary"] = "accept-encoding"
	switch {
	case matches(r.Headers["if-none-match"], res.Headers["etag"]):
		res.StatusCode = http.StatusNotModified
	case acceptsGzip(r.Headers["accept-encoding"]):
		res.Headers["content-encoding"] = "gzip"
		res.Body, res.IsBase64Encoded = base64.StdEncoding.EncodeToString(zipped), true
	default:
		res.Body = plain
	}
	if r.RequestContext.HTTP.Method == http.MethodHead {
		res.Body, res.IsBase64Encoded = "", false
	}
	return res, true
}

// scriptHeaders lets caches keep a script for an hour, and show the old one for a day while they ask for a new one. The tag is
// weak, for it is the same zipped and plain.
func scriptHeaders(plain string) map[string]string {
	sum := sha256.Sum256([]byte(plain))
	return map[string]string{
		"content-type":           "text/javascript; charset=utf-8",
		"cache-control":          "public, max-age=3600, stale-while-revalidate=86400",
		"etag":                   `W/"` + hex.EncodeToString(sum[:8]) + `"`,
		"x-content-type-options": "nosniff",
		"timing-allow-origin":    "*",
	}
}

// matches reports that If-None-Match names the tag, weak or strong.
func matches(header, tag string) bool {
	for name := range strings.SplitSeq(header, ",") {
		if name = strings.TrimSpace(name); name == "*" || strings.TrimPrefix(name, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// acceptsGzip reports that Accept-Encoding names gzip, or everything, and does not refuse it with q=0.
func acceptsGzip(header string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, q, weighed := strings.Cut(strings.ReplaceAll(item, " ", ""), ";")
		if name != "gzip" && name != "*" {
			continue
		}
		return !weighed || strings.Trim(strings.TrimPrefix(q, "q="), "0.") != ""
	}
	return false
}
