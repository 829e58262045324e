package alert

import (
	"context"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"tributary/shared/fault"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// ledger is a site's hours: what they hold is what the figures are made of, as in the counters.
type ledger struct {
	hours map[int64]sums // start in Unix seconds
	asked []url.Values
	fails error
}

// sums are an hour's counts; cost in minor units.
type sums struct{ visits, conversions, cost int64 }

func newLedger() *ledger { return &ledger{hours: map[int64]sums{}} }

// at notes what happened in the hour of a time.
func (l *ledger) at(t time.Time, s sums) {
	h := kpi.Hour.Start(t).Unix()
	was := l.hours[h]
	l.hours[h] = sums{was.visits + s.visits, was.conversions + s.conversions, was.cost + s.cost}
}

// Lines implements Figures.
func (l *ledger) Lines(_ context.Context, site settings.Site, p url.Values) ([]Line, error) {
	l.asked = append(l.asked, p)
	if l.fails != nil {
		return nil, l.fails
	}
	period, err := kpi.ParsePeriod(p.Get("from"), p.Get("to"), "", time.Time{}, site.Location())
	if err != nil {
		return nil, err
	}
	var lines []Line
	total := sums{}
	for t := period.From; t.Before(period.To); t = kpi.Hour.Next(t) {
		s := l.hours[t.Unix()]
		total = sums{total.visits + s.visits, total.conversions + s.conversions, total.cost + s.cost}
		if p.Get("by") == "hour" {
			lines = append(lines, Line{t, s.figures(p.Get("kpis"))})
		}
	}
	if p.Get("by") == "" {
		lines = []Line{{Figures: total.figures(p.Get("kpis"))}}
	}
	return lines, nil
}

func (s sums) figures(names string) map[string]kpi.Figure {
	all := map[string]kpi.Figure{
		"visits": {Count: s.visits}, "conversions": {Count: s.conversions}, "media_cost_micros": {Count: s.cost * 10_000},
		"cpa_minor":              {Num: whole(s.cost), Den: whole(s.conversions), Scale: 1},
		"conversion_rate_visits": {Num: whole(s.conversions), Den: whole(s.visits), Scale: 1},
		"roi_revenue":            {Num: whole(s.conversions*1000 - s.cost), Den: whole(s.cost), Scale: 1},
	}
	out := map[string]kpi.Figure{}
	for name := range strings.SplitSeq(names, ",") {
		out[name] = all[name]
	}
	return out
}

// rule reads a rule as it is sent.
func rule(t *testing.T, body string) *settings.Rule {
	t.Helper()
	r, err := settings.ParseRule("r", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return &r
}

// site is one in a zone.
func site(t *testing.T, body string) settings.Site {
	t.Helper()
	s, err := settings.ParseSite("shop", []byte(body), settings.Site{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// moment reads a time of the clock on the site's wall.
func moment(t *testing.T, s settings.Site, wall string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", wall, s.Location())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func shown(r *big.Rat) string {
	if r == nil {
		return ""
	}
	return r.RatString()
}

var errRefused = fault.New(fault.InvalidQuery, "kpis", "it cannot be had here")
