package kpi

import (
	"strconv"
	"strings"
	"time"

	"tributary/shared/fault"
)

// Period is a half-open range of time whose ends are midnights of its zone.
type Period struct {
	From, To time.Time
}

// lastHint lists what Last understands.
const lastHint = "use today, yesterday, a number of days like 7d (today is the last), mtd, ytd or a month like 2026-03"

// ParsePeriod reads from and to (days like 2026-01-31, to exclusive) or last in their place, in a zone; all empty is
// today. Without to, the period ends with today. Errors are invalid_query faults.
func ParsePeriod(from, to, last string, now time.Time, zone *time.Location) (Period, error) {
	today := Day.Start(now.In(zone))
	switch {
	case last != "" && (from != "" || to != ""):
		return Period{}, fault.New(fault.InvalidQuery, "last", "last stands in the place of from and to; give one or the other")
	case last != "":
		return parseLast(last, today)
	case from == "" && to == "":
		return Period{From: today, To: Day.Next(today)}, nil
	case from == "":
		return Period{}, fault.New(fault.InvalidQuery, "from", "to needs a from: a day like 2026-01-31")
	}
	p := Period{To: Day.Next(today)}
	var err error
	if p.From, err = parseDay("from", from, zone); err != nil {
		return Period{}, err
	}
	if to != "" {
		if p.To, err = parseDay("to", to, zone); err != nil {
			return Period{}, err
		}
	}
	if !p.From.Before(p.To) {
		return Period{}, fault.New(fault.InvalidQuery, "from", "the period %s to %s is empty: from is inclusive, to exclusive", Day.Label(p.From), Day.Label(p.To))
	}
	return p, nil
}

// parseDay reads a day strictly.
func parseDay(field, text string, zone *time.Location) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1970 {
		return time.Time{}, fault.New(fault.InvalidQuery, field, "%q is no day; write it like 2026-01-31", text[:min(len(text), 40)])
	}
	return midnight(t.Year(), t.Month(), t.Day(), zone), nil
}

// parseLast reads a period that ends with today, or a month.
func parseLast(last string, today time.Time) (Period, error) {
	y, m, d := today.Date()
	p := Period{From: today, To: Day.Next(today)}
	switch last {
	case "today":
		return p, nil
	case "yesterday":
		return Period{From: midnight(y, m, d-1, today.Location()), To: today}, nil
	case "mtd":
		p.From = midnight(y, m, 1, today.Location())
		return p, nil
	case "ytd":
		p.From = midnight(y, 1, 1, today.Location())
		return p, nil
	}
	if n, ok := days(last); ok {
		p.From = midnight(y, m, d-n+1, today.Location())
		return p, nil
	}
	month, err := time.Parse("2006-01", last)
	if err != nil || month.Year() < 1970 {
		return Period{}, fault.New(fault.InvalidQuery, "last", "%q is no period; %s", last[:min(len(last), 40)], lastHint)
	}
	p.From = midnight(month.Year(), month.Month(), 1, today.Location())
	p.To = Month.Next(p.From)
	return p, nil
}

// days reads "7d": 1 to 9999 days.
func days(last string) (int, bool) {
	digits, ok := strings.CutSuffix(last, "d")
	n, err := strconv.ParseUint(digits, 10, 16)
	return int(n), ok && err == nil && n > 0 && n <= 9999
}

// Fractional reports that within the period the zone's days begin at other than full UTC hours.
func (p Period) Fractional() bool {
	for t := p.From; ; {
		if _, offset := t.Zone(); offset%3600 != 0 {
			return true
		}
		_, end := t.ZoneBounds()
		if end.IsZero() || !end.Before(p.To) {
			return false
		}
		t = end
	}
}

// Buckets are the ends of the period as bucket names, to exclusive.
func (p Period) Buckets() (from, to string) { return bucketFrom(p.From), bucketFrom(p.To) }

// bucketFrom is the least bucket name that begins at t or later: an hour's name stands below its quarters'.
func bucketFrom(t time.Time) string { return Bucket(t.UnixMilli(), t.UTC().Minute() != 0) }

// Grain is how time is cut into rows.
type Grain string

// Grains. A week begins on Monday (ISO 8601).
const (
	Whole Grain = ""
	Hour  Grain = "hour"
	Day   Grain = "day"
	Week  Grain = "week"
	Month Grain = "month"
)

// Start is when the hour, day, week or month of t begins in t's zone; Whole has no start.
func (g Grain) Start(t time.Time) time.Time {
	y, m, d := t.Date()
	switch g {
	case Hour:
		return t.Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
	case Day:
		return midnight(y, m, d, t.Location())
	case Week:
		return midnight(y, m, d-(int(t.Weekday())+6)%7, t.Location())
	case Month:
		return midnight(y, m, 1, t.Location())
	}
	return t
}

// Next is the start after start.
func (g Grain) Next(start time.Time) time.Time {
	y, m, d := start.Date()
	switch g {
	case Hour:
		return start.Add(time.Hour)
	case Day:
		return midnight(y, m, d+1, start.Location())
	case Week:
		return midnight(y, m, d+7, start.Location())
	}
	return midnight(y, m+1, 1, start.Location())
}

// Label names a start: an hour with its offset from UTC, a day, a week by its Monday, a month.
func (g Grain) Label(start time.Time) string {
	switch g {
	case Hour:
		return start.Format(time.RFC3339)
	case Month:
		return start.Format("2006-01")
	}
	return start.Format(time.DateOnly)
}

// midnight is the first moment of a day. Where clocks skip midnight it is the moment they skip to, where midnight comes
// twice the first; time.Date promises neither.
func midnight(y int, m time.Month, d int, zone *time.Location) time.Time {
	noon := time.Date(y, m, d, 12, 0, 0, 0, zone)
	t := noon.Add(-12 * time.Hour)
	changed, _ := noon.ZoneBounds()
	if changed.IsZero() || changed.Before(t.Add(-3*time.Hour)) {
		return t
	}
	if before := changed.Add(-1); before.Day() == noon.Day() {
		h, m, s := before.Clock()
		return before.Add(-time.Duration(h)*time.Hour - time.Duration(m)*time.Minute - time.Duration(s)*time.Second - time.Duration(before.Nanosecond()))
	}
	if changed.After(t) {
		return changed
	}
	return t
}

// ParseGrain finds a grain by name.
func ParseGrain(name string) (Grain, bool) {
	switch g := Grain(strings.ToLower(name)); g {
	case Hour, Day, Week, Month:
		return g, true
	}
	return Whole, false
}
