package kpi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/shared/event"
)

// at is 2026-01-01T05:44:59.999Z.
const at = 1767246299999

// touch is an event with every dimension.
func touch(typ string, change ...func(*event.Event)) *event.Event {
	e := &event.Event{
		ID: "e1", Type: typ, Site: "shop", Time: at, Agent: event.AgentHuman,
		Channel: "Paid Search", Campaign: "Spring", CampaignID: "c1", Source: "google", Medium: "cpc", Content: "blue", Term: "shoes",
		Page: "https://shop.example/p?utm_source=x#top", Link: "l1", Goal: "g1",
	}
	for _, f := range change {
		f(e)
	}
	return e
}

// written shows moves as "dimension value/split measure amount".
func written(moves []Move) []string {
	var out []string
	for _, m := range moves {
		out = append(out, fmt.Sprintf("%s %s/%s %s %d", m.Dimension, m.Value, m.Split, m.Measure, m.Amount))
	}
	slices.Sort(out)
	return out
}

// Ensures that a visit is counted by all it has: the campaign by its id, the page without query and fragment.
func TestMovesDimensions(t *testing.T) {
	want := []string{
		"campaign c1/Paid Search visits 1", "channel Paid Search/ visits 1", "content blue/ visits 1", "goal g1/ visits 1",
		"link l1/ visits 1", "page https://shop.example/p/ visits 1", "site / visits 1", "source google/cpc visits 1", "term shoes/ visits 1",
	}
	moves := Moves(touch("visit"))
	if d := cmp.Diff(want, written(moves)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, m := range moves {
		if m.Site != "shop" || m.Bucket != "2026-01-01T05" {
			t.Errorf("got site %q and bucket %q", m.Site, m.Bucket)
		}
	}
}

func TestMovesMeasures(t *testing.T) {
	bare := func(e *event.Event) {
		*e = event.Event{ID: e.ID, Type: e.Type, Site: e.Site, Time: e.Time}
	}
	cost := func(micros int64) func(*event.Event) {
		return func(e *event.Event) { e.HasCost, e.Cost, e.Currency = true, micros, "EUR" }
	}
	bot := func(e *event.Event) { e.Agent = event.AgentBot }
	props := func(s string) func(*event.Event) { return func(e *event.Event) { e.Props = s } }
	for _, c := range []struct {
		name string
		e    *event.Event
		want []string
	}{
		{"a free impression", touch("impression", bare), []string{"site / impressions 1"}},
		{
			"an impression with a price", touch("impression", bare, cost(12_500)),
			[]string{"site / impression_cost_micros:EUR 12500", "site / impressions 1", "site / media_cost_micros:EUR 12500", "site / priced_impressions 1"},
		},
		{"an impression that costs nothing has no price", touch("impression", bare, cost(0)), []string{"site / impressions 1"}},
		{"a click with a price", touch("click", bare, cost(7)), []string{"site / clicks 1", "site / media_cost_micros:EUR 7"}},
		{"a bot's impression, cost left out", touch("impression", bare, bot, cost(7)), []string{"site / invalid_impressions 1"}},
		{"a bot's click, cost left out", touch("click", bare, bot, cost(7)), []string{"site / invalid_clicks 1"}},
		{"a bot's visit", touch("visit", bare, bot), nil},
		{"a prefetched page view", touch("page_view", bare, func(e *event.Event) { e.Agent = event.AgentPrefetch }), nil},
		{"a page view", touch("page_view", bare), []string{"site / page_views 1"}},
		{"a lead", touch("lead", bare), []string{"site / leads 1"}},
		{"an opportunity", touch("opportunity", bare), []string{"site / opportunities 1"}},
		{"a rating of 4", touch("rating", bare, func(e *event.Event) { e.Score = 4 }), []string{"site / ratings 1", "site / satisfied_ratings 1"}},
		{"a rating of 3", touch("rating", bare, func(e *event.Event) { e.Score = 3 }), []string{"site / ratings 1"}},
		{"an engagement, by its post alone", touch("social_engagement", func(e *event.Event) { e.PostID = "p" }), []string{"post p/ social_engagements 1"}},
		{"a bot's engagement", touch("social_engagement", bot, func(e *event.Event) { e.PostID = "p" }), nil},
		{"a cart is counted by its record", touch("add_to_cart"), nil},
		{"media spend", touch("spend", bare, cost(5), props(`{"kind":"media"}`)), []string{"site / media_cost_micros:EUR 5"}},
		{"spend of no kind buys media", touch("spend", bare, cost(5)), []string{"site / media_cost_micros:EUR 5"}},
		{"other spend", touch("spend", bare, cost(5), props(`{"a":1,"kind":"other"}`)), []string{"site / other_cost_micros:EUR 5"}},
		{"other spend of nothing", touch("spend", bare, cost(0), props(`{"kind":"other"}`)), nil},
		{"a kind that is no text", touch("spend", bare, cost(5), props(`{"kind":1}`)), []string{"site / media_cost_micros:EUR 5"}},
		{"a credit note", touch("spend", bare, cost(-5)), []string{"site / media_cost_micros:EUR -5"}},
		{"a visit named other is no other cost", touch("visit", bare, cost(5), props(`{"kind":"other"}`)), []string{"site / media_cost_micros:EUR 5", "site / visits 1"}},
		{"a sale is counted by its record", touch("conversion"), nil},
		{"a refund is counted by its record", touch("refund"), nil},
		{"a type of the user's own", touch("signup_step_2"), []string{"type signup_step_2/ events 1"}},
		{"a bot's event of such a type", touch("signup_step_2", bot), nil},
		{"a name without an id", touch("page_view", bare, func(e *event.Event) { e.Campaign = "Spring" }), []string{"campaign Spring/ page_views 1", "site / page_views 1"}},
		{"a medium without a source", touch("page_view", bare, func(e *event.Event) { e.Medium = "cpc" }), []string{"site / page_views 1", "source (not set)/cpc page_views 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, written(Moves(c.e))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestBucket(t *testing.T) {
	for _, c := range []struct {
		ms      int64
		quarter bool
		want    string
	}{
		{at, false, "2026-01-01T05"},
		{at, true, "2026-01-01T05:30"},
		{at + 1, true, "2026-01-01T05:45"},
		{0, true, "1970-01-01T00:00"},
		{-1, false, "1969-12-31T23"},
		{-1, true, "1969-12-31T23:45"},
	} {
		got := Bucket(c.ms, c.quarter)
		if got != c.want {
			t.Errorf("Bucket(%d, %v): got %q, want %q", c.ms, c.quarter, got, c.want)
		}
		start, err := BucketTime(got)
		if err != nil || start.UnixMilli() > c.ms || c.ms-start.UnixMilli() >= 3_600_000 {
			t.Errorf("BucketTime(%q): got %v, %v", got, start, err)
		}
	}
	if _, err := BucketTime("yesterday"); err == nil {
		t.Error("BucketTime of no bucket: want an error")
	}
}

// Ensures that names beyond what a key holds are cut at a letter and stay distinct.
func TestName(t *testing.T) {
	long := strings.Repeat("ü", 600)
	a, b := Name(long+"a"), Name(long+"b")
	if a == b || len(a) > maxName || !utf8.ValidString(a) {
		t.Errorf("got %d bytes %q and %q", len(a), a, b)
	}
	if short := strings.Repeat("x", maxName); Name(short) != short {
		t.Error("a name that fits is changed")
	}
}

// Ensures that a replaced event moves the difference and an unchanged one nothing.
func TestChanges(t *testing.T) {
	k := Key{Site: "s", Dimension: BySite, Bucket: "2026-01-01T05"}
	other := Key{Site: "s", Dimension: ByChannel, Value: "Email", Bucket: "2026-01-01T05"}
	old := []Move{{k, Clicks, 2}, {other, Clicks, 2}}
	now := []Move{{other, Clicks, 2}, {k, Clicks, 5}, {k, Visits, 1}}
	if d := cmp.Diff([]Move{{k, Clicks, 3}, {k, Visits, 1}}, Changes(old, now), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("replaced (-want +got):\n%s", d)
	}
	if got := Changes(old, slices.Clone(old)); len(got) > 0 {
		t.Errorf("unchanged: got %v", got)
	}
	if d := cmp.Diff([]Move{{other, Clicks, -2}, {k, Clicks, -2}}, Changes(old, nil)); d != "" {
		t.Errorf("removed (-want +got):\n%s", d)
	}
}

// amounts adds moves up by counter and measure.
func amounts(moves []Move) map[Move]int64 {
	out := map[Move]int64{}
	for _, m := range moves {
		n := m.Amount
		m.Amount = 0
		out[m] += n
	}
	maps.DeleteFunc(out, func(_ Move, n int64) bool { return n == 0 })
	return out
}

// Ensures that a referral's reward is part of all cost, so of CAC, of no media cost, and taken back when it is reversed.
func TestRewardsCost(t *testing.T) {
	for _, c := range []struct {
		name string
		e    event.Event
		want int64
	}{
		{"a reward", event.Event{Type: "reward", HasCost: true, Cost: 7}, 7},
		{"reversed", event.Event{Type: "reward_reversed", HasCost: true, Cost: 7}, -7},
		{"of nothing", event.Event{Type: "reward", HasCost: true}, 0},
	} {
		c.e.Site, c.e.Currency, c.e.OrderID = "s", "USD", "o"
		got := int64(0)
		for _, m := range Moves(&c.e) {
			if m.Measure != CostIn(OtherCost, "USD") || m.Key.Dimension != BySite {
				t.Errorf("%s moves %v", c.name, m)
			}
			got += m.Amount
		}
		if got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}
