package kpi

import "time"

// grace is how long after its bucket has ended something is still in time. A figure is then as people have seen it.
const grace = 24 * time.Hour

// Lateness tells what was counted late, by when its record came into the stream (Unix milliseconds; 0: not known, and
// nothing is late). A record that is delivered again must tell the same time, or it would be counted in two items.
type Lateness struct {
	last string // bucket
	day  string
}

// LatenessAt is the lateness of records of a time.
func LatenessAt(created int64) Lateness {
	if created == 0 {
		return Lateness{}
	}
	at := time.UnixMilli(created).UTC()
	return Lateness{last: Bucket(at.Add(-grace-time.Hour).UnixMilli(), false), day: at.Format(time.DateOnly)}
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
