package kpi

import "testing"

// Ensures every formula about persons by figures worked out by hand.
func TestPeopleFigures(t *testing.T) {
	r := NewRow()
	for m, n := range map[Measure]int64{
		MediaCost: 6_000_000, OtherCost: 2_000_000, Customers: 10, NewCustomers: 4, Buyers: 9, Repeaters: 3, ReferredNew: 1, ActiveStart: 8, Retained: 6,
		PersonsNet: 5000, PersonsGross: 6000, InfluencedGross: 1500, WonDeals: 3, LostDeals: 1, Cycles: 2, CycleSum: 700, CycleMiddle: 700,
		Advocates: 2, OutlookNet: 5000, OutlookMonths: 20, OutlookLost: 2, OutlookStart: 8,
	} {
		r.Put(m, n)
	}
	got := values(t, r, OfSite)
	for name, want := range map[string]any{
		"customers": int64(10), "new_customers": int64(4),
		"cac_minor":                          200.0, // 800 cents / 4
		"repeat_purchase_rate":               1.0 / 3,
		"clv_historic_revenue_minor":         500.0,
		"clv_historic_margin_minor":          200.0,
		"clv_predictive_minor":               400.0, // 5000 * 0.4 / 20 a month, over 2/8
		"acquisition_rate_base":              0.5,
		"retention_rate":                     0.75,
		"churn_rate":                         0.25,
		"referral_advocate_rate":             0.2,
		"referral_rate":                      0.25,
		"sales_cycle_mean_ms":                350.0,
		"sales_cycle_median_ms":              350.0,
		"win_rate":                           0.75,
		"marketing_influenced_revenue_share": 0.25,
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	r.Put(OutlookLost, 0)
	if v := values(t, r, OfSite)["clv_predictive_minor"]; v != nil {
		t.Errorf("nobody left: got %v, want null", v)
	}
}
