package kpi

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dollars is a site's money of two decimals and a margin of 0.4.
var dollars = Money{Exponent: 2, Margin: big.NewRat(2, 5)}

// Ensures the specification's vectors: exact fractions, null where the denominator is 0, nothing capped.
func TestRatioVectors(t *testing.T) {
	rat := func(text string) *big.Rat {
		r, ok := new(big.Rat).SetString(strings.Trim(text, `"`))
		if !ok {
			t.Fatalf("%q is no fraction", text)
		}
		return r
	}
	for _, c := range vectors(t).Ratios {
		got := Ratio(rat(string(c.Numerator)), rat(string(c.Denominator)), c.Scale)
		var want any
		if c.Expected != nil {
			want, _ = rat(*c.Expected).Float64()
		}
		if got != want {
			t.Errorf("%s %s/%s: got %v, want %v", c.KPI, c.Numerator, c.Denominator, got, want)
		}
	}
}

// dailyRates has a rate of 2 for EUR from the second day on.
type dailyRates struct{}

func (dailyRates) ConvertMicros(micros int64, currency string, atMs int64) (int64, bool) {
	switch {
	case currency == "USD":
		return micros, true
	case currency == "EUR" && atMs >= 1767312000000:
		return 2 * micros, true
	}
	return 0, false
}

// values computes every figure of a scope.
func values(t *testing.T, r *Row, s Scope) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, name := range FigureNames(s) {
		f, ok := r.Figure(name, s, dollars)
		if !ok {
			t.Fatalf("%s cannot be had", name)
		}
		out[name] = f.Value()
	}
	return out
}

// counter is one item of a bucket.
func counter(k Key, amounts map[Measure]int64) Counter { return Counter{Key: k, Amounts: amounts} }

// Ensures that a row of nothing is zeros and nulls.
func TestEmptyRow(t *testing.T) {
	r := NewRow()
	for _, name := range FigureNames(OfSite) {
		f, ok := r.Figure(name, OfSite, dollars)
		if v := f.Value(); !ok || f.Den != nil && v != nil || f.Den == nil && v != int64(0) {
			t.Errorf("%s: got %v", name, v)
		}
	}
}

// Ensures every formula of the site by figures worked out by hand.
func TestSiteFigures(t *testing.T) {
	r := NewRow()
	for _, c := range []Counter{
		counter(Key{Bucket: "2026-01-02T05"}, map[Measure]int64{
			Impressions: 200, PricedImpressions: 100, Clicks: 10, Visits: 40, PageViews: 90, InvalidImpressions: 7, InvalidClicks: 3, Leads: 5,
			CostIn(MediaCost, "USD"): 3_000_000, CostIn(ImpressionCost, "USD"): 1_000_000, CostIn(OtherCost, "EUR"): 500_000,
			CostIn(MediaCost, "EUR"): 1_000_000,
		}),
		counter(Key{Bucket: "2026-01-02T06"}, map[Measure]int64{Conversions: 4, NetConversions: 3, Orders: 5, NetOrders: 4, RevenueGross: 3000, RevenueNet: 2400, Refunds: 600}),
	} {
		if err := r.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	r.AddReach("Display", counter(Key{}, map[Measure]int64{Impressions: 200, Clicks: 6}))
	r.AddReach("Email", counter(Key{}, map[Measure]int64{Clicks: 4}))
	missing := map[string]int64{}
	if err := r.Convert(dailyRates{}, missing); err != nil || len(missing) > 0 {
		t.Fatalf("got %v, %v", missing, err)
	}
	want := map[string]any{
		"impressions": int64(200), "clicks": int64(10), "visits": int64(40), "page_views": int64(90), "invalid_impressions": int64(7),
		"invalid_clicks": int64(3), "leads": int64(5), "conversions": int64(4), "net_conversions": int64(3),
		"media_cost_micros": int64(5_000_000), "other_cost_micros": int64(1_000_000),
		"revenue_gross_minor": int64(3000), "revenue_net_minor": int64(2400), "refunds_minor": int64(600),
		"ctr":                 0.03,   // 6 of Display's clicks; Email has no impressions
		"cpc_minor":           50.0,   // 500 cents / 10
		"cpm_minor":           1000.0, // 1000 * 100 cents / 100 priced
		"cpa_minor":           125.0,  // 500 / 4
		"roas_gross":          6.0,
		"roas_net":            4.8,
		"roi_revenue":         3.0, // (2400 - 600) / 600
		"roi_margin":          0.6, // (960 - 600) / 600
		"aov_gross_minor":     600.0,
		"aov_net_minor":       600.0,
		"cost_per_lead_minor": 100.0,
	}
	got := values(t, r, OfSite)
	for name, want := range want {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
}

// Ensures that a part divides by credited conversions and all its impressions, and has no whole conversions.
func TestPartFigures(t *testing.T) {
	r := NewRow()
	err := r.Add(counter(Key{Bucket: "2026-01-02T05"}, map[Measure]int64{
		Impressions: 200, PricedImpressions: 1, Clicks: 10, ConversionsMicro: 2_500_000, RevenueGross: 1000, CostIn(MediaCost, "USD"): 5_000_000,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Convert(dailyRates{}, nil); err != nil {
		t.Fatal(err)
	}
	got := values(t, r, OfPart)
	for name, want := range map[string]any{
		"ctr": 0.05, "cpm_minor": 2500.0, "cpa_minor": 200.0, "roas_gross": 2.0, "conversions_micro": int64(2_500_000), "conversions": nil, "aov_gross_minor": nil,
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	if _, ok := r.Figure("conversions", OfPart, dollars); ok {
		t.Error("a part has whole conversions")
	}
}

// Ensures that costs without a rate on their day are named, stand in no figure, and are named once though part of the
// cost rode on impressions.
func TestUnconverted(t *testing.T) {
	r := NewRow()
	for _, bucket := range []string{"2026-01-01T23", "2026-01-02T00"} {
		if err := r.Add(counter(Key{Bucket: bucket}, map[Measure]int64{CostIn(MediaCost, "EUR"): 10, CostIn(ImpressionCost, "EUR"): 10, CostIn(OtherCost, "XXX"): 1})); err != nil {
			t.Fatal(err)
		}
	}
	missing := map[string]int64{}
	if err := r.Convert(dailyRates{}, missing); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]int64{"EUR": 10, "XXX": 2}, missing); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if f, _ := r.Figure("media_cost_micros", OfSite, dollars); f.Value() != int64(20) {
		t.Errorf("media cost: got %v, want 20", f.Value())
	}
	if f, _ := r.Figure("other_cost_micros", OfSite, dollars); f.Value() != int64(0) {
		t.Errorf("other cost: got %v, want 0", f.Value())
	}
}

// Ensures that a currency without decimals and one with three are not taken for cents.
func TestMinor(t *testing.T) {
	for exponent, want := range map[int]string{0: "5/2", 2: "250", 3: "2500"} {
		if got := (Money{Exponent: exponent}).minor(2_500_000).RatString(); got != want {
			t.Errorf("exponent %d: got %s, want %s", exponent, got, want)
		}
	}
}

// Ensures that sums beyond 64 bits are an error, never a wrong figure.
func TestRowOverflow(t *testing.T) {
	r := NewRow()
	big := counter(Key{Bucket: "2026-01-01T00"}, map[Measure]int64{RevenueGross: math.MaxInt64, CostIn(MediaCost, "USD"): math.MinInt64})
	if err := r.Add(big); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(big); err == nil {
		t.Error("want an error")
	}
}

// Ensures that of a counter only the measures asked for are added.
func TestRowOnly(t *testing.T) {
	r := NewRow()
	if err := r.Add(counter(Key{}, map[Measure]int64{Conversions: 1, RevenueGross: 5, CostIn(MediaCost, "USD"): 7}), RevenueGross); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[Measure]int64{RevenueGross: 5}, r.sums); d != "" || len(r.cost) > 0 {
		t.Errorf("(-want +got):\n%s%v", d, r.cost)
	}
}
