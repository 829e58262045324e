package gateway

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/local/function"
)

func newInvoker(t *testing.T, s *stub) (string, *sync.WaitGroup) {
	t.Helper()
	var under sync.WaitGroup
	i := &Invoker{Functions: map[string]Function{"report": s}, Async: &Async{
		Context: t.Context(), Begin: func() { under.Add(1) }, End: under.Done, Note: func(string) {}, Pauses: []time.Duration{0, 0},
	}}
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	return server.URL + InvokePrefix, &under
}

func TestInvokeAPI(t *testing.T) {
	failed := &stub{answer: func(context.Context, []byte) (function.Result, error) {
		return function.Result{Failed: true, Payload: []byte(`{"errorMessage":"x"}`)}, nil
	}}
	cases := []struct {
		name, method, path, body, kind string
		function                       *stub
		status                         int
		answer, header                 string
	}{
		{"answers", "POST", "report/invocations", `{"a":1}`, "", answering(`{"b":2}`), 200, `{"b":2}`, ""},
		{"tells failures", "POST", "report/invocations", `{}`, "RequestResponse", failed, 200, `{"errorMessage":"x"}`, "Unhandled"},
		{"tries without running", "POST", "report/invocations", `{}`, "DryRun", answering(`{}`), 204, "", ""},
		{"does not know the function", "POST", "nobody/invocations", `{}`, "", answering(`{}`), 404, "Function not found: nobody", ""},
		{"does not know the type", "POST", "report/invocations", `{}`, "Odd", answering(`{}`), 400, "is not known", ""},
		{"refuses what is no JSON", "POST", "report/invocations", `{`, "", answering(`{}`), 400, "Could not parse request body into json", ""},
		{"refuses over 6 MB", "POST", "report/invocations", `"` + strings.Repeat("x", function.MaxPayload) + `"`, "", answering(`{}`), 413, "Request must be smaller", ""},
		{"refuses another method", "GET", "report/invocations", ``, "", answering(`{}`), 404, "Not Found", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			url, _ := newInvoker(t, c.function)
			res, body := send(t, c.method, url+c.path, c.body, "X-Amz-Invocation-Type", c.kind)
			if res.StatusCode != c.status || !strings.Contains(body, c.answer) || res.Header.Get("X-Amz-Function-Error") != c.header {
				t.Errorf("got %d %s %v", res.StatusCode, body, res.Header)
			}
		})
	}
	t.Run("makes an empty payload an object", func(t *testing.T) {
		s := answering(`{}`)
		url, _ := newInvoker(t, s)
		if send(t, "POST", url+"report/invocations", ""); string(s.payload) != "{}" {
			t.Errorf("the function got %q", s.payload)
		}
	})
}

func TestAsynchronousCallsAreTriedThreeTimes(t *testing.T) {
	for _, c := range []struct{ failures, calls int }{{0, 1}, {2, 3}, {9, 3}} {
		n := 0
		s := &stub{answer: func(context.Context, []byte) (function.Result, error) {
			n++
			return function.Result{Failed: n <= c.failures}, nil
		}}
		url, under := newInvoker(t, s)
		if res, _ := send(t, "POST", url+"report/invocations", `{}`, "X-Amz-Invocation-Type", "Event"); res.StatusCode != 202 {
			t.Errorf("status %d", res.StatusCode)
		}
		if under.Wait(); s.called() != c.calls {
			t.Errorf("%d failures: called %d times, want %d", c.failures, s.called(), c.calls)
		}
	}
}
