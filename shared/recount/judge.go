package recount

import (
	"maps"
	"slices"
	"strings"

	"tributary/shared/kpi"
)

// Found is what the lanes of one counter hold together. Used is when one of them was written last, in Unix seconds.
type Found struct {
	Amounts map[kpi.Measure]int64
	Used    int64
}

// Window is what can be judged: buckets in [From, To), whose counters were not written at or after Settled (Unix seconds). In
// younger ones something may still be on its way; in older ones events begin to go, while their counts stay.
type Window struct {
	From, To string
	Settled  int64
}

// Drift is one measure of a counter that is not what it should be.
type Drift struct {
	kpi.Key
	Measure         kpi.Measure
	Expected, Found int64
}

// Verdict is what became of a series: how many counters were judged, and how many could not be yet.
type Verdict struct {
	Judged, Unsettled int
	Drift             []Drift
}

// Judge compares what the counters of a series should hold with what they do, in order of bucket, split and measure.
func Judge(s Series, expected map[Cell]Entry, found map[Cell]Found, w Window) Verdict {
	var v Verdict
	cells := map[Cell]bool{}
	for c := range expected {
		cells[c] = true
	}
	for c := range found {
		cells[c] = true
	}
	for _, c := range slices.SortedFunc(maps.Keys(cells), compareCells) {
		if c.Bucket < w.From || c.Bucket >= w.To {
			continue
		}
		if expected[c].Unsettled || found[c].Used >= w.Settled {
			v.Unsettled++
			continue
		}
		v.Judged++
		v.Drift = append(v.Drift, compare(s, c, expected[c].Amounts, found[c].Amounts)...)
	}
	return v
}

// compare lists the measures that differ; an absent one is 0.
func compare(s Series, c Cell, expected, found map[kpi.Measure]int64) []Drift {
	names := map[kpi.Measure]bool{}
	for m := range expected {
		names[m] = true
	}
	for m := range found {
		names[m] = true
	}
	// Which events were late follows from the streams, which are gone.
	delete(names, kpi.LateEvents)
	var list []Drift
	for _, m := range slices.Sorted(maps.Keys(names)) {
		if expected[m] != found[m] {
			key := kpi.Key{Site: s.Site, Dimension: s.Dimension, Value: s.Value, Bucket: c.Bucket, Split: c.Split}
			list = append(list, Drift{key, m, expected[m], found[m]})
		}
	}
	return list
}

func compareCells(a, b Cell) int {
	if c := strings.Compare(a.Bucket, b.Bucket); c != 0 {
		return c
	}
	return strings.Compare(a.Split, b.Split)
}
