package kpi

import "slices"

// What a restatement may be.
const (
	LateEvent  = "late_event" // an event, or a conversion, that came more than a day after its hour
	Removed    = "removed"    // an event was taken back, as a row of spend that a newer file lacks
	Corrected  = "corrected"  // spend that was sent again with another cost
	Refund     = "refund"     // the net value alone
	Revalued   = "value"      // the gross value
	Recounted  = "counted"    // what counts as a conversion or an order, as when one sale turns out to be another's
	Recredited = "credit"     // who earned it: another touch, another person, another model
	Regathered = "record"     // a visit, cart, message, invite or post
)

// Restatement is one change of figures that people may have seen, as they were a day after their hour: what changed, from what
// to what, when (Unix milliseconds) and because of which events.
type Restatement struct {
	Site    string     `json:"site"`
	At      int64      `json:"at"`
	What    string     `json:"what"`
	Because []string   `json:"because,omitempty"` // event ids, the first of them
	Events  int64      `json:"events,omitempty"`  // how many late events this sums up, where they came in bulk
	Record  string     `json:"record,omitempty"`  // what was restated: O#<order>, N#<event>, …
	Changes []Restated `json:"changes"`
	More    int        `json:"more,omitempty"` // further counters
}

// Restated is what an event or record gave one counter before and gives now.
type Restated struct {
	Dimension Dimension `json:"dimension"`
	Value     string    `json:"value,omitempty"`
	Split     string    `json:"split,omitempty"`
	Hour      string    `json:"hour"`
	Measure   Measure   `json:"measure"`
	From      int64     `json:"from"`
	To        int64     `json:"to"`
}

// mostRestated bounds the list of one restatement.
const mostRestated = 24

// Restate lists the late counters that old and now move differently: of the whole site and its goals first.
func (l Lateness) Restate(old, now []Move) (changes []Restated, more int) {
	type place struct {
		Key
		measure Measure
	}
	sums := map[place][2]int64{}
	for i, moves := range [][]Move{old, now} {
		for _, m := range moves {
			if m.Bucket > l.last {
				continue
			}
			m.Late = ""
			both := sums[place{m.Key, m.Measure}]
			both[i] += m.Amount
			sums[place{m.Key, m.Measure}] = both
		}
	}
	for p, both := range sums {
		if both[0] != both[1] {
			changes = append(changes, Restated{p.Dimension, p.Value, p.Split, p.Bucket, p.measure, both[0], both[1]})
		}
	}
	slices.SortFunc(changes, compareRestated)
	if len(changes) > mostRestated {
		return changes[:mostRestated], len(changes) - mostRestated
	}
	return changes, 0
}

// compareRestated orders changes: what is of the whole site comes first.
func compareRestated(a, b Restated) int {
	rank := func(d Dimension) int {
		if i := slices.Index([]Dimension{BySite, ByGoal, ByChannel, ByCampaign}, d); i >= 0 {
			return i
		}
		return 4
	}
	if c := rank(a.Dimension) - rank(b.Dimension); c != 0 {
		return c
	}
	return compare(Move{Key: Key{Dimension: a.Dimension, Value: a.Value, Split: a.Split, Bucket: a.Hour}, Measure: a.Measure},
		Move{Key: Key{Dimension: b.Dimension, Value: b.Value, Split: b.Split, Bucket: b.Hour}, Measure: b.Measure})
}

// Kind tells from what changed what a restated record's change is.
func Kind(changes []Restated) string {
	changed := map[Measure]bool{}
	for _, c := range changes {
		changed[c.Measure] = true
	}
	switch {
	case changed[Conversions] || changed[Orders]:
		return Recounted
	case changed[RevenueGross] && !credited(changes):
		return Revalued
	case changed[Refunds] || changed[NetConversions] || changed[RevenueNet] && !changed[RevenueGross]:
		return Refund
	case changed[ConversionsMicro]:
		return Recredited
	}
	return Regathered
}

// credited reports that what changed is who earned it, and not how much there was.
func credited(changes []Restated) bool {
	for _, c := range changes {
		if c.Dimension == ByGoal && c.Measure == RevenueGross {
			return false
		}
	}
	return true
}
