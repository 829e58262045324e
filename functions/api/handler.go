// Command api answers readers and keeps the settings.
//
// Trigger: the HTTP API's GET and POST of / and every method of /v1/…, but for the event doors.
// Reads: KPIs, Journeys, Events (the page's last twenty), Config, Quarantine, Alerts, reports in S3.
// Writes: Config, each item on the version that was read; a replay also Events and Quarantine; a demand for erasure into
// Quarantine; a rule that is deleted clears its alert in Alerts.
// A second run: every PUT and DELETE may be sent again; a PUT of a key that exists makes no second secret.
package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tributary/shared/adviser"
	"tributary/shared/archive"
	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/httpapi"
	"tributary/shared/store"
)

// server holds what the handlers need. It is safe for concurrent use.
type server struct {
	store   *store.Store
	archive *archive.Archive
	figures *figures.Reader
	adviser *adviser.Reader
	now     func() time.Time
	log     *slog.Logger
	secret  func() string // makes a key nobody guesses
	random  func(n int) []byte
	routes  []route

	keySHA256 string // hex of the first admin key's hash; empty opens nothing
	open      bool   // the page at / asks for no key: the laptop
	publicURL string // what the page's snippet shows; empty: the host that was asked
}

// route is one row of the table: a method, a path whose {name} parts match one segment and whose {name...} the rest.
type route struct {
	method, path string
	access       access
	handle       httpapi.Handler
}

// access is who may ask a route.
type access int

const (
	keyed  access = iota // whoever has a key
	signed               // or is signed in to the page at /, whose links carry no key
	open                 // anybody: the handler looks after its own key
)

// newServer makes a server from the function's environment; now is the clock.
func newServer(st *store.Store, ar *archive.Archive, getenv func(string) string, now func() time.Time) *server {
	fg := figures.New(st, now)
	s := &server{
		store: st, archive: ar, figures: fg, adviser: adviser.New(st, fg, now), now: now, log: slog.Default(),
		secret:    func() string { return "trb_" + rand.Text() },
		random:    random,
		keySHA256: strings.ToLower(strings.TrimSpace(getenv("API_KEY_SHA256"))),
		open:      getenv("DASHBOARD_OPEN") == "1",
		publicURL: strings.TrimRight(getenv("PUBLIC_URL"), "/"),
	}
	s.routes = s.table()
	return s
}

// random is n random bytes.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return b
}

// table is every route of the function.
func (s *server) table() []route {
	get, post := http.MethodGet, http.MethodPost
	t := []route{
		{get, "/", open, s.page},
		{post, "/", open, s.login},
		{get, "/v1/kpis", keyed, s.kpis},
		{get, "/v1/funnel", keyed, s.funnel},
		{get, "/v1/retention", keyed, s.retention},
		{get, "/v1/advice", keyed, s.advice},
		{get, "/v1/targets", keyed, s.targets},
		{get, "/v1/journeys/{id...}", keyed, taking(s.journeys, "site")},
		{get, "/v1/people/{id...}", keyed, taking(s.exportPerson, "site", "next")},
		{http.MethodDelete, "/v1/people/{id...}", keyed, taking(s.erasePerson, "site")},
		{get, "/v1/reports", keyed, taking(s.reports, "site", "period")},
		{get, "/v1/reports/{report...}", signed, taking(s.reports)},
		{get, "/v1/quarantine", keyed, taking(s.quarantine, "site", "limit")},
		{get, "/v1/quarantine/{id}", keyed, taking(s.quarantined, "site")},
		{post, "/v1/quarantine/{id}/replay", keyed, taking(s.replay, "site")},
		{get, "/v1/restatements", keyed, taking(s.restatements, "site", "from", "to", "limit")},
		{get, "/v1/alerts", keyed, taking(s.alerts, "site", "state", "limit", "next")},
		{get, "/v1/explain", keyed, s.explain},
		{post, "/v1/recipients", keyed, taking(s.recipients, "site")},
		{post, "/v1/recipients/rotate", keyed, taking(s.rotateRecipients)},
	}
	return append(t, s.settingsTable()...)
}

// taking wraps a handler that reads these parameters and no others: one that it does not know is refused.
func taking(h httpapi.Handler, names ...string) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		q, err := httpapi.Query(r)
		if err == nil {
			err = fault.Params(q, names...)
		}
		if err != nil {
			return httpapi.Response{}, err
		}
		return h(ctx, r)
	}
}

// serve finds the route, checks the key and calls the handler. The key comes before the 404 of an unknown path, so
// that nobody without one learns what exists. What the path's {names} matched stands in r.PathParameters.
func (s *server) serve(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	method, path := r.RequestContext.HTTP.Method, r.RawPath
	found, params, allowed := s.match(method, path)
	if found == nil || !s.passes(found, r) {
		if err := s.authorize(ctx, r); err != nil {
			return unauthorized(err)
		}
	}
	if found == nil {
		return missing(method, path, allowed)
	}
	q := *r
	q.PathParameters = params
	return found.handle(ctx, &q)
}

// passes says that a route is open to whoever asks, without a key.
func (s *server) passes(to *route, r *httpapi.Request) bool {
	return to.access == open || to.access == signed && (s.open || s.signedIn(r))
}

// match finds the route of a method and path, else the methods that the path has.
func (s *server) match(method, path string) (*route, map[string]string, []string) {
	var allowed []string
	for i := range s.routes {
		params, ok := matchPath(s.routes[i].path, path)
		switch {
		case !ok:
		case s.routes[i].method == method:
			return &s.routes[i], params, nil
		default:
			allowed = append(allowed, s.routes[i].method)
		}
	}
	return nil, nil, allowed
}

// matchPath compares a path with a pattern, part by part, and returns what the {names} stand for, unescaped. The
// gateway hands rawPath over unescaped already, other fronts do not: a part that is no valid escape stays as it is.
func matchPath(pattern, path string) (map[string]string, bool) {
	params := map[string]string{}
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, w := range want {
		name, isParam := strings.CutPrefix(strings.TrimSuffix(w, "}"), "{")
		rest, isRest := strings.CutSuffix(name, "...")
		switch {
		case i >= len(got), isParam && got[i] == "", !isParam && got[i] != w:
			return nil, false
		case isParam && isRest:
			params[rest] = unescape(strings.Join(got[i:], "/"))
			return params, true
		case isParam:
			params[name] = unescape(got[i])
		}
	}
	return params, len(want) == len(got)
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// missing answers a path that has no such method (405 with Allow) or does not exist.
func missing(method, path string, allowed []string) (httpapi.Response, error) {
	if len(allowed) == 0 {
		return httpapi.Response{}, fault.New(fault.NotFound, "", "there is nothing at %s; README lists the routes", path)
	}
	slices.Sort(allowed)
	list := strings.Join(slices.Compact(allowed), ", ")
	res := httpapi.Refuse(fault.New(fault.MethodNotAllowed, "", "%s is not possible at %s; use %s", method, path, list))
	res.Headers["allow"] = list
	return res, nil
}
