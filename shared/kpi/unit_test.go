package kpi

import (
	"math/big"
	"slices"
	"testing"
)

// TestUnits ensures that a sentence has money in the currency's unit, shares in percent, times in days, and counts as counts.
func TestUnits(t *testing.T) {
	for _, row := range []struct {
		name, kpi, currency string
		value               *big.Rat
		want                string
	}{
		{"minor units", "cpa_minor", "USD", big.NewRat(18632, 3), "62.11 USD"},
		{"whole units keep their cents", "aov_net_minor", "EUR", big.NewRat(5000, 1), "50.00 EUR"},
		{"a currency without cents", "revenue_net_minor", "JPY", big.NewRat(6350, 1), "6350 JPY"},
		{"one of a thousand parts", "revenue_net_minor", "KWD", big.NewRat(1_234_500, 1), "1234.500 KWD"},
		{"millionths", "media_cost_micros", "USD", big.NewRat(665_000_000, 1), "665.00 USD"},
		{"less than a cent is not nothing", "cpc_minor", "USD", big.NewRat(42, 100), "0.0042 USD"},
		{"below zero", "revenue_net_minor", "USD", big.NewRat(-1205, 1), "-12.05 USD"},
		{"a rate", "conversion_rate_visits", "USD", big.NewRat(1, 3), "33.33 %"},
		{"a small rate", "ctr", "USD", big.NewRat(1, 3000), "0.0333 %"},
		{"a share that is called neither", "csat", "USD", big.NewRat(4, 5), "80 %"},
		{"a return is a multiple", "roas_net", "USD", big.NewRat(9, 2), "4.5"},
		{"so is what is invited", "viral_coefficient_k", "USD", big.NewRat(1, 8), "0.125"},
		{"a count", "visits", "USD", big.NewRat(1_234_567, 1), "1234567"},
		{"a mean of counts", "visits", "USD", big.NewRat(15, 2), "7.5"},
		{"credit", "conversions_micro", "USD", big.NewRat(2_500_000, 1), "2.5"},
		{"a time", "sales_cycle_mean_ms", "USD", big.NewRat(36*60*60*1000, 1), "1.5 days"},
		{"nothing", "visits", "USD", nil, "nothing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := UnitOf(row.kpi, row.currency).Text(row.value); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// TestEverySentenceHasAUnit ensures that each figure is money, a share, a time, a multiple that is listed, or a count, so that a new one is not forgotten.
func TestEverySentenceHasAUnit(t *testing.T) {
	for _, f := range formulas() {
		plain := UnitOf(f.name, "USD").Text(big.NewRat(1, 1)) == "1"
		multiple := f.name == "events" || f.sum != "" || slices.Contains(multiples, f.name)
		if plain && !multiple {
			t.Errorf("%s is a ratio and would be written as a bare number", f.name)
		}
	}
}
