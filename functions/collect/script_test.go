package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tributary/shared/browsertest"
	"tributary/shared/httpapi"
)

// limit is what the tracker may weigh, in bytes gzipped: a promise to every page that loads it.
const limit = 1000

// served asks for a script.
func served(t *testing.T, method, path string, headers map[string]string) httpapi.Response {
	t.Helper()
	r := &httpapi.Request{RouteKey: method + " " + path, RawPath: path, Headers: headers}
	r.RequestContext.HTTP.Method = method
	res, err := (&handler{}).serve(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Ensures the size that is promised, by the bytes that are served and by what another program zips.
func TestTrackerIsSmall(t *testing.T) {
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, trackerPlain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("t.js: %d bytes, %d served, %d zipped by Go; x.js: %d served", len(trackerPlain), len(trackerZipped), zipped.Len(), len(crossZipped))
	if len(trackerZipped) > limit || zipped.Len() > limit {
		t.Errorf("t.js is %d bytes zipped, %d by Go; at most %d are promised", len(trackerZipped), zipped.Len(), limit)
	}
}

// Ensures that a script arrives zipped where that is understood, whole where not, and not at all where it is known.
func TestScripts(t *testing.T) {
	tag := served(t, "GET", "/t.js", nil).Headers["etag"]
	for _, c := range []struct {
		name, method, path, accept, known string
		status, bytes                     int
		encoding                          string
	}{
		{"zipped", "GET", "/t.js", "gzip, deflate, br", "", 200, len(trackerZipped), "gzip"},
		{"anything", "GET", "/t.js", "*", "", 200, len(trackerZipped), "gzip"},
		{"by weight", "GET", "/t.js", "br;q=1.0, gzip;q=0.8", "", 200, len(trackerZipped), "gzip"},
		{"refused", "GET", "/t.js", "br, gzip;q=0", "", 200, len(trackerPlain), ""},
		{"plain", "GET", "/t.js", "", "", 200, len(trackerPlain), ""},
		{"the companion", "GET", "/x.js", "gzip", "", 200, len(crossZipped), "gzip"},
		{"known", "GET", "/t.js", "gzip", `"x", ` + tag, 304, 0, ""},
		{"known, said strongly", "GET", "/t.js", "gzip", tag[2:], 304, 0, ""},
		{"another one is known", "GET", "/x.js", "", tag, 200, len(crossPlain), ""},
		{"HEAD", "HEAD", "/t.js", "gzip", "", 200, 0, "gzip"},
	} {
		res := served(t, c.method, c.path, map[string]string{"accept-encoding": c.accept, "if-none-match": c.known})
		body := []byte(res.Body)
		if res.IsBase64Encoded {
			body, _ = base64.StdEncoding.DecodeString(res.Body)
		}
		if res.StatusCode != c.status || len(body) != c.bytes || res.Headers["content-encoding"] != c.encoding {
			t.Errorf("%s: got %d, %d bytes, %q; want %d, %d, %q", c.name, res.StatusCode, len(body), res.Headers["content-encoding"], c.status, c.bytes, c.encoding)
		}
		for name, want := range map[string]string{
			"cache-control": "public, max-age=3600, stale-while-revalidate=86400", "vary": "accept-encoding", "x-content-type-options": "nosniff",
			"cross-origin-resource-policy": "cross-origin", "access-control-allow-origin": "*",
		} {
			if res.Headers[name] != want {
				t.Errorf("%s: %s is %q, want %q", c.name, name, res.Headers[name], want)
			}
		}
	}
}

// Building from the lockfile gives the committed bytes, and what is served zipped is what lies beside it.
func TestBundleIsBuiltFromTheLockfile(t *testing.T) {
	for plain, zipped := range map[string][]byte{trackerPlain: trackerZipped, crossPlain: crossZipped} {
		r, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != plain {
			t.Errorf("a zipped script is not the plain one: %v", err)
		}
	}
	if _, err := os.Stat("web/node_modules/terser/package.json"); err != nil {
		browsertest.Needed(t, "no terser; `npm ci` in functions/collect/web installs what the lockfile names")
	}
	out := t.TempDir()
	if said, err := exec.Command("node", "web/build.mjs", out).CombinedOutput(); err != nil {
		t.Fatalf("node web/build.mjs: %v\n%s", err, said)
	}
	for name, want := range map[string]string{"t.gen.js": trackerPlain, "x.gen.js": crossPlain} {
		if got, err := os.ReadFile(filepath.Join(out, name)); err != nil || string(got) != want {
			t.Errorf("web/src builds %d bytes that differ from the %d of %s (%v): run `npm ci && npm run build` in functions/collect/web", len(got), len(want), name, err)
		}
	}
}

// The lockfile pins by hash and names no host.
func TestLockfileNamesNoRegistry(t *testing.T) {
	lock, err := os.ReadFile("web/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error("package-lock.json says where packages were downloaded from")
	}
	if n, pins := bytes.Count(lock, []byte(`"node_modules/`)), bytes.Count(lock, []byte(`"integrity"`)); n == 0 || pins != n {
		t.Errorf("%d packages, %d of them pinned by hash", n, pins)
	}
}

// Ensures that a script asks for nothing that a strict policy forbids, and stays in its element if a page puts it inline.
func TestScriptsArePlain(t *testing.T) {
	for name, text := range map[string]string{"t.js": trackerPlain, "x.js": crossPlain} {
		for _, bad := range []string{"eval(", "new Function", "innerHTML", "document.write", "</script", "<!--"} {
			if bytes.Contains([]byte(text), []byte(bad)) {
				t.Errorf("%s holds %s", name, bad)
			}
		}
	}
	if res := served(t, http.MethodGet, "/t.js", nil); res.Headers["content-type"] != "text/javascript; charset=utf-8" {
		t.Errorf("got %s", res.Headers["content-type"])
	}
}
