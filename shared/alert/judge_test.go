package alert

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestJudge ensures for each kind of rule, and at its edges, what holds, and by which exact numbers.
func TestJudge(t *testing.T) {
	// 2026-03-11 is a Wednesday.
	weeks := []string{"2026-03-04", "2026-02-25", "2026-02-18", "2026-02-11"}
	each := func(s sums, days ...string) func(*ledger, func(string, sums)) {
		return func(_ *ledger, at func(string, sums)) {
			for _, d := range days {
				at(d+" 09:30", s)
			}
		}
	}
	for _, row := range []struct {
		name, rule, now      string
		fill                 []func(*ledger, func(string, sums))
		holds                bool
		value, bound, before string
		silent               string
	}{
		{"above its bound", `{"kpi":"visits","above":9}`, "2026-03-11 12:00", fills(each(sums{visits: 10}, "2026-03-11")), true, "10", "9", "0", ""},
		{"at its bound is not above", `{"kpi":"visits","above":10}`, "2026-03-11 12:00", fills(each(sums{visits: 10}, "2026-03-11")), false, "10", "10", "", ""},
		{"at its bound is not below", `{"kpi":"visits","below":10}`, "2026-03-11 12:00", fills(each(sums{visits: 10}, "2026-03-11")), false, "10", "10", "", ""},
		{"nothing at all is below", `{"kpi":"visits","below":1}`, "2026-03-11 12:00", nil, true, "0", "1", "0", ""},
		{
			"a ratio that no float holds", `{"kpi":"conversion_rate_visits","above":"0.333333333333333333"}`, "2026-03-11 12:00",
			fills(each(sums{visits: 3, conversions: 1}, "2026-03-11")), true, "1/3", "333333333333333333/1000000000000000000", "", "",
		},
		{
			"a ratio without denominator says nothing", `{"kpi":"cpa_minor","above":"0"}`, "2026-03-11 12:00",
			fills(each(sums{cost: 500}, "2026-03-11")), false, "", "", "", "it has no value, for its denominator is 0",
		},
		{"below zero", `{"kpi":"roi_revenue","below":"-0.4"}`, "2026-03-11 12:00", fills(each(sums{conversions: 1, cost: 2000}, "2026-03-11")), true, "-1/2", "-2/5", "", ""},
		{
			"whole days end with yesterday", `{"kpi":"visits","over":"7d","above":15}`, "2026-03-11 12:00",
			fills(each(sums{visits: 10}, "2026-03-10", "2026-03-04", "2026-03-03", "2026-03-11")), true, "20", "15", "10", "",
		},
		{
			"the month so far holds today", `{"kpi":"visits","over":"mtd","above":15}`, "2026-03-11 12:00",
			fills(each(sums{visits: 10}, "2026-03-01", "2026-03-11", "2026-02-28")), true, "20", "15", "10", "",
		},
		{
			"thin data raises nothing", `{"kpi":"cpa_minor","above":"1","at_least":{"conversions":2}}`, "2026-03-11 12:00",
			fills(each(sums{cost: 500, conversions: 1}, "2026-03-11")), false, "500", "1", "", "conversions is below 2",
		},

		{
			"a fall against the mean of four weeks", `{"kpi":"visits","over":"1d","falls":"0.5"}`, "2026-03-12 00:30",
			fills(each(sums{visits: 4}, "2026-03-11"), each(sums{visits: 8}, weeks[:2]...), each(sums{visits: 12}, weeks[2:]...)), true, "4", "5", "10", "",
		},
		{
			"a fall of just that much is none", `{"kpi":"visits","over":"1d","falls":"0.6"}`, "2026-03-12 00:30",
			fills(each(sums{visits: 4}, "2026-03-11"), each(sums{visits: 10}, weeks...)), false, "4", "4", "10", "",
		},
		{
			"a rise", `{"kpi":"visits","over":"1d","rises":"0.25"}`, "2026-03-12 00:30",
			fills(each(sums{visits: 13}, "2026-03-11"), each(sums{visits: 10}, weeks...)), true, "13", "25/2", "10", "",
		},
		{
			"weeks before there was anything are no zeros", `{"kpi":"visits","over":"1d","rises":"0.25"}`, "2026-03-12 00:30",
			fills(each(sums{visits: 12}, "2026-03-11"), each(sums{visits: 10}, weeks[:2]...)), false, "12", "25/2", "10", "",
		},
		{
			"a week without anything in between is a zero", `{"kpi":"visits","over":"1d","rises":"0.25"}`, "2026-03-12 00:30",
			fills(each(sums{visits: 12}, "2026-03-11"), each(sums{visits: 10}, weeks[0], weeks[2], weeks[3])), true, "12", "75/8", "15/2", "",
		},
		{
			"without a past nothing is said", `{"kpi":"visits","over":"1d","rises":"0.25"}`, "2026-03-12 00:30",
			fills(each(sums{visits: 12}, "2026-03-11")), false, "12", "", "", "there is nothing on the same weekdays before to compare with",
		},
		{
			"a past of zero has no shares", `{"kpi":"conversion_rate_visits","over":"1d","rises":"0.25"}`, "2026-03-12 00:30",
			fills(each(sums{visits: 12, conversions: 1}, "2026-03-11"), each(sums{visits: 12}, weeks...)), false, "1/12", "", "0", "it was 0 on the same weekdays before",
		},
		{
			"ratios are sums over sums, no means", `{"kpi":"conversion_rate_visits","over":"1d","falls":"0.1"}`, "2026-03-12 00:30",
			fills(each(sums{visits: 100, conversions: 10}, "2026-03-11"), each(sums{visits: 1, conversions: 1}, weeks[0]), each(sums{visits: 99, conversions: 9}, weeks[1])), false, "1/10", "9/100", "1/10", "",
		},
		{
			"what is below zero falls away from it", `{"kpi":"roi_revenue","over":"1d","falls":"0.5"}`, "2026-03-12 00:30",
			fills(each(sums{conversions: 1, cost: 5000}, "2026-03-11"), each(sums{conversions: 1, cost: 2000}, weeks...)), true, "-4/5", "-3/4", "-1/2", "",
		},
		{
			"a count that falls to nothing is no thin data", `{"kpi":"visits","over":"1d","falls":"0.5","at_least":{"visits":100}}`, "2026-03-12 00:30",
			fills(each(sums{visits: 100}, weeks...)), true, "0", "50", "100", "",
		},
		{
			"a count that was always small is", `{"kpi":"visits","over":"1d","falls":"0.5","at_least":{"visits":100}}`, "2026-03-12 00:30",
			fills(each(sums{visits: 99}, weeks...)), false, "0", "", "99", "visits is below 100",
		},
		{
			"a ratio of few is", `{"kpi":"conversion_rate_visits","over":"1d","falls":"0.5","at_least":{"visits":100}}`, "2026-03-12 00:30",
			fills(each(sums{visits: 3}, "2026-03-11"), each(sums{visits: 1000, conversions: 100}, weeks...)), false, "0", "", "1/10", "visits is below 100",
		},
		{
			"seven days against the sevens before", `{"kpi":"visits","over":"7d","rises":"0.5"}`, "2026-03-11 12:00",
			fills(each(sums{visits: 40}, "2026-03-04", "2026-03-10"), each(sums{visits: 50}, "2026-03-03", "2026-02-24", "2026-02-17", "2026-02-10")), true, "80", "75", "50", "",
		},
		{
			"twenty-eight days against those before", `{"kpi":"visits","over":"28d","rises":"0.5"}`, "2026-03-11 12:00",
			fills(each(sums{visits: 80}, "2026-03-10"), each(sums{visits: 50}, "2026-02-10")), true, "80", "75", "50", "",
		},

		{
			"today against as much of the days before", `{"kpi":"visits","over":"today","falls":"0.5"}`, "2026-03-11 12:59",
			fills(each(sums{visits: 4}, "2026-03-11"), each(sums{visits: 10}, weeks...), func(_ *ledger, at func(string, sums)) {
				for _, d := range weeks {
					at(d+" 12:00", sums{visits: 1000})
				}
				at("2026-03-11 12:10", sums{visits: 1000})
			}), true, "4", "5", "10", "",
		},
		{
			"before an hour is over nothing is said", `{"kpi":"visits","over":"today","falls":"0.5"}`, "2026-03-11 00:59",
			fills(each(sums{visits: 10}, weeks...)), false, "", "", "", "no hour of the day is over yet",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, l := site(t, `{"tz":"Europe/Berlin"}`), newLedger()
			for _, fill := range row.fill {
				fill(l, func(wall string, v sums) { l.at(moment(t, s, wall), v) })
			}
			v, err := Judge(t.Context(), l, s, rule(t, row.rule), nil, moment(t, s, row.now).UTC())
			if err != nil {
				t.Fatal(err)
			}
			if v.Holds != row.holds || shown(v.Value) != row.value || shown(v.Bound) != row.bound || v.Silent != row.silent {
				t.Errorf("got holds %t, value %s, bound %s, silent %q; want %t, %s, %s, %q",
					v.Holds, shown(v.Value), shown(v.Bound), v.Silent, row.holds, row.value, row.bound, row.silent)
			}
			if got := shown(v.Before); got != row.before {
				t.Errorf("before: got %s, want %s", got, row.before)
			}
		})
	}
}

func fills(list ...func(*ledger, func(string, sums))) []func(*ledger, func(string, sums)) {
	return list
}

// TestJudgeOverChangesOfTheClock ensures that a day of 23 or 25 hours is compared by the clock on the wall: all that happened
// before the same hour, twice where that hour came twice.
func TestJudgeOverChangesOfTheClock(t *testing.T) {
	for _, row := range []struct{ name, now, day, want string }{
		{"the long day lies in the past", "2026-11-01 04:10", "2026-10-25", "5"}, // 0, 1, 2, 2, 3 o'clock
		{"the short day lies in the past", "2026-04-05 04:10", "2026-03-29", "3"},
		{"an ordinary one", "2026-03-11 04:10", "2026-03-04", "4"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, l := site(t, `{"tz":"Europe/Berlin"}`), newLedger()
			from := moment(t, s, row.day+" 00:00")
			for at := from; at.Before(shift(from, 1)); at = at.Add(time.Hour) {
				l.at(at, sums{visits: 1})
			}
			v, err := Judge(t.Context(), l, s, rule(t, `{"kpi":"visits","falls":"0.9"}`), nil, moment(t, s, row.now))
			if err != nil || shown(v.Before) != row.want {
				t.Errorf("before: got %s, %v; want %s", shown(v.Before), err, row.want)
			}
		})
	}
}

// TestJudgeWhatIsRefused ensures that what the figures refuse silences the rule, and that a failure does not.
func TestJudgeWhatIsRefused(t *testing.T) {
	s, l := site(t, `{}`), newLedger()
	r := rule(t, `{"kpi":"visits","below":1}`)
	l.fails = errRefused
	v, err := Judge(t.Context(), l, s, r, nil, moment(t, s, "2026-03-11 12:00"))
	if err != nil || v.Holds || v.Silent != errRefused.Message {
		t.Errorf("got %+v, %v", v, err)
	}
	l.fails = errors.New("away")
	if _, err := Judge(context.Background(), l, s, r, nil, moment(t, s, "2026-03-11 12:00")); !errors.Is(err, l.fails) || !strings.Contains(err.Error(), `"r" of "shop"`) {
		t.Errorf("got %v", err)
	}
}

// TestJudgeAsks ensures that a rule asks for what it is about, and for no more than it needs.
func TestJudgeAsks(t *testing.T) {
	s, l := site(t, `{"tz":"America/New_York"}`), newLedger()
	r := rule(t, `{"kpi":"visits","campaign":"spring","over":"28d","below":0,"at_least":{"conversions":1}}`)
	if _, err := Judge(t.Context(), l, s, r, nil, moment(t, s, "2026-03-11 12:00")); err != nil {
		t.Fatal(err)
	}
	if len(l.asked) != 1 || l.asked[0].Encode() != "campaign=spring&from=2026-02-11&kpis=conversions%2Cvisits&to=2026-03-11" {
		t.Errorf("asked %v", l.asked)
	}
}

// TestMoved ensures that counters of other days than the rule's start nothing.
func TestMoved(t *testing.T) {
	s := site(t, `{"tz":"Europe/Berlin"}`)
	now := moment(t, s, "2026-03-11 12:00")
	for _, row := range []struct {
		name, rule, from, to string
		want                 bool
	}{
		{"today moves today", `{"kpi":"visits","below":1}`, "2026-03-11 11:00", "2026-03-11 11:00", true},
		{"today moves the month", `{"kpi":"visits","below":1,"over":"mtd"}`, "2026-03-11 11:00", "2026-03-11 11:00", true},
		{"today does not move whole days", `{"kpi":"visits","below":1,"over":"7d"}`, "2026-03-11 01:00", "2026-03-11 11:00", false},
		{"a late event does", `{"kpi":"visits","below":1,"over":"7d"}`, "2026-03-05 11:00", "2026-03-05 11:00", true},
		{"an older one does not", `{"kpi":"visits","below":1,"over":"7d"}`, "2026-03-01 11:00", "2026-03-01 11:00", false},
		{"yesterday does not move today", `{"kpi":"visits","below":1}`, "2026-03-10 11:00", "2026-03-10 11:00", false},
		{"spend of this month moves a pace", `{"campaign":"c","pace":{"over":1}}`, "2026-03-01 11:00", "2026-03-01 11:00", true},
		{"so does spend of today", `{"campaign":"c","pace":{"over":1}}`, "2026-03-11 00:00", "2026-03-11 00:00", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := Moved(rule(t, row.rule), now, moment(t, s, row.from), moment(t, s, row.to)); got != row.want {
				t.Errorf("got %t, want %t", got, row.want)
			}
		})
	}
}

var _ Figures = (*ledger)(nil)
