package advice

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/settings"
)

// season makes days that answer to their spend exactly but for a small swing: yield = level * (spend/100)^elasticity.
func season(n int, level, elasticity, swing float64) []Day {
	r := rand.New(rand.NewPCG(3, 5))
	days := make([]Day, n)
	for i := range days {
		spend := 100 * math.Exp(swing*r.NormFloat64())
		yield := level * math.Pow(spend/100, elasticity) * (0.95 + 0.1*r.Float64())
		days[i] = Day{
			Weekday: time.Weekday(i % 7), Spend: int64(spend * 1e6), Revenue: int64(yield * 100), Conversions: int64(yield / 50 * 1e6),
			Clicks: int64(spend * 2),
		}
	}
	return days
}

func changed(days []Day, f func(i int, d *Day)) []Day {
	for i := range days {
		f(i, &days[i])
	}
	return days
}

// Advice follows from where the intervals lie to what is needed, and there is none on thin data.
func TestJudge(t *testing.T) {
	roas := func(v float64) *Need { return &Need{"target_roas", roasNet, v} }
	cost := func(minor float64) *Need { return &Need{"target_cpa", cpa, minor} }
	for _, c := range []struct {
		name    string
		days    []Day
		need    *Need
		advice  string
		because []string
	}{
		{"the next unit pays", season(42, 600, 0.8, 0.4), roas(4), More, []string{"a day the next 1.00 USD brings 4.", "4.00 USD is needed (target_roas)"}},
		{"the average pays and the margin does not", season(42, 600, 0.4, 0.4), roas(4), Less, []string{"brings 2.", "4.00 USD is needed"}},
		{"it lies between", season(42, 600, 0.7, 0.4), roas(4.2), Hold, []string{"brings 4."}},
		{"a margin of 40 % needs 2.5", season(42, 200, 0.8, 0.4), &Need{"gross_margin", roasNet, 2.5}, Less, []string{"2.50 USD is needed (1 / gross margin)"}},
		{"the next conversion is cheap enough", season(42, 600, 0.8, 0.4), cost(1500), More, []string{"the next conversion costs 10.", "15.00 USD is the most it may (target_cpa)"}},
		{"the next conversion is too dear", season(42, 600, 0.4, 0.4), cost(1500), Less, []string{"the next conversion costs 2"}},
		{"spend stood still and the average pays", season(42, 600, 0.8, 0.01), roas(4), Hold, []string{"varied by 1.", "1.00 USD brought 6"}},
		{"spend stood still and the average does not pay", season(42, 600, 0.8, 0.01), roas(9), Less, []string{"varied by 1.", "as a whole it does not pay"}},
		{"more in proportion, too little as a whole", season(42, 300, 1.6, 0.4), roas(4), Hold, []string{"but as a whole it does not pay"}},
		{"spend that follows the weekdays alone", changed(season(42, 600, 0.8, 0.4), func(i int, d *Day) {
			d.Spend = int64(100+10*(i%7)) * 1e6
		}), roas(4), Hold, []string{"does not tell what more or less spend would bring", "1.00 USD brought 4."}},
		{"13 days with spend", changed(season(42, 600, 0.8, 0.4), func(i int, d *Day) {
			if i >= 13 {
				d.Spend = 0
			}
		}), roas(4), "", []string{"thin: 13 complete days with spend, 14 are needed"}},
		{"14 of them", changed(season(42, 600, 0.8, 0.4), func(i int, d *Day) {
			if i >= 14 {
				*d = Day{Weekday: d.Weekday}
			}
		}), roas(4), More, nil},
		{"19 conversions", changed(season(19, 600, 0.8, 0.4), func(_ int, d *Day) { d.Conversions = 1_000_000 }), roas(4), "", []string{"thin: 19 credited conversions on complete days, 20 are needed"}},
		{"20 of them", changed(season(20, 600, 0.8, 0.4), func(_ int, d *Day) { d.Conversions = 1_000_000 }), roas(4), More, nil},
		{"no revenue, as of a goal that makes none", changed(season(42, 600, 0.8, 0.4), func(_ int, d *Day) { d.Revenue = 0 }), roas(4), "", []string{"set target_cpa"}},
		{"no days", nil, roas(4), "", []string{"thin: 0 complete days"}},
		{"nothing to judge by", season(42, 600, 0.8, 0.4), nil, "", []string{"no target is set"}},
		{"all of it came on the dearest day", changed(season(20, 600, 0.8, 0.4), func(i int, d *Day) {
			if d.Revenue = 0; i == 7 {
				d.Spend, d.Revenue = 900e6, 90_000
			}
		}), roas(20), Less, []string{"does not tell what more or less spend would bring"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Judge(c.days, c.need, "USD")
			advice := ""
			if got.Advice != nil {
				advice = *got.Advice
			}
			if advice != c.advice {
				t.Errorf("got %q, want %q: %s", advice, c.advice, got.Because)
			}
			for _, part := range c.because {
				if !strings.Contains(got.Because, part) {
					t.Errorf("because %q, want %q in it", got.Because, part)
				}
			}
			if (got.Advice == nil) != (got.Average == nil) || got.Advice == nil && got.Marginal != nil {
				t.Errorf("advice %v with average %v and marginal %v", got.Advice, got.Average, got.Marginal)
			}
		})
	}
}

// The figures behind it are those of the complete days, by hand.
func TestJudgeFigures(t *testing.T) {
	var days []Day
	for i := range 14 {
		days = append(days, Day{Spend: int64(10+i%2*10) * 1e6, Revenue: int64(6000 + i%2*3000), Conversions: 2_000_000, Clicks: 30})
	}
	got := Judge(days, &Need{"target_roas", roasNet, 4}, "USD")
	want := Judgement{
		Days: 14, DaysWithSpend: 14, Spend: 210e6, Revenue: 105_000, Conversions: 28_000_000,
		ROAS: val(5), CPA: val(750), Needed: &Need{"target_roas", roasNet, 4}, CPC: val(50), HighestCPC: val(62.5),
		Variation: val(0.345916), // 7 days of 10 and of 20: sqrt(14*25/13)/15
		// 7 rests of +10 and of -10 around 5 a unit: 1.770933 * sqrt(1400 * 14/13) / 210
		Average: &Estimate{roasNet, val(5), val(4.67255), val(5.32745), Level},
	}
	got.Advice, got.Because, got.Marginal = nil, "", nil
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func val(v float64) *float64 { return &v }

// A cost per conversion is the yield turned over: what is low becomes high, and what is not above nothing has no end.
func TestEstimateOfACost(t *testing.T) {
	c := &court{Judgement: Judgement{Needed: &Need{Of: cpa}}, unit: 100}
	got := c.estimate(interval{0.1, -0.05, 0.25})
	if d := cmp.Diff(&Estimate{cpa, val(1000), val(400), nil, Level}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// What is needed is the campaign's own target before the site's margin, and in the currency's minor units.
func TestNeedOf(t *testing.T) {
	for _, c := range []struct {
		name             string
		campaign         settings.Campaign
		currency, margin string
		want             Need
		ok               bool
	}{
		{"a return", settings.Campaign{TargetROAS: "4", TargetCPA: "10"}, "USD", "0.4", Need{"target_roas", roasNet, 4}, true},
		{"a cost", settings.Campaign{TargetCPA: "10.50"}, "USD", "0.4", Need{"target_cpa", cpa, 1050}, true},
		{"a cost in yen", settings.Campaign{TargetCPA: "1050"}, "JPY", "0.4", Need{"target_cpa", cpa, 1050}, true},
		{"the margin", settings.Campaign{}, "USD", "0.4", Need{"gross_margin", roasNet, 2.5}, true},
		{"a target of nothing is none", settings.Campaign{TargetROAS: "0"}, "USD", "0.5", Need{"gross_margin", roasNet, 2}, true},
		{"nothing pays", settings.Campaign{}, "USD", "0", Need{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := NeedOf(&c.campaign, &settings.Site{Currency: c.currency, GrossMargin: c.margin})
			if got != c.want || ok != c.ok {
				t.Errorf("got %v, %v; want %v, %v", got, ok, c.want, c.ok)
			}
		})
	}
}

// Over many made-up campaigns advice is wrong about the margin as rarely as the interval promises: one time in twenty on either side
// at the very border, and never well away from it, where it mostly says what is true.
func TestAdviceIsRightWayRound(t *testing.T) {
	const worlds = 400
	for _, c := range []struct {
		name        string
		truth, need float64 // marginal return
		more, less  [2]int  // at least and at most so many per cent
	}{
		{"the margin is twice what is needed", 4, 2, [2]int{80, 100}, [2]int{0, 0}},
		{"the margin is half of what is needed", 1, 2, [2]int{0, 0}, [2]int{70, 100}},
		{"the margin is just what is needed", 2, 2, [2]int{1, 10}, [2]int{1, 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, said := rand.New(rand.NewPCG(1, 2)), map[string]int{}
			for range worlds {
				days := make([]Day, 0, 49)
				elasticity := c.truth / 4 // as the return at 50 a day is 4
				for d, p := range world(r, 49, elasticity, 0.3, 30, false) {
					if d >= 42 { // the current level is the one whose margin is known
						p.yield *= math.Pow(50/p.spend, elasticity)
						p.spend = 50
					}
					days = append(days, Day{
						Weekday: time.Weekday(d % 7), Spend: int64(p.spend * 1e6), Revenue: int64(p.yield * 100), Conversions: 1e6,
					})
				}
				got := Judge(days, &Need{"target_roas", roasNet, c.need}, "USD")
				said[*got.Advice]++
			}
			for _, s := range []struct {
				advice string
				bounds [2]int
			}{{More, c.more}, {Less, c.less}} {
				if share := 100 * said[s.advice] / worlds; share < s.bounds[0] || share > s.bounds[1] {
					t.Errorf("%s in %d %%, want %d to %d: %v", s.advice, share, s.bounds[0], s.bounds[1], said)
				}
			}
		})
	}
}
