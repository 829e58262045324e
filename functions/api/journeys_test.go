package main

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/journey"
	"tributary/shared/store/storetest"
)

const journeyNoon = int64(1772366400000) // 2026-03-01T12:00Z

// TestJourneys ensures the whole answer of contract.md section 4, read from real tables.
func TestJourneys(t *testing.T) {
	s := storetest.Open(t)
	site := storetest.MakeSite(t, s, `{"model":"linear"}`)
	const day = 24 * 60 * 60 * 1000
	restater := journey.Restater{Links: s, Records: s, Events: s, Settings: s, Now: func() time.Time { return time.UnixMilli(journeyNoon + 9*day) }}
	var inputs []journey.Input
	for _, e := range []*event.Event{
		{ID: "v0", Type: "visit", Time: journeyNoon - 31*day, AnonymousID: "a", Channel: "Display"},
		{ID: "v1", Type: "visit", Time: journeyNoon - 2*day, AnonymousID: "a", Channel: "Email", Campaign: "spring"},
		{ID: "v2", Type: "visit", Time: journeyNoon - day, AnonymousID: "a", Channel: "Paid Search", ClickIDs: map[string]string{"gclid": "g1"}},
		{ID: "c1", Type: "conversion", Time: journeyNoon, AnonymousID: "a", UserID: "u", OrderID: "o/1", Goal: "purchase", HasValue: true, Value: 101, Currency: "USD"},
		{ID: "r1", Type: "refund", Time: journeyNoon + day, OrderID: "o/1", HasValue: true, Value: 50, Currency: "USD"},
	} {
		e.Site, e.Received, e.Hash, e.Agent = site, e.Time, "h", event.AgentHuman
		if _, err := s.PutEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, journey.Input{Sequence: e.ID, Event: e})
	}
	if failed, err := restater.Handle(t.Context(), inputs); err != nil {
		t.Fatal(failed, err)
	}
	srv := newServer(s, nil, func(string) string { return "" }, func() time.Time { return time.UnixMilli(journeyNoon + 9*day) })
	ask := func(id, query string) (httpapi.Response, error) {
		return srv.journeys(t.Context(), &httpapi.Request{RawQueryString: query, PathParameters: map[string]string{"id": id}})
	}
	const eligible = `[{"id":"v1","time":"2026-02-27T12:00:00.000Z","type":"visit","channel":"Email","campaign":"spring","click_ids":{}},
		{"id":"v2","time":"2026-02-28T12:00:00.000Z","type":"visit","channel":"Paid Search","campaign":"","click_ids":{"gclid":"g1"}}]`
	const half = `[{"conversions_micro":500000,"value_minor":51},{"conversions_micro":500000,"value_minor":50}]`
	const first, last = `[{"conversions_micro":1000000,"value_minor":101},{"conversions_micro":0,"value_minor":0}]`,
		`[{"conversions_micro":0,"value_minor":0},{"conversions_micro":1000000,"value_minor":101}]`
	want := `{"person":"u","ids":["u","a"],"touches":[
		{"id":"v0","time":"2026-01-29T12:00:00.000Z","type":"visit","channel":"Display","campaign":"","click_ids":{}},` + eligible[1:] + `,
		"conversions":[{"order_id":"o/1","event_id":"c1","goal":"purchase","time":"2026-03-01T12:00:00.000Z","value_minor":101,"net_value_minor":51,"currency":"USD",
		"touches":` + eligible + `,"credit":{"first_touch":` + first + `,"last_touch":` + last + `,"last_non_direct":` + last + `,"linear":` + half + `,
		"position_based":` + half + `,"w_shaped":` + half + `,"full_path":` + half + `,
		"j_shaped":[{"conversions_micro":250000,"value_minor":25},{"conversions_micro":750000,"value_minor":76}],
		"inverse_j_shaped":[{"conversions_micro":750000,"value_minor":76},{"conversions_micro":250000,"value_minor":25}],
		"time_decay":[{"conversions_micro":475265,"value_minor":48},{"conversions_micro":524735,"value_minor":53}]}}]}`
	for _, id := range []string{"u", "a", "o/1"} {
		res, err := ask(id, "site="+site)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %+v, %v", id, res, err)
		}
		if diff := cmp.Diff(decoded(t, want), decoded(t, res.Body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	for _, c := range []struct{ name, id, query, want string }{
		{"nobody", "nobody", "site=" + site, "not_found: id"},
		{"somebody of another site", "u", "site=" + storetest.MakeSite(t, s, `{}`), "not_found: id"},
		{"no site", "u", "site=" + storetest.Site(t), "unknown_site: site"},
		{"no site's name", "u", "site=a%23b", "invalid_field: site"},
		{"no query", "u", "site=%zz", "invalid_query"},
		{"no id", "", "", "invalid_field: id"},
	} {
		if _, err := ask(c.id, c.query); err == nil || len(err.Error()) < len(c.want) || err.Error()[:len(c.want)] != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}
