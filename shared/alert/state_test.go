package alert

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSteps ensures that an alert is raised once and cleared once, however often its rule is judged in between, and that one which
// has to hold for hours waits for them anew each time.
func TestSteps(t *testing.T) {
	type step struct {
		after time.Duration
		holds bool
		want  string // what is told, then whether the state is written
	}
	const h, m = time.Hour, time.Minute
	for _, row := range []struct {
		name, rule string
		steps      []step
	}{
		{"at once", `{"kpi":"visits","above":1}`, []step{{0, false, "- no"}, {h, true, "raised yes"}, {h, true, "- no"}, {h, false, "cleared yes"}, {h, false, "- no"}, {h, true, "raised yes"}}},
		{"after two hours", `{"kpi":"visits","above":1,"for":"2h"}`, []step{
			{0, true, "- yes"}, {h, true, "- no"}, {59 * m, true, "- no"}, {m, true, "raised yes"}, {h, true, "- no"}, {h, false, "cleared yes"}, {m, true, "- yes"},
		}},
		{"a gap starts anew", `{"kpi":"visits","above":1,"for":"2h"}`, []step{{0, true, "- yes"}, {h, false, "- yes"}, {h, true, "- yes"}, {h, true, "- no"}, {h, true, "raised yes"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, r, st := site(t, `{}`), rule(t, row.rule), State{Rule: "r"}
			now := time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)
			for i, one := range row.steps {
				now = now.Add(one.after)
				v := Verdict{Holds: one.holds, Condition: "above", Window: current(r, now), Value: whole(2), Bound: whole(1)}
				next, told, changed := st.Step(s, r, v, now)
				got := "-"
				if told != nil {
					got = told.State
				}
				if got += map[bool]string{true: " yes", false: " no"}[changed]; got != one.want {
					t.Errorf("step %d: got %s, want %s", i, got, one.want)
				}
				st = next
			}
		})
	}
}

// TestAlertTellsWhy ensures that an alert holds all that it was raised by, in numbers and in a sentence, and how it ended.
func TestAlertTellsWhy(t *testing.T) {
	s, now := site(t, `{}`), time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name, rule string
		v          Verdict
		raised     string
	}{
		{
			"a threshold", `{"kpi":"cpa_minor","campaign":"a \"b\" c","over":"7d","above":"5000"}`,
			Verdict{Condition: "above", Value: big.NewRat(18632, 3), Bound: whole(5000), Before: whole(4100)},
			"cpa of campaign a 'b' c from 2026-03-04 to 2026-03-10 is 62.11 USD, above 50.00 USD. It was 41.00 USD in the period before.",
		},
		{
			"one without a before", `{"kpi":"visits","over":"1d","below":"5"}`,
			Verdict{Condition: "below", Value: whole(0), Bound: whole(5)},
			"visits on 2026-03-10 is 0, below 5.",
		},
		{
			"a change", `{"kpi":"visits","falls":"0.3"}`,
			Verdict{Condition: "falls", Value: whole(4), Bound: whole(7), Before: whole(10), Weeks: 3},
			"visits on 2026-03-11 until 12:00 is 4, after 10 on the same weekdays before (mean of 3): falls by more than 30 %.",
		},
		{
			"a pace", `{"campaign":"c","pace":{"over":"1.1"}}`,
			Verdict{Condition: "pace over", Value: whole(120_500_000), Bound: whole(110_000_000), Before: whole(100_000_000)},
			"media_cost of campaign c from 2026-02-08 to 2026-03-11 is 120.50 USD, where 100.00 USD was due by now: the pace is 120.5 % of the budget's, over 110 %.",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := rule(t, row.rule)
			row.v.Window, row.v.Holds = current(r, now), true
			st, told, _ := State{Rule: "r"}.Step(s, r, row.v, now)
			if told.Why != row.raised {
				t.Errorf("got  %s\nwant %s", told.Why, row.raised)
			}
			if st.Standing.ID != "1773230400000-r" || told.Raised != "2026-03-11T12:00:00.000Z" || told.State != Raised {
				t.Errorf("got %+v", told)
			}
			row.v.Holds, row.v.Value = false, row.v.Bound
			_, told, _ = st.Step(s, r, row.v, now.Add(time.Hour))
			if !strings.Contains(told.Why, "which is no longer beyond") || !strings.Contains(told.Why, "It was raised at 2026-03-11T12:00:00.000Z") || told.Cleared != "2026-03-11T13:00:00.000Z" || told.ValueNow != numberOf(r.KPI, row.v.Bound) {
				t.Errorf("cleared: %+v", told)
			}
			_, told, _ = st.Step(s, r, Verdict{Silent: "it has no value, for its denominator is 0"}, now)
			if !strings.Contains(told.Why, "Nothing can be said") {
				t.Errorf("silent: %s", told.Why)
			}
			_, told, _ = st.Step(s, nil, Verdict{}, now)
			if !strings.HasPrefix(told.Why, "Rule r is gone.") {
				t.Errorf("gone: %s", told.Why)
			}
		})
	}
}

// TestAlertIsKeptAsItIs ensures that an alert is read back as it was written, whatever numbers it has.
func TestAlertIsKeptAsItIs(t *testing.T) {
	s, r, now := site(t, `{}`), rule(t, `{"kpi":"visits","source":"s","above":"1"}`), time.Now()
	for _, v := range []Verdict{{}, {Value: whole(1 << 62), Bound: big.NewRat(1, 3), Before: big.NewRat(-1, 1e9)}} {
		v.Holds, v.Condition, v.Window = true, "above", current(r, now)
		a := newAlert(s, r, v, now)
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back Alert
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(*a, back); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestNumbersArePlain ensures that numbers have no exponent, and that sums of money are integers.
func TestNumbersArePlain(t *testing.T) {
	for _, row := range []struct {
		name, kpi string
		value     *big.Rat
		want      Number
	}{
		{"what was due of a budget", "media_cost_micros", big.NewRat(1_995_000_000, 7), "285000000"},
		{"a large one", "media_cost_micros", big.NewRat(665_000_000_000_001, 2), "332500000000001"},
		{"a mean of sums of money", "revenue_net_minor", big.NewRat(-20_001, 4), "-5000"},
		{"an average of money", "cpa_minor", big.NewRat(30_000_000_001, 2), "15000000000.5"},
		{"a small rate", "ctr", big.NewRat(1, 4_000_000), "0.00000025"},
		{"a mean of counts", "visits", big.NewRat(15, 2), "7.5"},
		{"no value", "visits", nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := numberOf(row.kpi, row.value); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}
