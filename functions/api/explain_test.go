package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/httpapi"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
)

// explainedSite stores a day: 230 visits of two channels, a bot's click, spend in two currencies, 5 orders, and 2 messages.
func explainedSite(t *testing.T) (*server, string) {
	t.Helper()
	at := time.Date(2026, 1, 2, 5, 0, 0, 0, time.UTC)
	var events []*event.Event
	for i := range 230 {
		events = append(events, &event.Event{
			ID: fmt.Sprint("v", i), Type: "visit", Time: at.UnixMilli() + int64(i), AnonymousID: fmt.Sprint("a", i),
			Channel: []string{"Email", "Direct"}[i%2], Hash: "h",
		})
	}
	events = append(events,
		&event.Event{ID: "bot", Type: "click", Time: at.UnixMilli(), AnonymousID: "b", Channel: "Email", Agent: event.AgentBot, Hash: "h"},
		&event.Event{ID: "usd", Type: "spend", Time: at.UnixMilli(), Channel: "Email", Campaign: "spring", HasCost: true, Cost: 2_000_000, Currency: "USD", Hash: "h"},
		&event.Event{ID: "chf", Type: "spend", Time: at.UnixMilli(), Channel: "Email", Campaign: "111", Props: `{"impressions":1000,"clicks":40}`, HasCost: true, Cost: 9_000_000, Currency: "CHF", Hash: "h"},
		&event.Event{ID: "outside", Type: "visit", Time: at.AddDate(0, 0, 1).UnixMilli(), AnonymousID: "a", Channel: "Email", Hash: "h"},
	)
	var records []journey.Record
	s, site := kpiSite(t, "{}", func(site string, _ bool) (all []kpi.Move) {
		for _, e := range events {
			e.Site = site
			all = append(all, kpi.Moves(e)...)
		}
		for i := range int64(5) {
			bucket := kpi.Bucket(at.UnixMilli(), false)
			moves := []kpi.Move{
				{Key: kpi.Key{Site: site, Dimension: kpi.ByGoal, Value: "purchase", Bucket: bucket}, Measure: kpi.Conversions, Amount: 1},
				{Key: kpi.Key{Site: site, Dimension: kpi.ByGoal, Value: "purchase", Bucket: bucket}, Measure: kpi.RevenueNet, Amount: 100 * (i + 1)},
				{Key: kpi.Key{Site: site, Dimension: kpi.ByChannel, Value: "Email", Bucket: bucket}, Measure: kpi.RevenueNet, Amount: 100 * (i + 1)},
			}
			all = append(all, moves...)
			body, _ := json.Marshal(journey.Conversion{Order: fmt.Sprint("o", i), Event: fmt.Sprint("c", i), Time: at.UnixMilli(), Currency: "USD", Counts: 1})
			records = append(records, journey.Record{Node: fmt.Sprint("O#o", i), Time: at.UnixMilli(), Moves: kpi.EncodeMoves(moves), Body: string(body)})
		}
		return all
	})
	for _, e := range events {
		if _, err := s.store.PutEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range records {
		if _, err := s.store.PutRecord(t.Context(), site, journey.KindConversion, r); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 {
		of := kpi.Key{Site: site, Dimension: kpi.BySite, Bucket: kpi.Bucket(at.UnixMilli(), false)}
		body, _ := json.Marshal(journey.Told{Opening: &journey.Opening{Touch: journey.Touch{ID: fmt.Sprint("m", i), Time: at.UnixMilli()}}})
		r := journey.Record{Node: fmt.Sprintf("U#%d\x1fm", i), Moves: kpi.EncodeMoves([]kpi.Move{{Key: of, Measure: kpi.EmailSent, Amount: 1}}), Body: string(body)}
		if _, err := s.store.PutRecord(t.Context(), site, journey.KindMessage, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.store.CountInput(t.Context(), site, "2026-01-02", map[string]int64{store.Duplicates: 3, "invalid_json": 1}); err != nil {
		t.Fatal(err)
	}
	return s, site
}

func askExplain(t *testing.T, s *server, site, query string) (figures.Explanation, *fault.Fault) {
	t.Helper()
	res, err := s.explain(context.Background(), &httpapi.Request{RawPath: "/v1/explain", RawQueryString: query + "&site=" + url.QueryEscape(site)})
	if f := fault.Of(err); f != nil {
		return figures.Explanation{}, f
	}
	if err != nil {
		t.Fatal(err)
	}
	var a figures.Explanation
	if err := json.Unmarshal([]byte(res.Body), &a); err != nil {
		t.Fatal(err)
	}
	return a, nil
}

const explainedDay = "&from=2026-01-02&to=2026-01-03"

// Ensures that a ratio is taken apart to sums, with the types of events behind each, the orders behind one, and what is in
// no figure.
func TestExplainARatio(t *testing.T) {
	s, site := explainedSite(t)
	a, f := askExplain(t, s, site, "kpi=roas_net"+explainedDay)
	if f != nil {
		t.Fatal(f)
	}
	if a.Value != 7.5 || a.Numerator != 1500.0 || a.Denominator != 200.0 || a.Formula != "net revenue / media cost" {
		t.Errorf("got %+v", a)
	}
	want := []figures.Input{
		{Name: "revenue_net_minor", Is: "net revenue", Value: 1500, Types: []string{"conversion", "refund", "refund_reversed"}, Record: "conversion"},
		{
			Name: "media_cost_micros", Is: "media cost", Value: 2_000_000, In: map[string]int64{"USD": 2_000_000, "CHF": 9_000_000},
			Types: []string{"impression", "click", "visit", "spend"},
		},
	}
	if d := cmp.Diff(want, a.Inputs); d != "" {
		t.Errorf("inputs (-want +got):\n%s", d)
	}
	left := figures.LeftOut{InvalidClicks: 1, Duplicates: 3, Refused: map[string]int64{"invalid_json": 1}, Unconverted: map[string]int64{"CHF": 9_000_000}}
	if d := cmp.Diff(left, a.LeftOut); d != "" {
		t.Errorf("left out (-want +got):\n%s", d)
	}
	var sum int64
	for _, e := range a.Events {
		sum += e.Amount
	}
	if len(a.Events) != 5 || sum != 1500 || a.Events[0].ID == "" || a.Events[0].Record == "" || a.Next != "" {
		t.Errorf("events %+v, next %q", a.Events, a.Next)
	}
	a, f = askExplain(t, s, site, "kpi=roas_net&of=media_cost_micros"+explainedDay)
	if f != nil || len(a.Events) != 2 || a.Events[0].Type != "spend" {
		t.Errorf("of the cost: %+v %v", a.Events, f)
	}
}

// Ensures that the pages of events are those that the figure counted, all of them, each once, by a dimension too.
func TestExplainPages(t *testing.T) {
	s, site := explainedSite(t)
	for _, c := range []struct {
		query string
		want  int
	}{{"kpi=visits", 230}, {"kpi=visits&channel=Email", 115}, {"kpi=conversions&kpis=", 5}, {"kpi=revenue_net_minor&channel=Email", 5}, {"kpi=email_sent", 2}} {
		seen, next := map[string]bool{}, ""
		for {
			a, f := askExplain(t, s, site, c.query+explainedDay+"&next="+next)
			if f != nil {
				t.Fatal(f)
			}
			if len(a.Events) > figures.BehindPage {
				t.Errorf("%s: %d events in a page", c.query, len(a.Events))
			}
			for _, e := range a.Events {
				if seen[e.ID] {
					t.Errorf("%s: %s stands there twice", c.query, e.ID)
				}
				seen[e.ID] = true
			}
			if next = a.Next; next == "" {
				break
			}
		}
		if len(seen) != c.want {
			t.Errorf("%s: %d events, want %d", c.query, len(seen), c.want)
		}
	}
}

// Ensures that a campaign's events are those of all its names, and that what its platform told stands among the inputs of a rate.
func TestExplainACampaign(t *testing.T) {
	s, site := explainedSite(t)
	name(t, s, site, `{"id":"spring","aliases":["111"]}`)
	for _, row := range []struct {
		query  string
		events map[string]int64
	}{
		{"kpi=media_cost_micros&campaign=spring", map[string]int64{"usd": 2_000_000, "chf": 9_000_000}},
		{"kpi=media_cost_micros&campaign=111", map[string]int64{"usd": 2_000_000, "chf": 9_000_000}},
		{"kpi=ctr&campaign=spring&of=platform_clicks", map[string]int64{"chf": 40}},
		{"kpi=cpm_minor&campaign=spring&of=platform_impressions", map[string]int64{"chf": 1000}},
		{"kpi=ctr&of=platform_clicks", map[string]int64{"chf": 40}},
	} {
		a, f := askExplain(t, s, site, row.query+explainedDay)
		if f != nil {
			t.Fatalf("%s: %v", row.query, f)
		}
		got := map[string]int64{}
		for _, e := range a.Events {
			got[e.ID] += e.Amount
		}
		if d := cmp.Diff(row.events, got); d != "" {
			t.Errorf("%s (-want +got):\n%s\n%+v", row.query, d, a.Inputs)
		}
	}
}

// Ensures that every figure of a site can be explained.
func TestExplainEverything(t *testing.T) {
	s, site := explainedSite(t)
	for _, name := range kpi.FigureNames(kpi.OfSite) {
		if _, f := askExplain(t, s, site, "kpi="+name+explainedDay); f != nil {
			t.Errorf("%s: %v", name, f)
		}
	}
}

// Ensures that what cannot be explained is refused with what can.
func TestExplainRefuses(t *testing.T) {
	s, site := explainedSite(t)
	for query, field := range map[string]string{
		"kpi=":                                      "kpi",
		"kpi=sales":                                 "kpi",
		"kpi=visits&by=channel":                     "by",
		"kpi=visits&of=clicks" + explainedDay:       "of",
		"kpi=visits&next=x" + explainedDay:          "next",
		"kpi=conversions&next=x" + explainedDay:     "next",
		"kpi=conversions&channel=x&from=yesteryear": "kpis",
	} {
		if _, f := askExplain(t, s, site, query); f == nil || f.Field != field {
			t.Errorf("%s: got %v, want a fault of %q", query, f, field)
		}
	}
}
