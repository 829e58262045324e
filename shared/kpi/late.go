package kpi

import "time"

// grace is how long after its bucket has ended something is still in time. A figure is then as people have seen it.
const grace = 24 * time.Hour

// Lateness tells what was counted late, by when its record came into the stream (Unix milliseconds; 0: not known, and
// nothing is late). A record that is delivered again must tell the same time, or it would be counted in two items.
type Lateness struct {
	last string // bucket
	end  int64  // of it, Unix milliseconds
	day  string
}

// LatenessAt is the lateness of records of a time.
func LatenessAt(created int64) Lateness {
	if created == 0 {
		return Lateness{}
	}
	at := time.UnixMilli(created).UTC()
	end := at.Add(-grace).Truncate(time.Hour)
	return Lateness{last: Bucket(end.Add(-time.Hour).UnixMilli(), false), end: end.UnixMilli(), day: at.Format(time.DateOnly)}
}

// Of reports that what happened at a time (Unix milliseconds) is late.
func (l Lateness) Of(time int64) bool { return time < l.end }

// Event is what a late event counts as such.
func (l Lateness) Event(site string, time int64, quarter bool) []Move {
	return []Move{{Key: Key{Site: site, Dimension: BySite, Bucket: Bucket(time, quarter), Late: l.day}, Measure: LateEvents, Amount: 1}}
}

// Mark notes in the moves of a record which of them are late, and reports whether any is.
func (l Lateness) Mark(moves []Move) (any bool) {
	for i := range moves {
		if moves[i].Bucket <= l.last {
			moves[i].Late, any = l.day, true
		}
	}
	return any
}
