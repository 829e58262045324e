package adviser

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/figures"
	"tributary/shared/kpi"
)

// Every target has a row with its distance, met or not; the figures are those of GET /v1/kpis, other names included.
func TestTargets(t *testing.T) {
	b := newBench(t, `{}`)
	b.campaign("spring", `{"name":"Spring","target_roas":"4:1","target_cpa":"5","aliases":["123"]}`)
	b.campaign("missed", `{"target_roas":2.5}`)
	b.campaign("dear", `{"target_cpa":"1"}`)
	b.campaign("idle", `{"target_roas":"3"}`)
	b.campaign("free", `{}`)
	march := date(t, "2026-03-10")
	count := func(name string, cost, net, gross, micro int64) {
		b.count(march, kpi.Key{Dimension: kpi.ByCampaign, Value: name, Split: "Paid Search"}, map[kpi.Measure]int64{
			kpi.CostIn(kpi.MediaCost, "USD"): cost, kpi.RevenueNet: net, kpi.RevenueGross: gross, kpi.ConversionsMicro: micro,
		})
	}
	count("spring", 10e6, 3000, 3500, 1e6)
	count("123", 10e6, 5000, 5000, 3e6)
	count("missed", 10e6, 2000, 2000, 1e6)
	count("dear", 7e6, 0, 0, 0)
	count("free", 1e6, 900, 900, 1e6)
	b.apply()
	yes, no := true, false
	want := []TargetRow{
		{Campaign: "dear", KPI: "cpa_minor", Target: 100, Met: &no, Gross: 0.0, Cost: 7e6},
		{Campaign: "idle", KPI: "roas_net", Target: 3},
		{Campaign: "missed", KPI: "roas_net", Target: 2.5, Actual: 2.0, Distance: -0.5, Share: -0.2, Met: &no, Gross: 2.0, Cost: 10e6, Net: 2000, Credited: 1e6},
		{Campaign: "spring", Name: "Spring", KPI: "roas_net", Target: 4, Actual: 4.0, Distance: 0.0, Share: 0.0, Met: &yes, Gross: 4.25, Cost: 20e6, Net: 8000, Credited: 4e6},
		{Campaign: "spring", Name: "Spring", KPI: "cpa_minor", Target: 500, Actual: 500.0, Distance: 0.0, Share: 0.0, Met: &yes, Gross: 4.25, Cost: 20e6, Net: 8000, Credited: 4e6},
	}
	got, err := b.Targets(t.Context(), url.Values{}, b.site)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got.Targets); d != "" || got.From != "2026-03-04" || got.To != "2026-04-01" {
		t.Errorf("%s to %s (-want +got):\n%s", got.From, got.To, d)
	}
	if got, err = b.Targets(t.Context(), url.Values{"campaign": {"123"}, "last": {"2026-02"}}, b.site); err != nil || len(got.Targets) != 2 || got.Targets[0].Met != nil || got.From != "2026-02-01" {
		t.Errorf("a campaign by another name, in a month without spend: %+v, %v", got, err)
	}
	b.equalsKPIs(want)
}

// equalsKPIs compares with what GET /v1/kpis answers for the same days.
func (b *bench) equalsKPIs(rows []TargetRow) {
	b.t.Helper()
	q, err := figures.Parse(url.Values{"last": {"28d"}, "by": {"campaign"}, "kpis": {"roas_net,roas_gross,cpa_minor,media_cost_micros"}}, b.site, now)
	if err != nil {
		b.t.Fatal(err)
	}
	a, err := b.figures.KPIs(b.t.Context(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, row := range rows {
		for _, k := range a.Rows {
			if k["campaign"] == row.Campaign && (k[row.KPI] != row.Actual || k["roas_gross"] != row.Gross || k["media_cost_micros"] != row.Cost) {
				b.t.Errorf("%+v is not %v", row, k)
			}
		}
	}
}

// What cannot be had is refused, and rows are an array even where there are none.
func TestTargetsAsked(t *testing.T) {
	b := newBench(t, `{}`)
	for _, query := range []string{"by=day", "last=7x", "kpis=ctr", "from=2026-03-02&to=2026-03-01"} {
		params, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.Targets(t.Context(), params, b.site); err == nil {
			t.Errorf("%s: got %+v", query, got)
		}
	}
	got, err := b.Targets(t.Context(), url.Values{}, b.site)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := json.Marshal(got.Targets); err != nil || string(raw) != "[]" {
		t.Errorf("got %s, %v", raw, err)
	}
}
