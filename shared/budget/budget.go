// Package budget is the arithmetic of a campaign's budget: which period runs, how much of it has passed, what was meant to be
// spent by then, and where spending leads. Pure; whoever asks brings the clock and what was spent.
package budget

import (
	"math/big"
	"time"

	"tributary/shared/kpi"
	"tributary/shared/money"
	"tributary/shared/settings"
)

// Total is the period of a budget that has no end.
const Total = "total"

// firstYear is when totals begin. Zones of which figures are kept by the hour have days of full hours from then on, and not all of
// them before: Singapore's were half an hour off until 1982.
const firstYear = 2020

// Span is the period of a budget that runs at a time: whole days of a zone, to exclusive.
type Span struct {
	kpi.Period
	// Passed is the share of the period that is over, from 0 to 1, by the clock: a day on which clocks change is as long as it
	// is. Nil for a total, which has no end: Period is then everything from 2020 up to the end of today.
	Passed *big.Rat
}

// SpanOf finds the day, week (from Monday) or month of the zone in which now lies, or the whole past for a total.
func SpanOf(b *settings.Budget, now time.Time, zone *time.Location) Span {
	now = now.In(zone)
	if b.Period == Total {
		return Span{Period: kpi.Period{From: time.Date(firstYear, 1, 1, 0, 0, 0, 0, zone), To: kpi.Day.Next(kpi.Day.Start(now))}}
	}
	grain, _ := kpi.ParseGrain(b.Period)
	if grain == kpi.Whole {
		grain = kpi.Month // stored by a newer version that knows others: the commonest
	}
	s := Span{}
	s.From = grain.Start(now)
	s.To = grain.Next(s.From)
	s.Passed = big.NewRat(now.UnixMilli()-s.From.UnixMilli(), s.To.UnixMilli()-s.From.UnixMilli())
	return s
}

// Micros is the amount in millionths of the site's currency, by the rate in force at atMs (Unix milliseconds). False: there is no
// rate for that day.
func Micros(b *settings.Budget, site *settings.Site, atMs int64) (int64, bool) {
	micros, err := money.ParseMicros(b.Amount)
	if err != nil {
		return 0, false
	}
	return site.ConvertMicros(micros, b.Currency, atMs)
}

// Pace compares what was spent in a span with its budget. Amounts are millionths of one currency.
type Pace struct {
	Budget, Spent int64
	// Meant is what would have been spent by now if each moment took alike; nil for a total.
	Meant *big.Rat
	// Pace is Spent of Meant: 1 is on time, 2 twice as fast. Nil where Meant is 0 or nil.
	Pace *big.Rat
	// Projected is what the span comes to if it goes on as it went; nil where none of it has passed, and for a total.
	Projected *big.Rat
}

// PaceOf computes it.
func (s *Span) PaceOf(budget, spent int64) Pace {
	p := Pace{Budget: budget, Spent: spent}
	if s.Passed == nil {
		return p
	}
	p.Meant = new(big.Rat).Mul(s.Passed, whole(budget))
	if p.Meant.Sign() > 0 {
		p.Pace = new(big.Rat).Quo(whole(spent), p.Meant)
	}
	if s.Passed.Sign() > 0 {
		p.Projected = new(big.Rat).Quo(whole(spent), s.Passed)
	}
	return p
}

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }
