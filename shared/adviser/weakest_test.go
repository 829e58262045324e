package adviser

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/advice"
	"tributary/shared/journey"
	"tributary/shared/kpi"
)

// visits stores n visits of a day that looked at an item, carted of whom put one into a cart.
func (b *bench) visits(d time.Time, n, carted int) {
	b.t.Helper()
	for i := range n {
		at := d.Add(10*time.Hour + time.Duration(i)*time.Second).UnixMilli()
		told := journey.Told{Opening: &journey.Opening{Touch: journey.Touch{ID: "v", Time: at, Channel: "Direct"}}, Steps: map[string][]int64{"view_item": {at + 1000}}}
		if i < carted {
			told.Steps["add_to_cart"] = []int64{at + 2000}
		}
		body, err := json.Marshal(told)
		if err != nil {
			b.t.Fatal(err)
		}
		r := journey.Record{Node: fmt.Sprintf("%s-%d", kpi.Day.Label(d), i), Digest: "d", Time: at, Body: string(body)}
		if won, err := b.store.PutRecord(b.t.Context(), b.site.ID, journey.KindVisit, r); !won || err != nil {
			b.t.Fatal(won, err)
		}
	}
	b.count(d, kpi.Key{Dimension: kpi.BySite}, map[kpi.Measure]int64{kpi.Visits: int64(n)})
}

// The link that lost the most is named, of each kind, from what the site counted, in its weeks.
func TestWeakest(t *testing.T) {
	site := kpi.Key{Dimension: kpi.BySite}
	campaign := kpi.Key{Dimension: kpi.ByCampaign, Value: "spring", Split: "Paid Search"}
	weekAgo := func(d time.Time) bool { return !d.Before(now.Truncate(24*time.Hour).AddDate(0, 0, -7)) }
	for _, c := range []struct {
		name string
		each func(b *bench, d time.Time, lately bool)
		want advice.Link
	}{
		{"a step of the funnel", func(b *bench, d time.Time, lately bool) {
			carted := 8
			if lately {
				carted = 2
			}
			b.visits(d, 20, carted)
		}, advice.Link{
			Kind: "step", Name: "add_to_cart", After: "view_item", From: "2026-03-24", To: "2026-03-31", Now: 0.1, Was: ptr(0.4), Shortfall: 0.75, Z: 6.70222,
			Because: "10 % of those at view_item came to add_to_cart, after 40 % in the four weeks before",
		}},
		{"a rate of mails, read three days later", func(b *bench, d time.Time, _ bool) {
			opened := int64(40)
			if !d.Before(date(t, "2026-03-21")) {
				opened = 20
			}
			if !d.Before(date(t, "2026-03-28")) {
				opened = 0 // they are still to be opened
			}
			b.count(d, site, map[kpi.Measure]int64{kpi.EmailSent: 100, kpi.EmailOpened: opened})
		}, advice.Link{
			Kind: "kpi", Name: "email_open_rate", From: "2026-03-21", To: "2026-03-28", Now: 0.2, Was: ptr(0.4), Shortfall: 0.5, Z: 9.86013,
			Because: "email_open_rate was 20 %, after 40 % in the four weeks before",
		}},
		{"what an order is worth", func(b *bench, d time.Time, lately bool) {
			worth := int64(10_000 + 100*d.Day())
			if lately {
				worth /= 2
			}
			b.count(d, kpi.Key{Dimension: kpi.ByGoal, Value: "purchase"}, map[kpi.Measure]int64{kpi.NetOrders: 2, kpi.RevenueNet: 2 * worth})
		}, advice.Link{Kind: "kpi", Name: "aov_net_minor", From: "2026-03-24", To: "2026-03-31", Now: 6350, Was: ptr(11450), Shortfall: 0.445415, Because: "aov_net was 63.50 USD, after 114.50 USD in the four weeks before"}},
		{"a landing page", func(b *bench, d time.Time, lately bool) {
			for page, converted := range map[string]int64{"https://shop.example/a": 10, "https://shop.example/b": 12} {
				if lately && page == "https://shop.example/b" {
					converted = 3
				}
				b.count(d, kpi.Key{Dimension: kpi.ByPage, Value: page}, map[kpi.Measure]int64{kpi.Visits: 50, kpi.ConvertingVisits: converted})
			}
		}, advice.Link{
			Kind: "kpi", Name: "landing_page_conversion_rate", Of: map[string]string{"page": "https://shop.example/b"}, From: "2026-03-24", To: "2026-03-31",
			Now: 0.06, Was: ptr(0.24), Shortfall: 0.75, Z: 7.47446, Because: "landing_page_conversion_rate of page https://shop.example/b was 6 %, after 24 % in the four weeks before",
		}},
		{"a campaign's target", func(b *bench, d time.Time, _ bool) {
			b.count(d, campaign, map[kpi.Measure]int64{kpi.CostIn(kpi.MediaCost, "USD"): 10e6, kpi.RevenueNet: 2000 + int64(d.Day()), kpi.ConversionsMicro: 1e6})
		}, advice.Link{
			Kind: "target", Name: "roas_net", Of: map[string]string{"campaign": "spring"}, From: "2026-03-03", To: "2026-03-31",
			Now: 2.0165, Aim: ptr(4), Shortfall: 0.495875, Because: "roas_net of campaign spring was 2.02, and its target is 4",
		}},
		{"nothing changed", func(b *bench, d time.Time, _ bool) {
			b.count(d, site, map[kpi.Measure]int64{kpi.EmailSent: 100, kpi.EmailOpened: 40, kpi.Visits: 100, kpi.ConvertingVisits: 5})
		}, advice.Link{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, `{}`)
			b.campaign("spring", `{"target_roas":4}`)
			for d := date(t, "2026-02-20"); d.Before(now); d = d.AddDate(0, 0, 1) {
				c.each(b, d, weekAgo(d))
			}
			b.apply()
			got, err := b.Weakest(t.Context(), b.site, now)
			if err != nil {
				t.Fatal(err)
			}
			if got == nil {
				got = &advice.Link{}
			}
			if c.want.Z == 0 { // that of days, which package advice tests
				got.Z = 0
			}
			if d := cmp.Diff(c.want, *got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
