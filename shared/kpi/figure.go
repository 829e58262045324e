package kpi

import (
	"math/big"
	"slices"
)

// Scope says what a row is about, which decides what can be had and how it is counted.
type Scope int

// Scopes.
const (
	OfSite Scope = 1 << iota // the whole site: conversions are whole
	OfPart                   // by a dimension of traffic: conversions and revenue are credited
	OfGoal                   // by goal: conversions are whole, and traffic has no goal
	OfType                   // by a type of the user's own: its events
	OfPage                   // beside OfPart: by page, where a visit's page is the one it landed on
)

// Figure is a KPI of a row: a count, or a ratio, which is null where its denominator is 0.
type Figure struct {
	Count    int64
	Num, Den *big.Rat // nil for a count
	Scale    int64    // value = Scale * Num / Den
}

// Value is what the answer shows: an int64, the float64 nearest to the exact ratio, or nil.
func (f Figure) Value() any {
	if f.Den == nil {
		return f.Count
	}
	return Ratio(f.Num, f.Den, f.Scale)
}

// Ratio is scale * num / den as the nearest float64, nil when den is 0.
func Ratio(num, den *big.Rat, scale int64) any {
	if den.Sign() == 0 {
		return nil
	}
	q := new(big.Rat).Quo(num, den)
	v, _ := q.Mul(q, whole(scale)).Float64()
	return v
}

// RatioOf is num / den as the nearest float64, nil when den is 0.
func RatioOf(num, den int64) any { return Ratio(whole(num), whole(den), 1) }

// formula is how a KPI is made of a row's sums.
type formula struct {
	name   string
	scopes Scope
	sum    Measure                                            // of a count,
	less   Measure                                            // less this one
	ratio  func(r *Row, s Scope, m Money) (num, den *big.Rat) // else
	scale  int64
}

// formulas are the KPIs that sums suffice for (spec: kpis.md), in the contract's order. A function, for hot functions
// link this package and pay for what it does at start.
func formulas() []formula {
	return append([]formula{
		{name: "impressions", scopes: OfSite | OfPart, sum: Impressions},
		{name: "clicks", scopes: OfSite | OfPart, sum: Clicks},
		{name: "visits", scopes: OfSite | OfPart, sum: Visits},
		{name: "page_views", scopes: OfSite | OfPart, sum: PageViews},
		{name: "invalid_impressions", scopes: OfSite | OfPart, sum: InvalidImpressions},
		{name: "invalid_clicks", scopes: OfSite | OfPart, sum: InvalidClicks},
		{name: "ctr", scopes: OfSite | OfPart, ratio: ctr},
		{name: "conversions", scopes: OfSite | OfGoal, sum: Conversions},
		{name: "conversions_micro", scopes: OfPart, sum: ConversionsMicro},
		{name: "net_conversions", scopes: OfSite | OfGoal, sum: NetConversions},
		{name: "media_cost_micros", scopes: OfSite | OfPart, sum: MediaCost},
		{name: "other_cost_micros", scopes: OfSite | OfPart, sum: OtherCost},
		{name: "cpc_minor", scopes: OfSite | OfPart, ratio: cpc},
		{name: "cpm_minor", scopes: OfSite | OfPart, ratio: cpm, scale: 1000},
		{name: "cpa_minor", scopes: OfSite | OfPart, ratio: cpa},
		{name: "revenue_gross_minor", scopes: OfSite | OfPart | OfGoal, sum: RevenueGross},
		{name: "revenue_net_minor", scopes: OfSite | OfPart | OfGoal, sum: RevenueNet},
		{name: "refunds_minor", scopes: OfSite | OfGoal, sum: Refunds},
		{name: "roas_gross", scopes: OfSite | OfPart, ratio: roas(RevenueGross)},
		{name: "roas_net", scopes: OfSite | OfPart, ratio: roas(RevenueNet)},
		{name: "roi_revenue", scopes: OfSite | OfPart, ratio: roiRevenue},
		{name: "roi_margin", scopes: OfSite | OfPart, ratio: roiMargin},
		{name: "aov_gross_minor", scopes: OfSite | OfGoal, ratio: over(RevenueGross, Orders)},
		{name: "aov_net_minor", scopes: OfSite | OfGoal, ratio: over(RevenueNet, NetOrders)},
		{name: "leads", scopes: OfSite | OfPart | OfGoal, sum: Leads},
		{name: "cost_per_lead_minor", scopes: OfSite | OfPart, ratio: costPerLead},
		{name: "events", scopes: OfType, sum: Events},
	}, append(gatheredFormulas(), peopleFormulas()...)...)
}

// FigureNames lists what can be had in a scope, in the contract's order.
func FigureNames(s Scope) []string {
	var out []string
	for _, f := range formulas() {
		if f.scopes&s != 0 {
			out = append(out, f.name)
		}
	}
	return out
}

// Figure computes a KPI of a row whose costs are converted; false for a name that cannot be had in the scope.
func (r *Row) Figure(name string, s Scope, m Money) (Figure, bool) {
	all := formulas()
	i := slices.IndexFunc(all, func(f formula) bool { return f.name == name && f.scopes&s != 0 })
	if i < 0 {
		return Figure{}, false
	}
	f := all[i]
	if f.ratio == nil {
		return Figure{Count: r.sums[f.sum] - r.sums[f.less]}, true
	}
	num, den := f.ratio(r, s, m)
	return Figure{Num: num, Den: den, Scale: max(f.scale, 1)}, true
}

func ctr(r *Row, _ Scope, _ Money) (num, den *big.Rat) {
	return whole(r.ctrClicks()), whole(r.sums[Impressions] + r.instead.impressions)
}

func cpc(r *Row, _ Scope, m Money) (num, den *big.Rat) {
	return m.minor(r.sums[MediaCost]), whole(r.sums[Clicks] + r.instead.clicks)
}

// cpm of the site is that of impressions that carry a price; of a part of it, all media cost over its impressions.
func cpm(r *Row, s Scope, m Money) (num, den *big.Rat) {
	if s&OfPart != 0 {
		return m.minor(r.sums[MediaCost]), whole(r.sums[Impressions] + r.instead.impressions)
	}
	return m.minor(r.sums[ImpressionCost]), whole(r.sums[PricedImpressions])
}

// cpa of a part divides by credited conversions, which are fractions.
func cpa(r *Row, s Scope, m Money) (num, den *big.Rat) {
	if s&OfPart != 0 {
		return m.minor(r.sums[MediaCost]), big.NewRat(r.sums[ConversionsMicro], 1_000_000)
	}
	return m.minor(r.sums[MediaCost]), whole(r.sums[Conversions])
}

func roas(revenue Measure) func(*Row, Scope, Money) (num, den *big.Rat) {
	return func(r *Row, _ Scope, m Money) (num, den *big.Rat) {
		return whole(r.sums[revenue]), m.minor(r.sums[MediaCost])
	}
}

func roiRevenue(r *Row, _ Scope, m Money) (num, den *big.Rat) {
	return roi(whole(r.sums[RevenueNet]), r, m)
}

func roiMargin(r *Row, _ Scope, m Money) (num, den *big.Rat) {
	return roi(new(big.Rat).Mul(whole(r.sums[RevenueNet]), m.Margin), r, m)
}

// roi is (gain - total cost) / total cost.
func roi(gain *big.Rat, r *Row, m Money) (num, den *big.Rat) {
	total := new(big.Rat).Add(m.minor(r.sums[MediaCost]), m.minor(r.sums[OtherCost]))
	return gain.Sub(gain, total), total
}

func over(sum, count Measure) func(*Row, Scope, Money) (num, den *big.Rat) {
	return func(r *Row, _ Scope, _ Money) (num, den *big.Rat) { return whole(r.sums[sum]), whole(r.sums[count]) }
}

func costPerLead(r *Row, _ Scope, m Money) (num, den *big.Rat) {
	return m.minor(r.sums[MediaCost]), whole(r.sums[Leads])
}
