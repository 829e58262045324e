package figures

import (
	"net/url"
	"slices"
	"time"

	"tributary/shared/fault"
	"tributary/shared/kpi"
)

// readAsOf takes the day at whose end (UTC) figures are asked for as they were known then. What came by then is told from
// what came later by the day on which it came, a day after its hour; so the period must have ended a day before.
func (q *Query) readAsOf(params url.Values) error {
	day := params.Get("as_of")
	if day == "" {
		return nil
	}
	start, err := time.Parse(time.DateOnly, day)
	switch {
	case err != nil:
		return fault.Query("as_of", "write a day as 2026-03-01")
	case q.Period.To.After(start):
		return fault.Query("as_of", "the period must have ended before %s: what comes within a day of its hour belongs to a figure from the first", day)
	case q.fresh:
		return fault.Query("as_of", "under another model, or for a goal by a dimension, figures are made of the records as they are now; leave as_of, model or goal out")
	}
	asked := params.Get("kpis") != ""
	known := slices.DeleteFunc(slices.Clone(q.Names), kpi.OfPeople)
	if asked && len(known) < len(q.Names) {
		return fault.Query("kpis", "figures that count persons are made of the records as they are now, and cannot be had as of a day; leave as_of out, or ask for others")
	}
	q.Names, q.AsOf = known, day
	return nil
}

// knew reports that a counter is part of a figure as it was known at the time that the query asks for.
func (q *Query) knew(c *kpi.Counter) bool { return q.AsOf == "" || c.Late <= q.AsOf }

// asOfTime is the time of which the figures are.
func (q *Query) asOfTime(now time.Time) time.Time {
	day, err := time.Parse(time.DateOnly, q.AsOf)
	if err != nil { // now
		return now.UTC()
	}
	if end := day.AddDate(0, 0, 1); end.Before(now) {
		return end
	}
	return now.UTC()
}
