package main_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestErasure plays a person's life into the whole stack, exports and erases the person, and ensures that every figure by site,
// channel, campaign, goal and page stays what it was, also when an event comes again afterwards; that a recount finds no drift; and
// that nothing is held any more.
func TestErasure(t *testing.T) {
	data := t.TempDir()
	s := startStack(t, data, nil)
	at := func(hours int) string {
		return time.Now().UTC().Add(time.Duration(hours-30) * time.Hour).Format(time.RFC3339)
	}
	event := func(e map[string]any) json.RawMessage {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	visit := event(map[string]any{
		"id": "v1", "type": "visit", "time": at(-4), "anonymous_id": "cookie-a", "session_id": "s1", "page": "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=g-secret",
		"cost": "0.10", "currency": "USD",
	})
	post(t, s, []json.RawMessage{
		visit,
		event(map[string]any{"id": "p1", "type": "page_view", "time": at(-3), "anonymous_id": "cookie-a", "session_id": "s1", "page": "https://shop.example/shoes?q=secret"}),
		event(map[string]any{"id": "c1", "type": "conversion", "time": at(0), "anonymous_id": "cookie-a", "user_id": "ada", "email": "ada@example.org", "session_id": "s1", "order_id": "o1", "value": "10.00", "currency": "USD"}),
		event(map[string]any{"id": "m1", "type": "email_sent", "time": at(1), "email": "ada@example.org", "message_id": "news"}),
		event(map[string]any{"id": "m2", "type": "email_opened", "time": at(2), "email": "ada@example.org", "message_id": "news"}),
		event(map[string]any{"id": "c2", "type": "conversion", "time": at(3), "user_id": "bob", "order_id": "o2", "value": "7.00", "currency": "USD"}),
	})
	s.idle(t)
	figures := func() map[string]any {
		all := map[string]any{}
		for _, by := range []string{"", "day", "channel", "campaign", "goal", "page", "campaign&model=first_touch"} {
			var got struct{ Rows any }
			s.must(t, http.MethodGet, "/v1/kpis?last=7d&by="+by, nil, &got)
			all[by] = got.Rows
		}
		return all
	}
	status := func(path string) int {
		got, err := s.call(t.Context(), http.MethodGet, path, nil, nil)
		if got == 0 {
			t.Fatal(err)
		}
		return got
	}
	person := "/v1/people/" + url.PathEscape("ada@example.org")
	want := figures()
	var held map[string]any
	s.must(t, http.MethodGet, person, nil, &held)
	if raw, _ := json.Marshal(held); len(held["ids"].([]any)) != 3 || len(held["events"].([]any)) != 5 || !strings.Contains(string(raw), "g-secret") {
		t.Errorf("export: %s", raw)
	}
	var receipt struct{ Receipt string }
	s.must(t, http.MethodDelete, person, nil, &receipt)
	erase := func() {
		t.Helper()
		s.must(t, http.MethodPost, "/2015-03-31/functions/RedriveFunction/invocations", map[string]any{}, nil)
		s.idle(t)
	}
	erase()
	if diff := cmp.Diff(want, figures()); diff != "" || receipt.Receipt == "" {
		t.Errorf("figures after the erasure (-before +after):\n%s", diff)
	}
	for _, id := range []string{person, "/v1/people/ada", "/v1/people/cookie-a", "/v1/journeys/ada"} {
		if got := status(id); got != http.StatusNotFound {
			t.Errorf("%s answers %d, want 404", id, got)
		}
	}
	s.Kill()
	s = startStack(t, data, nil)         // a warm journey reads the tombstones once a minute
	post(t, s, []json.RawMessage{visit}) // a retry
	s.idle(t)
	erase()
	if diff := cmp.Diff(want, figures()); diff != "" {
		t.Errorf("figures after a retry was erased (-before +after):\n%s", diff)
	}
	if got := status("/v1/people/cookie-a"); got != http.StatusNotFound {
		t.Errorf("the retry brought the person back: %d", got)
	}
	var recount struct {
		Done             bool
		Judged, Drifting int
	}
	settled := time.Now().UTC().Truncate(time.Hour).Add(time.Hour).Format(time.RFC3339)
	s.must(t, http.MethodPost, "/2015-03-31/functions/ReconcileFunction/invocations", map[string]any{"run": "erased", "settled": settled}, &recount)
	if !recount.Done || recount.Judged == 0 || recount.Drifting != 0 {
		t.Errorf("recount %+v, want no drift", recount)
	}
}
