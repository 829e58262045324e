// Package recount counts anew what the counters should hold and compares. What is counted is written down in sorted runs,
// which are merged, so that memory stays flat however many counters there are. Pure: no AWS, no settings, no clock.
package recount

import (
	"bufio"
	"cmp"
	"encoding/gob"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tributary/shared/kpi"
)

// Entry is what one counter should hold, as far as one run knows. Unsettled: something that was counted may not have reached
// the counter yet, so that it cannot be judged.
type Entry struct {
	kpi.Key
	Amounts   map[kpi.Measure]int64
	Unsettled bool
}

// Tally sums moves by counter. It is used by one goroutine.
type Tally struct{ sums map[kpi.Key]*Entry }

// Add counts the moves of one event or record. settled tells that they have reached the counters for certain.
func (t *Tally) Add(moves []kpi.Move, settled bool) {
	if t.sums == nil {
		t.sums = map[kpi.Key]*Entry{}
	}
	for _, m := range moves {
		e := t.sums[m.Key]
		if e == nil {
			e = &Entry{Key: m.Key, Amounts: map[kpi.Measure]int64{}}
			t.sums[m.Key] = e
		}
		e.Amounts[m.Measure] += m.Amount
		e.Unsettled = e.Unsettled || !settled
	}
}

// Len is how many counters the tally holds.
func (t *Tally) Len() int { return len(t.sums) }

// Write writes the tally as a run, in order, and empties it.
func (t *Tally) Write(w io.Writer) error {
	buffer := bufio.NewWriter(w)
	out := gob.NewEncoder(buffer)
	for _, k := range slices.SortedFunc(maps.Keys(t.sums), order) {
		if err := out.Encode(t.sums[k]); err != nil {
			return fmt.Errorf("recount: write %v: %w", k, err)
		}
	}
	t.sums = nil
	return buffer.Flush()
}

// order is that of runs: a series of one value of a dimension stands together, by time.
func order(a, b kpi.Key) int {
	return cmp.Or(
		strings.Compare(a.Site, b.Site), strings.Compare(string(a.Dimension), string(b.Dimension)), strings.Compare(a.Value, b.Value),
		strings.Compare(a.Bucket, b.Bucket), strings.Compare(a.Split, b.Split))
}
