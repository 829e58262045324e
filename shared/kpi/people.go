package kpi

import "math/big"

// Measures that no counter holds: whoever reads figures about persons puts them into a row (Row.Put).
const (
	Customers       Measure = "customers"
	NewCustomers    Measure = "new_customers"
	Buyers          Measure = "buyers"
	Repeaters       Measure = "repeaters"
	ReferredNew     Measure = "referred_new"
	ActiveStart     Measure = "active_start"
	Retained        Measure = "retained"
	PersonsNet      Measure = "persons_net_minor"
	PersonsGross    Measure = "persons_gross_minor"
	InfluencedGross Measure = "influenced_gross_minor"
	WonDeals        Measure = "won_deals"
	Cycles          Measure = "cycles"
	CycleSum        Measure = "cycle_sum_ms"
	CycleMiddle     Measure = "cycle_middle_ms" // twice the median
	OutlookNet      Measure = "outlook_net_minor"
	OutlookMonths   Measure = "outlook_customer_months"
	OutlookLost     Measure = "outlook_lost"
	OutlookStart    Measure = "outlook_start"
	Advocates       Measure = "advocates"

	Visitors           Measure = "visitors"
	ConvertingVisitors Measure = "converting_visitors"
	Prospects          Measure = "prospects"    // visitors who were no customers at the start
	NewVisitors        Measure = "new_visitors" // new customers among the visitors
)

// LostDeals counts opportunity_lost events: the other part of the deals that win_rate divides by.
const LostDeals Measure = "lost_deals"

// peopleFormulas are the KPIs about persons, which are read from conversion records.
func peopleFormulas() []formula {
	return []formula{
		{name: "visitors", scopes: OfSite, sum: Visitors},
		{name: "conversion_rate_visitors", scopes: OfSite, ratio: over(ConvertingVisitors, Visitors)},
		{name: "acquisition_rate_prospects", scopes: OfSite, ratio: over(NewVisitors, Prospects)},
		{name: "customers", scopes: OfSite, sum: Customers},
		{name: "new_customers", scopes: OfSite, sum: NewCustomers},
		{name: "cac_minor", scopes: OfSite, ratio: cac},
		{name: "repeat_purchase_rate", scopes: OfSite, ratio: over(Repeaters, Buyers)},
		{name: "clv_historic_revenue_minor", scopes: OfSite, ratio: over(PersonsNet, Customers)},
		{name: "clv_historic_margin_minor", scopes: OfSite, ratio: clvMargin},
		{name: "clv_predictive_minor", scopes: OfSite, ratio: clvPredictive},
		{name: "acquisition_rate_base", scopes: OfSite, ratio: over(NewCustomers, ActiveStart)},
		{name: "retention_rate", scopes: OfSite, ratio: over(Retained, ActiveStart)},
		{name: "churn_rate", scopes: OfSite, ratio: churn},
		{name: "referral_rate", scopes: OfSite, ratio: over(ReferredNew, NewCustomers)},
		{name: "referral_advocate_rate", scopes: OfSite, ratio: over(Advocates, Customers)},
		{name: "sales_cycle_mean_ms", scopes: OfSite, ratio: over(CycleSum, Cycles)},
		{name: "sales_cycle_median_ms", scopes: OfSite, ratio: cycleMedian},
		{name: "viral_coefficient_k", scopes: OfSite, ratio: viral},
		{name: "win_rate", scopes: OfSite, ratio: winRate},
		{name: "marketing_influenced_revenue_share", scopes: OfSite, ratio: over(InfluencedGross, PersonsGross)},
	}
}

// OfPeople reports a KPI that needs the conversion records of its period and of the days before it.
func OfPeople(name string) bool {
	for _, f := range peopleFormulas() {
		if f.name == name {
			return true
		}
	}
	return false
}

// Put sets a sum that no counter holds.
func (r *Row) Put(m Measure, n int64) { r.sums[m] = n }

// cac is all cost over the customers it won.
func cac(r *Row, _ Scope, m Money) (num, den *big.Rat) {
	return new(big.Rat).Add(m.minor(r.sums[MediaCost]), m.minor(r.sums[OtherCost])), whole(r.sums[NewCustomers])
}

func clvMargin(r *Row, _ Scope, m Money) (num, den *big.Rat) {
	return new(big.Rat).Mul(whole(r.sums[PersonsNet]), m.Margin), whole(r.sums[Customers])
}

// clvPredictive is margin a customer and month over monthly churn; null where nobody left.
func clvPredictive(r *Row, _ Scope, m Money) (num, den *big.Rat) {
	num, den = new(big.Rat).Mul(whole(r.sums[OutlookNet]), m.Margin), whole(r.sums[OutlookMonths])
	return num.Mul(num, whole(r.sums[OutlookStart])), den.Mul(den, whole(r.sums[OutlookLost]))
}

func churn(r *Row, _ Scope, _ Money) (num, den *big.Rat) {
	return whole(r.sums[ActiveStart] - r.sums[Retained]), whole(r.sums[ActiveStart])
}

// cycleMedian halves the two middle cycles together.
func cycleMedian(r *Row, _ Scope, _ Money) (num, den *big.Rat) {
	if r.sums[Cycles] == 0 {
		return whole(0), whole(0)
	}
	return whole(r.sums[CycleMiddle]), whole(2)
}

func winRate(r *Row, _ Scope, _ Money) (num, den *big.Rat) {
	return whole(r.sums[WonDeals]), whole(r.sums[WonDeals] + r.sums[LostDeals])
}
