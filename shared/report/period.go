package report

import (
	"time"

	"tributary/shared/fault"
)

// Kinds of periods.
const (
	Daily   = "daily"
	Weekly  = "weekly" // the ISO week, Monday to Sunday
	Monthly = "monthly"
	Range   = "range" // any days
)

// Kinds are the periods that are reported by themselves once they are over.
func Kinds() []string { return []string{Daily, Weekly, Monthly} }

// Period is a span of days in a zone: From is the first day, To the day after the last, both as 2026-03-01.
type Period struct {
	Kind, From, To string
	Zone           *time.Location
}

// PeriodOf is the day, week or month that holds a day. Its errors are faults.
func PeriodOf(kind, date string, zone *time.Location) (Period, error) {
	day, err := parseDay("date", date)
	if err != nil {
		return Period{}, err
	}
	from, to, ok := bounds(kind, day)
	if !ok {
		return Period{}, fault.New(fault.InvalidField, "period", "%q is no period; use daily, weekly or monthly with a date, or range with from and to", kind)
	}
	return Period{Kind: kind, From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Zone: zone}, nil
}

// maxDays bounds a range: ten years.
const maxDays = 3660

// RangeOf is the span from a day up to, and without, another. Its errors are faults.
func RangeOf(from, to string, zone *time.Location) (Period, error) {
	first, err := parseDay("from", from)
	if err != nil {
		return Period{}, err
	}
	end, err := parseDay("to", to)
	if err != nil {
		return Period{}, err
	}
	if !first.Before(end) || end.Sub(first) > maxDays*24*time.Hour {
		return Period{}, fault.New(fault.InvalidField, "to", "to is the day after the last: it must be 1 to %d days after from", maxDays)
	}
	return Period{Kind: Range, From: from, To: to, Zone: zone}, nil
}

// Closed is the latest period of a kind that is over at a time; back steps as many periods further into the past.
func Closed(kind string, at time.Time, zone *time.Location, back int) Period {
	day := civil(at.In(zone))
	from, _, _ := bounds(kind, day) // the period still open
	for range back + 1 {
		from, _, _ = bounds(kind, from.AddDate(0, 0, -1))
	}
	p, _ := PeriodOf(kind, from.Format(time.DateOnly), zone)
	return p
}

// bounds finds the first day of the period that holds a day, and of the next.
func bounds(kind string, day time.Time) (from, to time.Time, ok bool) {
	switch kind {
	case Daily:
		return day, day.AddDate(0, 0, 1), true
	case Weekly:
		from = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		return from, from.AddDate(0, 0, 7), true
	case Monthly:
		from = day.AddDate(0, 0, 1-day.Day())
		return from, from.AddDate(0, 1, 0), true
	}
	return from, to, false
}

// parseDay reads a day as its midnight UTC, in which days can be counted.
func parseDay(field, s string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil || day.Year() < 1970 {
		return time.Time{}, fault.New(fault.InvalidField, field, "%q is no day; write it as 2026-03-01", fault.Clip(s))
	}
	return day, nil
}

func civil(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// Before is the period of the same kind that ends where p begins; a range's is as many days long.
func (p Period) Before() (Period, bool) {
	from, err := parseDay("from", p.From)
	if err != nil {
		return Period{}, false
	}
	if p.Kind != Range {
		before, err := PeriodOf(p.Kind, from.AddDate(0, 0, -1).Format(time.DateOnly), p.Zone)
		return before, err == nil
	}
	to, err := parseDay("to", p.To)
	if err != nil {
		return Period{}, false
	}
	before, err := RangeOf(from.Add(from.Sub(to)).Format(time.DateOnly), p.From, p.Zone)
	return before, err == nil
}

// TZ is the zone's name.
func (p Period) TZ() string { return p.Zone.String() }

// Bounds are the period's first instant and the first after it, in Unix milliseconds.
func (p Period) Bounds() (fromMs, toMs int64, err error) {
	from, err := parseDay("from", p.From)
	if err != nil {
		return 0, 0, err
	}
	to, err := parseDay("to", p.To)
	if err != nil {
		return 0, 0, err
	}
	return startOf(from, p.Zone).UnixMilli(), startOf(to, p.Zone).UnixMilli(), nil
}

// startOf is the first instant of a day in a zone. A midnight that clocks skip begins when they have skipped it; of one that
// comes twice, the first counts.
func startOf(day time.Time, zone *time.Location) time.Time {
	guess := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
	for _, near := range []time.Time{guess.Add(-24 * time.Hour), guess.Add(24 * time.Hour)} {
		_, offset := near.Zone()
		t := day.Add(-time.Duration(offset) * time.Second).In(zone)
		if civil(t).Equal(day) && t.Hour() == 0 && t.Minute() == 0 {
			return t
		}
	}
	_, end := guess.Add(-24 * time.Hour).ZoneBounds()
	if !end.IsZero() {
		return end
	}
	return guess
}
