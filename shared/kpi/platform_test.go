package kpi

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
)

// Ensures which counts of spend are a platform's, and that they move no count of our own.
func TestMovesOfPlatformCounts(t *testing.T) {
	for _, c := range []struct {
		name, props string
		want        map[Measure]int64
	}{
		{"numbers", `{"impressions":1000,"clicks":30}`, map[Measure]int64{PlatformImpressions: 1000, PlatformClicks: 30}},
		{"text", `{"impressions":"1000","clicks":"x"}`, map[Measure]int64{PlatformImpressions: 1000}},
		{"no whole number", `{"impressions":1.5,"clicks":-3}`, map[Measure]int64{}},
		{"of other cost", `{"impressions":5,"kind":"other"}`, map[Measure]int64{}},
		{"none", `{"account":"clicks"}`, map[Measure]int64{}},
	} {
		got := map[Measure]int64{}
		for _, m := range Moves(&event.Event{ID: "x", Type: "spend", Site: "s", Time: 1, Currency: "USD", HasCost: true, Cost: 5, Props: c.props}) {
			if m.Measure != CostIn(MediaCost, "USD") && m.Measure != CostIn(OtherCost, "USD") {
				got[m.Measure] += m.Amount
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// Ensures that a platform's counts take the place of our own on their campaign's day, in whatever channel, and on no other.
func TestSettle(t *testing.T) {
	own := func(impressions, clicks int64) Counter {
		return counter(Key{}, map[Measure]int64{Impressions: impressions, Clicks: clicks})
	}
	said := func(impressions, clicks int64) Counter {
		return counter(Key{}, map[Measure]int64{PlatformImpressions: impressions, PlatformClicks: clicks})
	}
	type part struct {
		campaign string
		day      int64
		channel  string
		c        Counter
		hidden   bool // of another row: noted alone
	}
	for _, c := range []struct {
		name  string
		parts []part
		want  float64
	}{
		{"no platform", []part{{"a", 1, "Display", own(100, 5), false}}, 0.05},
		{"instead of our own, clicks of the day before stay", []part{
			{"a", 1, "Display", own(100, 5), false}, {"a", 1, "Display", said(900, 9), false}, {"a", 2, "Display", own(100, 1), false},
		}, 0.01},
		{"no clicks are none, not our own", []part{{"a", 1, "Display", own(100, 5), false}, {"a", 1, "Display", said(900, 0), false}}, 0},
		{"clicks alone", []part{{"a", 1, "Display", own(100, 5), false}, {"a", 1, "Display", said(0, 7), false}}, 0.07},
		{"another campaign's", []part{{"a", 1, "Display", own(100, 5), false}, {"b", 1, "Display", said(100, 5), false}}, 0.05},
		{"told in another channel, whose row it is", []part{{"a", 1, "Display", own(100, 5), false}, {"b", 1, "Display", own(50, 5), false}, {"a", 1, "Search", said(9, 9), true}}, 0.1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, p := NewRow(), Platforms{}
			for _, part := range c.parts {
				p.Note(part.campaign, part.day, part.c)
				if part.hidden {
					continue
				}
				if err := r.Add(part.c); err != nil {
					t.Fatal(err)
				}
				r.AddReach(part.channel, part.c)
				r.AddCampaign(part.campaign, part.day, part.channel, part.c)
			}
			r.Settle(p)
			if got := values(t, r, OfSite)["ctr"]; got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
