package main

import (
	"fmt"
	"testing"
	"time"

	"tributary/shared/kpi"
)

// Ensures that a figure can be read as it was known on each day, that now it is all of them, and what as_of cannot tell.
func TestAsOf(t *testing.T) {
	hour := time.Date(2026, 1, 2, 5, 0, 0, 0, time.UTC)
	s, site := kpiSite(t, "{}", func(site string, _ bool) []kpi.Move {
		var all []kpi.Move
		for n, came := range []time.Time{hour, hour.AddDate(0, 0, 3), hour.AddDate(0, 0, 6)} {
			moves := []kpi.Move{
				{Key: kpi.Key{Site: site, Dimension: kpi.BySite, Bucket: kpi.Bucket(hour.UnixMilli(), false)}, Measure: kpi.Visits, Amount: int64(1 + 9*n)},
				{Key: kpi.Key{Site: site, Dimension: kpi.ByChannel, Value: "Email", Bucket: kpi.Bucket(hour.UnixMilli(), false)}, Measure: kpi.Visits, Amount: int64(1 + 9*n)},
			}
			kpi.LatenessAt(came.UnixMilli()).Mark(moves)
			all = append(all, moves...)
		}
		return all
	})
	for asOf, want := range map[string]int{"": 30, "&as_of=2026-01-03": 1, "&as_of=2026-01-04": 1, "&as_of=2026-01-05": 11, "&as_of=2026-01-07": 11, "&as_of=2026-01-08": 30} {
		for _, by := range []string{"", "&by=channel", "&by=day&channel=Email"} {
			a, f := askKPIs(t, s, site, "from=2026-01-02&to=2026-01-03&kpis=visits"+by+asOf)
			if f != nil || len(a.Rows) != 1 || fmt.Sprint(a.Rows[0]["visits"]) != fmt.Sprint(want) {
				t.Errorf("%s%s: got %v %v, want %d visits", by, asOf, a.Rows, f, want)
			}
			if asOf == "&as_of=2026-01-05" && a.AsOf != "2026-01-06T00:00:00.000Z" {
				t.Errorf("as_of %s", a.AsOf)
			}
		}
	}
	if a, f := askKPIs(t, s, site, "from=2026-01-02&to=2026-01-03&as_of=2026-01-05"); f != nil || a.Rows[0]["customers"] != nil {
		t.Errorf("all figures: %v %v; want those that count persons left out", a.Rows, f)
	}
	for query, field := range map[string]string{
		"from=2026-01-02&to=2026-01-03&as_of=5":                                       "as_of",
		"from=2026-01-02&to=2026-01-03&as_of=2026-01-02":                              "as_of",
		"from=2026-01-02&to=2026-01-03&as_of=2026-01-05&kpis=customers":               "kpis",
		"from=2026-01-02&to=2026-01-03&as_of=2026-01-05&by=channel&model=first_touch": "as_of",
	} {
		if _, f := askKPIs(t, s, site, query); f == nil || f.Field != field {
			t.Errorf("%s: got %v, want a fault of %s", query, f, field)
		}
	}
}
