package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"tributary/shared/click"
	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// arrival is when every click of these tests arrives.
var arrival = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return arrival }

// bench is a handler over a real store with a site of its own, and what it logs.
type bench struct {
	*handler
	t     *testing.T
	store *store.Store
	site  string
	log   *bytes.Buffer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, store: storetest.Open(t), log: &bytes.Buffer{}}
	b.site = storetest.MakeSite(t, b.store, `{"domains":["shop.example"]}`)
	log := slog.New(slog.NewJSONHandler(b.log, nil))
	b.handler = &handler{in: ingest.New("redirect", b.store, clock, log).ForVisitors(ingest.VisitorsOf(b.store)), log: log}
	return b
}

// put stores a setting as its PUT would; parse is the collection's.
func put[T any](b *bench, collection, id, body string, parse func(id string, body []byte) (T, error)) {
	b.t.Helper()
	v, err := parse(id, []byte(body))
	if err != nil {
		b.t.Fatal(err)
	}
	stored, err := json.Marshal(v)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.store.PutSetting(b.t.Context(), store.ShelfOf(b.site, collection), store.Setting{ID: id, Body: stored}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) link(id, body string) { put(b, "links", id, body, settings.ParseLink) }

// request is testdata/click.json, as API Gateway sends it, for another path and query.
func (b *bench) request(path, query string) *httpapi.Request {
	b.t.Helper()
	raw, err := os.ReadFile("testdata/click.json")
	if err != nil {
		b.t.Fatal(err)
	}
	r := &httpapi.Request{}
	if err := json.Unmarshal(raw, r); err != nil {
		b.t.Fatal(err)
	}
	r.RawPath, r.RawQueryString = path, "s="+b.site
	if query != "" {
		r.RawQueryString += "&" + query
	}
	if strings.HasPrefix(path, "/r/") {
		r.RouteKey = "GET /r/{code}"
	}
	return r
}

// ask sends a request and returns the answer, which never is an error.
func (b *bench) ask(r *httpapi.Request) httpapi.Response {
	b.t.Helper()
	res, err := b.serve(b.t.Context(), r)
	if err != nil {
		b.t.Fatalf("serve: %v", err)
	}
	return res
}

// follow sends a request, which must be sent on, and returns the click's id in the target.
func (b *bench) follow(r *httpapi.Request) string {
	b.t.Helper()
	res := b.ask(r)
	to, err := url.Parse(res.Headers["location"])
	if err != nil || res.StatusCode != 302 {
		b.t.Fatalf("%d to %q, %v; want 302", res.StatusCode, res.Headers["location"], err)
	}
	return to.Query().Get("trb")
}

// stored is the one event of a home.
func (b *bench) stored(home string) *event.Event {
	b.t.Helper()
	list, err := b.store.HomeEvents(b.t.Context(), b.site, home)
	if err != nil || len(list) != 1 {
		b.t.Fatalf("%s has %d events, %v; want 1", home, len(list), err)
	}
	return list[0]
}

// fake is a store that knows one link and takes nothing while it is down.
type fake struct {
	way  click.Way
	down bool
	site settings.Site
	got  []*event.Event
}

var errDown = errors.New("down")

func (f *fake) PutEvent(_ context.Context, e *event.Event) (store.Outcome, error) {
	if f.down {
		return 0, errDown
	}
	f.got = append(f.got, e)
	return store.Stored, nil
}

func (f *fake) Keep(context.Context, store.Quarantined) error { return nil }

func (f *fake) Site(_ context.Context, id string) (settings.Site, bool, error) {
	if f.site.ID == "" {
		return settings.DefaultSite(id), true, nil
	}
	return f.site, true, nil
}

func (f *fake) Way(context.Context, string, click.Kind, string) (click.Way, bool, error) {
	if f.down && f.way.Target == "" {
		return click.Way{}, false, errDown
	}
	return f.way, f.way.Target != "", nil
}

// over is a bench over a fake.
func over(t *testing.T, f *fake) *bench {
	b := &bench{t: t, site: "shop", log: &bytes.Buffer{}}
	log := slog.New(slog.NewJSONHandler(b.log, nil))
	b.handler = &handler{in: ingest.Over("redirect", f, f, f, clock, log).Knowing(f), log: log}
	return b
}
