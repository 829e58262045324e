package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/httpapi"
	"tributary/shared/journey"
	"tributary/shared/kpi"
)

// twoMonths are visits of two channels in December and January.
func twoMonths(site string, _ bool) []kpi.Move {
	var moves []kpi.Move
	for _, v := range []struct {
		bucket, channel string
		n               int64
	}{
		{"2025-12-01T05", "Email", 4}, {"2025-12-05T05", "Organic Search", 2}, {"2025-12-31T05", "Email", 1}, {"2026-01-01T05", "Email", 6}, {"2026-01-05T05", "=cmd()", 3},
	} {
		for _, k := range []kpi.Key{{Dimension: kpi.BySite}, {Dimension: kpi.ByChannel, Value: v.channel}} {
			k.Site, k.Bucket = site, v.bucket
			moves = append(moves, kpi.Move{Key: k, Measure: kpi.Visits, Amount: v.n})
		}
	}
	return moves
}

// Ensures that the period before stands beside each row, as far into it as the row, also where only it has anything.
func TestCompare(t *testing.T) {
	s, site := kpiSite(t, `{}`, twoMonths)
	for _, c := range []struct {
		name, query string
		want        []string
	}{
		{"a month with the month before", "from=2026-01-01&to=2026-02-01&kpis=visits", []string{"previous=map[visits:7] visits=9"}},
		{"days with as many days before", "from=2026-01-01&to=2026-01-02&kpis=visits", []string{"previous=map[visits:1] visits=6"}},
		{"by channel", "from=2026-01-01&to=2026-02-01&kpis=visits&by=channel", []string{
			"channel==cmd() previous=map[visits:0] visits=3", "channel=Email previous=map[visits:5] visits=6", "channel=Organic Search previous=map[visits:2] visits=0",
		}},
		{"by day", "from=2026-01-01&to=2026-01-03&kpis=visits&by=day", []string{
			"day=2026-01-01 previous=map[visits:0] visits=6", "day=2026-01-02 previous=map[visits:1] visits=0",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, f := askKPIs(t, s, site, c.query+"&compare=previous")
			if f != nil {
				t.Fatal(f)
			}
			if d := cmp.Diff(c.want, rowsOf(a)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Ensures what the period before is.
func TestPeriodBefore(t *testing.T) {
	s, site := kpiSite(t, `{}`, twoMonths)
	for _, c := range []struct{ query, want string }{
		{"last=2026-03", "2026-02-01 2026-03-01"},
		{"from=2026-01-01&to=2026-04-01", "2025-10-01 2026-01-01"},
		{"from=2026-03-01&to=2026-03-08", "2026-02-22 2026-03-01"},
		{"from=2026-03-30&to=2026-03-31&tz=Europe/Berlin", "2026-03-29 2026-03-30"}, // a day of 23 hours
	} {
		a, f := askKPIs(t, s, site, c.query+"&compare=previous&kpis=visits")
		if f != nil {
			t.Fatal(f)
		}
		if got := a.Previous.From + " " + a.Previous.To; got != c.want {
			t.Errorf("%s: got %s, want %s", c.query, got, c.want)
		}
	}
}

// Ensures a table that spreadsheets read: no formula from outside, nulls empty, parts and the period before as columns.
func TestCSV(t *testing.T) {
	s, site := kpiSite(t, `{}`, twoMonths)
	for _, c := range []struct{ name, query, want string }{
		{"by channel", "by=channel&kpis=visits,ctr", "channel,visits,ctr\r\n'=cmd(),3,\r\nEmail,6,\r\n"},
		{
			"compared and explained", "by=channel&channel=Email&kpis=visits,cpc_minor&compare=previous&explain=1",
			"channel,visits,visits_numerator,visits_denominator,previous_visits,cpc_minor,cpc_minor_numerator,cpc_minor_denominator,previous_cpc_minor\r\n" +
				"Email,6,,,5,,0,0,\r\n",
		},
		{"by month", "by=month&kpis=visits", "month,visits\r\n2026-01,9\r\n"},
	} {
		r := &httpapi.Request{RawPath: "/v1/kpis", RawQueryString: "from=2026-01-01&to=2026-02-01&format=csv&site=" + site + "&" + c.query}
		res, err := s.kpis(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, res.Body); d != "" || res.Headers["content-type"] != "text/csv; charset=utf-8" {
			t.Errorf("%s: %s (-want +got):\n%s", c.name, res.Headers["content-type"], d)
		}
	}
}

// Ensures that any rule model, and any goal, credits from the records, in the place of what the counters hold.
func TestCreditByModelAndGoal(t *testing.T) {
	s, site := kpiSite(t, `{}`, func(site string, _ bool) []kpi.Move {
		k := kpi.Key{Site: site, Dimension: kpi.ByChannel, Value: "Email", Bucket: "2026-01-05T12"}
		return []kpi.Move{{Key: k, Measure: kpi.ConversionsMicro, Amount: 7}, {Key: k, Measure: kpi.Visits, Amount: 2}}
	})
	order := func(goal string, primary bool, value int64) journey.Conversion {
		when := at(t, "2026-01-05T12:00")
		return journey.Conversion{
			Event: "e", Time: when, Goal: goal, Primary: primary, Counts: 1, Value: value, Net: value, Person: "U#a", Model: "last_touch", Lookback: 30 * dayMs,
			Touches: []journey.Touch{{ID: "1", Time: when - 3, Channel: "Email", Campaign: "x"}, {ID: "2", Time: when - 2, Channel: "Display"}},
		}
	}
	sell(t, s, site, order("purchase", true, 101), order("sign_up", false, 0))
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"model=linear", []string{
			"channel=Display conversions_micro=500000 revenue_gross_minor=50 visits=0", "channel=Email conversions_micro=500000 revenue_gross_minor=51 visits=2",
		}},
		{"model=first_touch", []string{"channel=Email conversions_micro=1e+06 revenue_gross_minor=101 visits=2"}},
		{"goal=sign_up", []string{"channel=Display conversions_micro=1e+06 revenue_gross_minor=0 visits=0", "channel=Email conversions_micro=0 revenue_gross_minor=0 visits=2"}},
		{"model=last_touch", []string{"channel=Email conversions_micro=7 revenue_gross_minor=0 visits=2"}},
	} {
		a, f := askKPIs(t, s, site, fmt.Sprintf("from=2026-01-01&to=2026-02-01&by=channel&kpis=visits,conversions_micro,revenue_gross_minor&%s", c.query))
		if f != nil {
			t.Fatal(f)
		}
		if d := cmp.Diff(c.want, rowsOf(a)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.query, d)
		}
	}
}
