package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/local/function"
	"tributary/local/template"
)

// stub is a function that answers as told and keeps what it was called with.
type stub struct {
	mu      sync.Mutex
	payload []byte
	calls   int
	answer  func(ctx context.Context, payload []byte) (function.Result, error)
}

func (s *stub) Invoke(ctx context.Context, payload []byte) (function.Result, error) {
	s.mu.Lock()
	s.payload = payload
	s.calls++
	s.mu.Unlock()
	return s.answer(ctx, payload)
}

func (s *stub) called() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func answering(text string) *stub {
	return &stub{answer: func(context.Context, []byte) (function.Result, error) {
		return function.Result{Payload: []byte(text)}, nil
	}}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// serve serves one function on "METHOD /path" routes.
func serve(t *testing.T, s *stub, routes ...string) *httptest.Server {
	t.Helper()
	g := New(func() time.Time { return noon }, func(string) {})
	for _, r := range routes {
		method, path, _ := strings.Cut(r, " ")
		g.Add(template.Route{Method: method, Path: path, Timeout: 200 * time.Millisecond}, s)
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return server
}

// send sends a request and answers the response with its body read.
func send(t *testing.T, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(raw)
}

func TestMostSpecificRouteWins(t *testing.T) {
	routes := []string{"ANY /v1/{proxy+}", "GET /v1/{proxy+}", "POST /v1/events", "GET /v1/{kind}/{id}", "GET /v1/sites/{id}", "GET /", "ANY /x"}
	cases := []struct{ request, key, params string }{
		{"POST /v1/events", "POST /v1/events", ""},
		{"GET /v1/events", "GET /v1/{proxy+}", "proxy=events"},
		{"PUT /v1/a/b/c", "ANY /v1/{proxy+}", "proxy=a/b/c"},
		{"GET /v1/sites/s", "GET /v1/sites/{id}", "id=s"},
		{"GET /v1/links/l", "GET /v1/{kind}/{id}", "kind=links id=l"},
		{"GET /v1/links/l/m", "GET /v1/{proxy+}", "proxy=links/l/m"},
		{"GET /", "GET /", ""},
		{"HEAD /", "", ""},
		{"OPTIONS /x", "ANY /x", ""},
		{"GET /x/", "", ""},
		{"GET /v1", "", ""},
		{"GET /v1/", "", ""},
	}
	g := New(time.Now, nil)
	for _, r := range routes {
		method, path, _ := strings.Cut(r, " ")
		g.Add(template.Route{Method: method, Path: path}, answering("{}"))
	}
	for _, c := range cases {
		method, path, _ := strings.Cut(c.request, " ")
		to, params := g.router.find(method, path)
		var key string
		if to != nil {
			key = to.key()
		}
		want := map[string]string{}
		for _, p := range strings.Fields(c.params) {
			name, value, _ := strings.Cut(p, "=")
			want[name] = value
		}
		if key != c.key || len(params)+len(want) > 0 && cmp.Diff(want, params) != "" {
			t.Errorf("%s: got %q %v, want %q %v", c.request, key, params, c.key, want)
		}
	}
}

func TestEventIsPayloadFormatTwo(t *testing.T) {
	s := answering(`{"statusCode":204}`)
	server := serve(t, s, "POST /things/{id}")
	res, _ := send(t, "POST", server.URL+"/things/a%20b?q=1&q=2&r=%C3%A9", `{"<":"&"}`,
		"Content-Type", "application/json; charset=utf-8", "X-Two", "1", "X-Two", "2", "Cookie", "a=1; b=2", "User-Agent", "tester")
	if res.StatusCode != 204 {
		t.Fatalf("status %d", res.StatusCode)
	}
	var got map[string]any
	if err := json.Unmarshal(s.payload, &got); err != nil {
		t.Fatal(err)
	}
	context := got["requestContext"].(map[string]any)
	headers := got["headers"].(map[string]any)
	for _, name := range []string{"requestId"} {
		if context[name] == "" {
			t.Errorf("requestContext.%s is empty", name)
		}
		delete(context, name)
	}
	for _, name := range []string{"host", "x-amzn-trace-id", "x-forwarded-port", "accept-encoding"} {
		if headers[name] == nil {
			t.Errorf("header %s is missing", name)
		}
		delete(headers, name)
	}
	want := map[string]any{
		"version": "2.0", "routeKey": "POST /things/{id}", "rawPath": "/things/a b", "rawQueryString": "q=1&q=2&r=%C3%A9",
		"cookies": []any{"a=1", "b=2"}, "queryStringParameters": map[string]any{"q": "1,2", "r": "é"}, "pathParameters": map[string]any{"id": "a b"},
		"headers": map[string]any{
			"content-type": "application/json; charset=utf-8", "content-length": "9", "x-two": "1,2", "user-agent": "tester",
			"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http",
		},
		"requestContext": map[string]any{
			"accountId": "000000000000", "apiId": "local", "domainName": "127.0.0.1", "domainPrefix": "127", "routeKey": "POST /things/{id}",
			"stage": "$default", "time": "01/Mar/2026:12:00:00 +0000", "timeEpoch": float64(noon.UnixMilli()),
			"http": map[string]any{"method": "POST", "path": "/things/a b", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "tester"},
		},
		"body": `{"<":"&"}`, "isBase64Encoded": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBodiesThatAreNoTextComeInBase64(t *testing.T) {
	cases := []struct {
		kind, body string
		encoded    bool
	}{
		{"application/json", `{}`, false},
		{"application/cloudevents+json", `{}`, false},
		{"text/plain;charset=UTF-8", "é", false},
		{"", "x", false},
		{"application/x-www-form-urlencoded", "a=b", true},
		{"application/octet-stream", "x", true},
		{"application/json", "\xff", true},
	}
	for _, c := range cases {
		s := answering("{}")
		send(t, "POST", serve(t, s, "ANY /x").URL+"/x", c.body, "Content-Type", c.kind)
		var got event
		if err := json.Unmarshal(s.payload, &got); err != nil {
			t.Fatal(err)
		}
		want := c.body
		if c.encoded {
			want = base64.StdEncoding.EncodeToString([]byte(c.body))
		}
		if got.IsBase64Encoded != c.encoded || got.Body != want {
			t.Errorf("%s %q: got %v %q", c.kind, c.body, got.IsBase64Encoded, got.Body)
		}
	}
}

func TestAnswers(t *testing.T) {
	cases := []struct {
		name, answer string
		status       int
		body         string
		header       map[string]string
	}{
		{"whole", `{"statusCode":201,"headers":{"x-a":"b","x-n":5,"content-type":"text/html"},"cookies":["a=1"],"body":"hi"}`, 201, "hi", map[string]string{"X-A": "b", "X-N": "5", "Content-Type": "text/html", "Set-Cookie": "a=1"}},
		{"status as text", `{"statusCode":"302","headers":{"location":"/y"}}`, 302, "", map[string]string{"Location": "/y"}},
		{"base64", `{"statusCode":200,"body":"AQI=","isBase64Encoded":true,"headers":{"Content-Type":"image/gif"}}`, 200, "\x01\x02", map[string]string{"Content-Type": "image/gif"}},
		{"no content type", `{"statusCode":200,"body":"x"}`, 200, "x", map[string]string{"Content-Type": "text/plain;charset=utf-8"}},
		{"no status", `{"a":1}`, 200, `{"a":1}`, map[string]string{"Content-Type": "application/json"}},
		{"a string", `"hello"`, 200, "hello", map[string]string{"Content-Type": "application/json"}},
		{"multiValueHeaders are of another format", `{"statusCode":200,"multiValueHeaders":{"x-a":["b"]}}`, 200, "", map[string]string{"X-A": ""}},
		{"no JSON", `oops`, 500, `{"message":"Internal Server Error"}`, nil},
		{"broken base64", `{"statusCode":200,"body":"%","isBase64Encoded":true}`, 500, `{"message":"Internal Server Error"}`, nil},
		{"no status at all", `{"statusCode":9999}`, 500, `{"message":"Internal Server Error"}`, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			res, body := send(t, "GET", serve(t, answering(c.answer), "GET /x").URL+"/x", "")
			if res.StatusCode != c.status || body != c.body {
				t.Errorf("got %d %q, want %d %q", res.StatusCode, body, c.status, c.body)
			}
			for name, want := range c.header {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	failing := func(r function.Result, err error) *stub {
		return &stub{answer: func(context.Context, []byte) (function.Result, error) { return r, err }}
	}
	slow := &stub{answer: func(ctx context.Context, _ []byte) (function.Result, error) {
		<-ctx.Done()
		return function.Result{}, ctx.Err()
	}}
	cases := []struct {
		name, path, body string
		function         *stub
		header           string
		status           int
		message          string
	}{
		{"unknown path", "/y", "", answering("{}"), "", 404, "Not Found"},
		{"function fails", "/x", "", failing(function.Result{Failed: true, Payload: []byte(`{"errorMessage":"secret"}`)}, nil), "", 500, "Internal Server Error"},
		{"function cannot run", "/x", "", failing(function.Result{}, errors.New("broken")), "", 500, "Internal Server Error"},
		{"function takes too long", "/x", "", slow, "", 503, "Service Unavailable"},
		{"runner stops", "/x", "", failing(function.Result{}, function.ErrClosed), "", 503, "Service Unavailable"},
		{"payload over Lambda's limit", "/x", "", failing(function.Result{}, function.ErrTooLarge), "", 413, "Request Entity Too Large"},
		{"body over 10 MB", "/x", strings.Repeat("x", 10<<20+1), answering("{}"), "", 413, "Request Entity Too Large"},
		{"head over 10,240 bytes", "/x?" + strings.Repeat("x", 6000), "", answering("{}"), strings.Repeat("y", 5000), 431, "Request Header Fields Too Large"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			res, body := send(t, "POST", serve(t, c.function, "POST /x").URL+c.path, c.body, "X-Long", c.header)
			if res.StatusCode != c.status || body != `{"message":"`+c.message+`"}` {
				t.Errorf("got %d %s, want %d %s", res.StatusCode, body, c.status, c.message)
			}
		})
	}
}

func TestClientThatGoesAwayDoesNotStopTheFunction(t *testing.T) {
	done := make(chan error, 1)
	started := make(chan struct{})
	s := &stub{answer: func(ctx context.Context, _ []byte) (function.Result, error) {
		close(started)
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
		done <- ctx.Err()
		return function.Result{Payload: []byte("{}")}, nil
	}}
	server := serve(t, s, "GET /x")
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		t.Fatal("the client got an answer")
	}
	if err := <-done; err != nil {
		t.Errorf("the function was stopped: %v", err)
	}
}
