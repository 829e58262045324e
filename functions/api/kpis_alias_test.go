package main

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/httpapi"
	"tributary/shared/kpi"
	"tributary/shared/store"
)

// campaignMoves are visits, events of our own and spend under several names of campaigns.
func campaignMoves(site string, _ bool) []kpi.Move {
	var moves []kpi.Move
	add := func(bucket, campaign, channel string, amounts map[kpi.Measure]int64) {
		for m, n := range amounts {
			for _, k := range []kpi.Key{{Dimension: kpi.BySite}, {Dimension: kpi.ByChannel, Value: channel}, {Dimension: kpi.ByCampaign, Value: campaign, Split: channel}} {
				k.Site, k.Bucket = site, bucket
				moves = append(moves, kpi.Move{Key: k, Measure: m, Amount: n})
			}
		}
	}
	usd := kpi.CostIn(kpi.MediaCost, "USD")
	add("2026-01-05T05", "spring", "Paid Search", map[kpi.Measure]int64{kpi.Visits: 4, kpi.Clicks: 4, kpi.Impressions: 50})
	add("2026-01-05T00", "123", "Paid Search", map[kpi.Measure]int64{usd: 8_000_000, kpi.PlatformImpressions: 1000, kpi.PlatformClicks: 40})
	add("2026-01-06T05", "Spring_Sale", "Paid Search", map[kpi.Measure]int64{kpi.Clicks: 6, kpi.Impressions: 50})
	add("2026-01-06T00", "987", "Display", map[kpi.Measure]int64{usd: 3_000_000})
	add("2026-01-06T01", "newsletter", "Email", map[kpi.Measure]int64{usd: 1_000_000, kpi.Visits: 1})
	return moves
}

// name stores a campaign's settings.
func name(t *testing.T, s *server, site, body string) {
	t.Helper()
	if _, err := s.store.PutSetting(context.Background(), store.ShelfOf(site, "campaigns"), store.Setting{ID: "spring", Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
}

// Ensures that a campaign's other names are its own as soon as they are told, for rows, costs and filters, and that a platform's
// counts take the place of our own on their day.
func TestAliasesAndPlatforms(t *testing.T) {
	s, site := kpiSite(t, `{}`, campaignMoves)
	name(t, s, site, `{"id":"spring","aliases":["123","Spring_Sale"]}`)
	const january = "from=2026-01-01&to=2026-02-01&"
	for _, c := range []struct {
		name, query string
		want        []string
	}{
		{"rows merge", january + "by=campaign&kpis=visits,clicks,media_cost_micros", []string{
			"campaign=987 clicks=0 media_cost_micros=3e+06 visits=0", "campaign=newsletter clicks=0 media_cost_micros=1e+06 visits=1",
			"campaign=spring clicks=10 media_cost_micros=8e+06 visits=4",
		}},
		{"a filter finds all names", january + "campaign=spring&kpis=clicks", []string{"clicks=10"}},
		{"a filter may be any of them", january + "campaign=123&by=campaign&kpis=clicks", []string{"campaign=spring clicks=10"}},
		// The 5th by the platform: 40 of 1,000; the 6th by our own: 6 of 50.
		{"a campaign's ctr", january + "campaign=spring&kpis=ctr,cpc_minor,cpm_minor,impressions", []string{"cpc_minor=17.391304347826086 cpm_minor=761.9047619047619 ctr=0.04380952380952381 impressions=100"}},
		{"its channel's", january + "by=channel&channel=Paid Search&kpis=ctr", []string{"channel=Paid Search ctr=0.04380952380952381"}},
		{"its days", "from=2026-01-05&to=2026-01-07&by=day&campaign=spring&kpis=ctr", []string{"ctr=0.04 day=2026-01-05", "ctr=0.12 day=2026-01-06"}},
		{"the site's", january + "kpis=ctr,cpc_minor", []string{"cpc_minor=26.08695652173913 ctr=0.04380952380952381"}},
		{"an hour is our own", "from=2026-01-05&to=2026-01-06&by=hour,campaign&campaign=spring&kpis=ctr", []string{
			"campaign=spring ctr=<nil> hour=2026-01-05T00:00:00Z", "campaign=spring ctr=0.08 hour=2026-01-05T05:00:00Z",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, f := askKPIs(t, s, site, strings.ReplaceAll(c.query, " ", "%20"))
			if f != nil {
				t.Fatal(f)
			}
			if d := cmp.Diff(c.want, rowsOf(a)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Ensures that spend under a name that is no campaign's and that nobody came by is listed, until an alias mends it.
func TestUnmatchedSpend(t *testing.T) {
	s, site := kpiSite(t, `{}`, campaignMoves)
	ask := func() string {
		list := func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{Body: "settings"}, nil
		}
		res, err := s.campaigns(list)(context.Background(), &httpapi.Request{RawQueryString: "unmatched=1&last=28d&site=" + site})
		if err != nil {
			t.Fatal(err)
		}
		return res.Body
	}
	head := `{"currency":"USD","from":"2025-12-14","to":"2026-01-11","tz":"UTC","unconverted":{},"unmatched":[`
	one := `{"campaign":"987","channel":"Display","media_cost_micros":3000000,"other_cost_micros":0}`
	if d := cmp.Diff(head+`{"campaign":"123","channel":"Paid Search","media_cost_micros":8000000,"other_cost_micros":0},`+one+`]}`, ask()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	name(t, s, site, `{"id":"spring","aliases":["123"]}`)
	if d := cmp.Diff(head+one+`]}`, ask()); d != "" {
		t.Errorf("with an alias (-want +got):\n%s", d)
	}
}
