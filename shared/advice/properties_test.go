package advice

import (
	"testing"

	"pgregory.net/rapid"
)

// Advice does not depend on the unit of money: in cents or in thousands it is the same.
func TestAdviceKnowsNoUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.Int64Range(2, 1000).Draw(t, "times")
		days := make([]Day, rapid.IntRange(MinDays, 60).Draw(t, "days"))
		for i := range days {
			days[i] = Day{
				Spend: rapid.Int64Range(1e6, 200e6).Draw(t, "spend"), Revenue: rapid.Int64Range(0, 100_000).Draw(t, "revenue"), Conversions: 2e6,
			}
		}
		need := Need{"target_roas", roasNet, rapid.Float64Range(0.5, 20).Draw(t, "need")}
		plain := Judge(days, &need, "USD")
		for i := range days {
			days[i].Spend *= times
			days[i].Revenue *= times
		}
		scaled := Judge(days, &need, "USD")
		switch {
		case (plain.Advice == nil) != (scaled.Advice == nil), plain.Advice != nil && *plain.Advice != *scaled.Advice:
			t.Fatalf("%q, and %d times that: %q", plain.Because, times, scaled.Because)
		case plain.Marginal != nil && (scaled.Marginal == nil || !alike(plain.Marginal.Elasticity, scaled.Marginal.Elasticity) || !alike(*plain.Marginal.Value, *scaled.Marginal.Value)):
			t.Fatalf("%+v, and %d times that: %+v", plain.Marginal, times, scaled.Marginal)
		}
	})
}

// alike compares what was rounded to six digits.
func alike(a, b float64) bool { return a-b <= 2e-5*max(1, a, -a) && b-a <= 2e-5*max(1, a, -a) }
