package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"tributary/shared/browsertest"
	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/visitor"
)

// person is how the browser calls itself: a headless one is marked as a bot.
const person = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// rack is a store that remembers what it was given; an event whose id it knows at that home is a duplicate.
type rack struct {
	*flaky
	mu     sync.Mutex
	known  map[string]bool
	events []*event.Event
}

func (s *rack) PutEvent(_ context.Context, e *event.Event) (store.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := e.Home() + e.ID; s.known[key] {
		return store.Duplicate, nil
	} else {
		s.known[key] = true
	}
	s.events = append(s.events, e)
	return store.Stored, nil
}

// wire is one request to /e as it arrived.
type wire struct {
	Mode    string // Sec-Fetch-Mode: no-cors is a beacon, cors a fetch
	Cookie  string
	Body    string
	Events  []map[string]any `json:"events"`
	SentAt  float64          `json:"sent_at"`
	Dropped bool             // answered with 503, before it was read or after it was stored
}

// stage is a browser, sites under names of their own, and the real handler behind t.shop.example; all over https.
type stage struct {
	t       *testing.T
	ctx     context.Context // of the browser
	handler *handler
	rack    *rack
	server  *httptest.Server
	pages   map[string]string // by host and path

	mu      sync.Mutex
	changed chan struct{} // closed and made anew whenever something arrived
	wires   []wire
	marks   map[string]bool
	goOn    chan struct{} // closed when a page may go on
	lose    int           // so many answers of /e get lost: the events are stored, the page hears 503
	policy  string
}

// collectorHost is where the collector answers: under the site's registrable domain.
const collectorHost = "t.shop.example"

// newStage opens a stage of its own browser.
func newStage(t *testing.T, more ...chromedp.ExecAllocatorOption) *stage {
	t.Helper()
	sh := &rack{flaky: &flaky{}, known: map[string]bool{}}
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	s := &stage{
		t: t, rack: sh, pages: map[string]string{}, marks: map[string]bool{}, goOn: make(chan struct{}), changed: make(chan struct{}),
		handler: &handler{in: ingest.Over("collect", sh, sh, sh, time.Now, log), keys: sh, admin: settings.KeyHash("secret-key"), cookies: visitor.Domains{"shop.example"}},
	}
	s.server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	_, port, err := net.SplitHostPort(s.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.ctx = browsertest.Start(t, append(more, chromedp.Flag("host-resolver-rules", "MAP *.example 127.0.0.1:"+port), chromedp.Flag("ignore-certificate-errors", true),
		chromedp.UserAgent(person))...)
	return s
}

// serve is the whole web: the collector, a place for marks, and the pages.
func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case r.Host == collectorHost, path == "/e", path == "/t.js":
		s.collect(w, r)
	case path == "/mark":
		s.change(func() { s.marks[r.URL.RawQuery] = true })
	case path == "/go":
		select {
		case <-s.goOn:
		case <-r.Context().Done():
		}
	case s.pages[r.Host+path] != "":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if s.policy != "" {
			w.Header().Set("Content-Security-Policy", s.policy)
		}
		_, _ = io.WriteString(w, s.pages[r.Host+path])
	default:
		http.NotFound(w, r)
	}
}

// collect hands a request to the handler as the gateway would.
func (s *stage) collect(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	req := &httpapi.Request{RouteKey: r.Method + " " + r.URL.Path, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery, Body: string(body), Headers: map[string]string{}}
	req.RequestContext.HTTP.Method = r.Method
	for name, values := range r.Header {
		req.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for _, c := range r.Cookies() {
		req.Cookies = append(req.Cookies, c.Name+"="+c.Value)
	}
	res, err := s.handler.serve(r.Context(), req)
	if err != nil {
		s.t.Errorf("%s: %v", r.URL, err)
	}
	if r.URL.Path == "/e" && r.Method == http.MethodPost && s.note(r, body) {
		res.StatusCode, res.Body = http.StatusServiceUnavailable, `{"message":"Service Unavailable"}`
	}
	reply(w, res)
}

// note remembers what came to /e, and whether the answer gets lost.
func (s *stage) note(r *http.Request, body []byte) (lost bool) {
	x := wire{Mode: r.Header.Get("Sec-Fetch-Mode"), Cookie: r.Header.Get("Cookie"), Body: string(body)}
	if err := json.Unmarshal(body, &x); err != nil {
		s.t.Errorf("/e got %s: %v", body, err)
	}
	s.change(func() {
		if lost = s.lose > 0; lost {
			s.lose--
		}
		x.Dropped = lost
		s.wires = append(s.wires, x)
	})
	return lost
}

// reply writes an answer as the gateway would.
func reply(w http.ResponseWriter, res httpapi.Response) {
	body := []byte(res.Body)
	if res.IsBase64Encoded {
		body, _ = base64.StdEncoding.DecodeString(res.Body)
	}
	for name, value := range res.Headers {
		w.Header().Set(name, value)
	}
	for _, c := range res.Cookies {
		w.Header().Add("Set-Cookie", c)
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body)
}

// change changes what is waited for.
func (s *stage) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	close(s.changed)
	s.changed = make(chan struct{})
}

// until waits for what arrives until it is enough.
func (s *stage) until(what string, enough func() bool) {
	s.t.Helper()
	late := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		ok, next := enough(), s.changed
		s.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-next:
		case <-late:
			s.t.Fatalf("%s did not come; what came:\n%s", what, s.seen())
		}
	}
}

// untilTypes waits until so many events of all requests have arrived, by type and in order.
func (s *stage) untilTypes(want ...string) []map[string]any {
	s.t.Helper()
	s.until(fmt.Sprint(want), func() bool { return len(s.sent()) >= len(want) })
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.sent()
	if types := typesOf(got); fmt.Sprint(types) != fmt.Sprint(want) {
		s.t.Fatalf("got %v, want %v", types, want)
	}
	return got
}

// sent are the events of all requests, each once. The lock is held.
func (s *stage) sent() []map[string]any {
	var all []map[string]any
	seen := map[any]bool{}
	for _, x := range s.wires {
		for _, e := range x.Events {
			if !seen[e["id"]] {
				seen[e["id"]] = true
				all = append(all, e)
			}
		}
	}
	return all
}

// stored are the events that the handler put.
func (s *stage) stored() []*event.Event {
	s.rack.mu.Lock()
	defer s.rack.mu.Unlock()
	return append([]*event.Event(nil), s.rack.events...)
}

func (s *stage) seen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, x := range s.wires {
		fmt.Fprintf(&b, "%s %s\n", x.Mode, x.Body)
	}
	return b.String()
}

// typesOf names the types as the tracker sends them; a custom event by its own name.
func typesOf(events []map[string]any) []string {
	var types []string
	for _, e := range events {
		if t := e["type"]; t == "event" {
			types = append(types, fmt.Sprint(e["event"]))
		} else {
			types = append(types, fmt.Sprint(t))
		}
	}
	return types
}

// step is something done to a tab.
type step = chromedp.Action[chromedp.Void]

// send makes a step of a command of the browser's protocol.
func send[P, R any](command cdp.Command[P, R], params P) step {
	return func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, command, params)
		return none, err
	}
}

// tab is a tab of one visitor.
type tab struct {
	s   *stage
	ctx context.Context
}

// visitor opens a tab in a profile of its own: nobody has been anywhere yet.
func (s *stage) visitor(before ...step) *tab {
	s.t.Helper()
	ctx, end := chromedp.NewContext(s.ctx, chromedp.WithNewBrowserContext())
	s.t.Cleanup(end)
	tb := &tab{s, ctx}
	tb.do(before...)
	return tb
}

// another opens a further tab of the same visitor.
func (tb *tab) another() *tab {
	tb.s.t.Helper()
	ctx, end := chromedp.NewContext(tb.ctx)
	tb.s.t.Cleanup(end)
	return &tab{tb.s, ctx}
}

func (tb *tab) do(steps ...step) {
	tb.s.t.Helper()
	if err := chromedp.Do(tb.ctx, steps...); err != nil {
		tb.s.t.Fatal(err)
	}
}

// open goes to an address.
func (tb *tab) open(address string) *tab {
	tb.s.t.Helper()
	tb.do(chromedp.Navigate(address))
	return tb
}

// eval runs a script and gives what it returns.
func eval[T any](tb *tab, script string) T {
	tb.s.t.Helper()
	v, err := chromedp.Run(tb.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.s.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// run runs a script for what it does.
func (tb *tab) run(script string) {
	tb.s.t.Helper()
	eval[bool](tb, script+"; true")
}

// settled waits until everything that the page has to send was answered, and gives the visitor's id.
func (tb *tab) settled() string {
	tb.s.t.Helper()
	return eval[string](tb, `new Promise((tell) => tributary("id", (id) => tell(id || "")))`)
}

const (
	stub    = `<script>window.tributary=window.tributary||function(){(tributary.q=tributary.q||[]).push(arguments)}</script>`
	tracker = `<script defer src="https://` + collectorHost + `/t.js" data-site="shop"></script>`
	cross   = `<script defer src="https://` + collectorHost + `/x.js" data-domains="shop.example pay.example"></script>`
)

// page puts a page with the tracker where address says.
func (s *stage) page(address, head, body string) {
	s.pages[strings.TrimPrefix(address, "https://")] = "<!DOCTYPE html><title>" + address + "</title>" + head + tracker + body
}
