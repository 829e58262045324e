package adviser

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/advice"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// Credit goes to the day of the touch and to the campaign under the settings that are its own, and a wait is noted only of touches of
// which nothing more can come.
func TestBook(t *testing.T) {
	site := settings.DefaultSite("default") // last touch, 30 days
	campaigns := []settings.Campaign{{ID: "spring", Model: "first_touch", LookbackDays: 7, ViewLookbackDays: 9, Aliases: []string{"Old"}}, {ID: "brand"}, {ID: "display", TouchTypes: []string{"impression"}, ViewLookbackDays: 9}}
	today := date(t, "2026-03-31")
	touch := func(id, campaign string, daysAgo int64) journey.Touch {
		return journey.Touch{ID: id, Time: now.UnixMilli() - daysAgo*day, Channel: "Paid Search", Campaign: campaign}
	}
	shown := func(id, campaign string, daysAgo int64) journey.Touch {
		t := touch(id, campaign, daysAgo)
		t.Type = "impression"
		return t
	}
	sale := func(daysAgo int64, touches ...journey.Touch) journey.Conversion {
		return journey.Conversion{Event: "e", Primary: true, Counts: 1, Value: 1000, Net: 900, Time: now.UnixMilli() - daysAgo*day, Lookback: 30 * day, Touches: touches, Types: site.TouchTypes}
	}
	for _, c := range []struct {
		name string
		sale journey.Conversion
		want map[string]string // campaign -> day it is credited on
		wait map[string]int64  // campaign -> days that its mature credit waited
	}{
		{"the site's model gives the last touch all", sale(1, touch("a", "brand", 5), touch("b", "brand", 3)), map[string]string{"brand": "2026-03-28"}, nil},
		{
			"a campaign's own the first, within its look-back", sale(1, touch("a", "Old", 9), touch("b", "Old", 6), touch("c", "brand", 2)),
			map[string]string{"spring": "2026-03-25", "brand": "2026-03-29"},
			nil,
		},
		{"the last is a campaign's that judges for itself, and it was not the first", sale(1, touch("a", "brand", 6), touch("b", "spring", 3)), map[string]string{}, nil},
		{"a whole look-back ago", sale(29, touch("a", "brand", 31)), map[string]string{"brand": "2026-02-28"}, map[string]int64{"brand": 2}},
		{"of one day less more may come", sale(25, touch("a", "brand", 30)), map[string]string{"brand": "2026-03-01"}, nil},
		{"its own look-back is shorter, and that of views may be the longer", sale(8, touch("a", "spring", 10)), map[string]string{"spring": "2026-03-21"}, map[string]int64{"spring": 2}},
		{"as long ago as that of views", sale(8, touch("a", "spring", 9)), map[string]string{"spring": "2026-03-22"}, nil},
		{"before the days, and telling how long it took", sale(60, touch("a", "brand", 64)), map[string]string{}, map[string]int64{"brand": 4}},
		{"before all that is read", sale(86, touch("a", "brand", 88)), map[string]string{}, nil},
		{"what only a campaign takes", sale(1, touch("a", "brand", 3), shown("b", "display", 2)), map[string]string{"brand": "2026-03-28", "display": "2026-03-29"}, nil},
		{"or would, were it not so old", sale(1, touch("a", "brand", 3), shown("b", "display", 11)), map[string]string{"brand": "2026-03-28"}, nil},
		{"no campaign", sale(1, touch("a", "", 2)), map[string]string{}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBook(scope{site, time.UTC}, kpi.Period{From: back(today, 56), To: today}, now, campaigns)
			b.credit(&c.sale)
			got, wait := map[string]string{}, map[string]int64(nil)
			for id, a := range b.accounts {
				for i, d := range a.days {
					if d.Conversions == 1_000_000 && d.Revenue == 900 {
						got[id] = b.label(i)
					} else if d != (advice.Day{Weekday: d.Weekday}) {
						t.Errorf("%s on %s: %+v", id, b.label(i), d)
					}
				}
				if n := int64(len(a.waits)); n > 0 {
					wait = map[string]int64{id: (n - 1) / 24}
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("credited (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.wait, wait); d != "" {
				t.Errorf("waited (-want +got):\n%s", d)
			}
		})
	}
}

// Days are those of the zone, also where one of them has 23 hours.
func TestBookDays(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	today := kpi.Day.Start(time.Date(2026, 3, 31, 9, 0, 0, 0, berlin))
	b := newBook(scope{settings.DefaultSite("default"), berlin}, kpi.Period{From: back(today, 14), To: today}, now, nil)
	for _, c := range []struct {
		name, at string
		want     string
	}{
		{"the first moment", "2026-03-16T23:00:00Z", "2026-03-17"},
		{"just before it", "2026-03-16T22:59:59Z", ""},
		{"the day of 23 hours ends an hour earlier", "2026-03-29T22:00:00Z", "2026-03-30"},
		{"just before that", "2026-03-29T21:59:59Z", "2026-03-29"},
		{"the last moment", "2026-03-30T21:59:59Z", "2026-03-30"},
		{"today is no whole day", "2026-03-30T22:00:00Z", ""},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		i, ok := b.day(at.UnixMilli())
		got := ""
		if ok {
			got = b.label(i)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if n := len(b.starts) - 1; n != 14 {
		t.Errorf("got %d days, want 14", n)
	}
}
