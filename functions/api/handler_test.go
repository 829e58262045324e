package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/httpapi"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// adminKey is the key that the payloads in testdata carry.
const adminKey = "admin-key-of-the-tests"

// noon is when the tests happen.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bench is a server on a real engine and how to ask it.
type bench struct {
	*server
	t     *testing.T
	clock time.Time
}

const dayMs = 24 * 60 * 60 * 1000

// newBench makes a server whose environment is the engine's, with env's pairs of name and value on top.
func newBench(t *testing.T, env ...string) *bench {
	t.Helper()
	engine, own := storetest.Env(t), map[string]string{"API_KEY_SHA256": settings.KeyHash(adminKey)}
	for i := 0; i < len(env); i += 2 {
		own[env[i]] = env[i+1]
	}
	b := &bench{t: t, clock: noon}
	b.server = newServer(storetest.Open(t), nil, func(name string) string {
		if v, ok := own[name]; ok {
			return v
		}
		return engine(name)
	}, func() time.Time { return b.clock })
	b.log = slog.New(slog.DiscardHandler)
	return b
}

// fixture reads a payload as API Gateway sends it.
func fixture(t *testing.T, name string) httpapi.Request {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var r httpapi.Request
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// ask sends a request of our own making: the payload of get.json or put.json with another method, target and body.
func (b *bench) ask(method, target, body string, headers ...string) httpapi.Response {
	b.t.Helper()
	r := fixture(b.t, "get.json")
	if body != "" {
		r = fixture(b.t, "put.json")
	}
	r.RawPath, r.RawQueryString, _ = strings.Cut(target, "?")
	r.RequestContext.HTTP.Method, r.Body = method, body
	for i := 0; i < len(headers); i += 2 {
		r.Headers[headers[i]] = headers[i+1]
	}
	return b.send(r)
}

// send hands a request over as lambda.Start would.
func (b *bench) send(r httpapi.Request) httpapi.Response {
	b.t.Helper()
	res, err := httpapi.Serve(b.log, b.serve)(context.WithoutCancel(b.t.Context()), r)
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.RequestContext.HTTP.Method, r.RawPath, err)
	}
	return res
}

// want checks a status and, of an error, the code and field; it returns the body.
func (b *bench) want(res httpapi.Response, status int, code, field string) string {
	b.t.Helper()
	var answer struct {
		Error struct{ Code, Message, Field string }
	}
	if code != "" {
		if err := json.Unmarshal([]byte(res.Body), &answer); err != nil {
			b.t.Errorf("no error body: %s", res.Body)
		}
	}
	if got := answer.Error; res.StatusCode != status || got.Code != code || got.Field != field || code != "" && got.Message == "" {
		b.t.Errorf("got %d %s, want %d %s at %q", res.StatusCode, res.Body, status, code, field)
	}
	return res.Body
}

// TestFixtures ensures that the payloads are answered as they arrive.
func TestFixtures(t *testing.T) {
	b := newBench(t)
	r := fixture(t, "put.json")
	site := storetest.Site(t)
	r.RawPath = "/v1/sites/" + site
	b.want(b.send(r), http.StatusCreated, "", "")
	r.Body, r.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(r.Body)), true
	if body := b.want(b.send(r), http.StatusOK, "", ""); !strings.Contains(body, `"currency":"EUR"`) {
		t.Errorf("got %s", body)
	}
	b.want(b.send(fixture(t, "get.json")), http.StatusOK, "", "")
}

// TestKeys401 ensures that no door opens without a known key, whatever stands in its place.
func TestKeys401(t *testing.T) {
	b, open := newBench(t), newBench(t, "API_KEY_SHA256", "")
	for _, row := range []struct {
		name, header string
		b            *bench
	}{
		{"absent", "", b},
		{"blank", "   ", b},
		{"no secret", "Bearer ", b},
		{"no scheme", adminKey, b},
		{"basic", "Basic " + adminKey, b},
		{"wrong", "Bearer wrong", b},
		{"the hash itself", "Bearer " + settings.KeyHash(adminKey), b},
		{"part of it", "Bearer " + adminKey[:5], b},
		{"two", "Bearer " + adminKey + " " + adminKey, b},
		{"no key is configured, none sent", "Bearer ", open},
		{"no key is configured, any sent", "Bearer x", open},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, path := range []string{"/v1/sites", "/v1/kpis", "/v1/journeys/a", "/v1/reports", "/v1/quarantine", "/v1/nothing"} {
				res := row.b.ask("GET", path, "", "authorization", row.header)
				body := row.b.want(res, http.StatusUnauthorized, "unauthorized", "")
				if res.Headers["www-authenticate"] == "" {
					t.Errorf("%s: no WWW-Authenticate", path)
				}
				if strings.Contains(body, adminKey) {
					t.Errorf("%s: the key is answered: %s", path, body)
				}
			}
		})
	}
}

func TestKeyIsTaken(t *testing.T) {
	upper := newBench(t, "API_KEY_SHA256", " "+strings.ToUpper(settings.KeyHash(adminKey))+"\n")
	for _, header := range []string{"Bearer " + adminKey, "bearer  " + adminKey + " "} {
		upper.want(upper.ask("GET", "/v1/sites", "", "authorization", header), http.StatusOK, "", "")
	}
}

func TestRoutes(t *testing.T) {
	b := newBench(t)
	for _, row := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/v1/nothing", 404, "not_found", ""},
		{"GET", "/v1/sites/", 404, "not_found", ""},
		{"GET", "/v1/sites/a/b", 404, "not_found", ""},
		{"GET", "//v1/sites", 404, "not_found", ""},
		{"GET", "", 404, "not_found", ""},
		{"DELETE", "/v1/sites", 405, "method_not_allowed", "GET"},
		{"POST", "/v1/sites/a", 405, "method_not_allowed", "DELETE, GET, PUT"},
		{"PUT", "/v1/kpis", 405, "method_not_allowed", "GET"},
		{"PUT", "/", 405, "method_not_allowed", "GET, POST"},
	} {
		res := b.ask(row.method, row.path, "")
		b.want(res, row.status, row.code, "")
		if got := res.Headers["allow"]; got != row.allow {
			t.Errorf("%s %s: got Allow %q, want %q", row.method, row.path, got, row.allow)
		}
	}
}

func TestMatchPath(t *testing.T) {
	for _, row := range []struct {
		pattern, path string
		want          map[string]string
	}{
		{"/", "/", map[string]string{}},
		{"/v1/goals/{id}", "/v1/goals/a", map[string]string{"id": "a"}},
		{"/v1/goals/{id}", "/v1/goals/a%20b%zz", map[string]string{"id": "a%20b%zz"}},
		{"/v1/goals/{id}", "/v1/goals/", nil},
		{"/v1/goals/{id}", "/v1/goals", nil},
		{"/v1/goals/{id}", "/v1/goals/a/b", nil},
		{"/v1/journeys/{id...}", "/v1/journeys/stripe:cus_1", map[string]string{"id": "stripe:cus_1"}},
		{"/v1/journeys/{id...}", "/v1/journeys/a%2Fb/c%40d", map[string]string{"id": "a/b/c@d"}},
		{"/v1/journeys/{id...}", "/v1/journeys/", nil},
	} {
		got, ok := matchPath(row.pattern, row.path)
		if ok != (row.want != nil) || ok && !cmp.Equal(got, row.want) {
			t.Errorf("%s of %s: got %v, %t, want %v", row.path, row.pattern, got, ok, row.want)
		}
	}
}

// TestInternalErrorsAreReturned ensures that a failure of ours reaches Lambda's Errors metric.
func TestInternalErrorsAreReturned(t *testing.T) {
	b := newBench(t)
	broken := fixture(t, "get.json")
	site := storetest.Site(t)
	putRaw(t, b, site, "not JSON")
	t.Cleanup(func() { // or every list of sites fails, too
		if err := b.store.DeleteSetting(context.WithoutCancel(t.Context()), store.Sites, site, 1); err != nil {
			t.Error(err)
		}
	})
	broken.RawPath = "/v1/sites/" + site
	if res, err := httpapi.Serve(b.log, b.serve)(t.Context(), broken); err == nil {
		t.Errorf("answered %d %s", res.StatusCode, res.Body)
	}
}

func TestWire(t *testing.T) {
	if _, err := wire(func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), "AWS_REGION") {
		t.Errorf("without an environment: %v", err)
	}
}
