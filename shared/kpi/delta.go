package kpi

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Lanes is how many items share one counter, so that a hot campaign has no hot item; readers sum them. It may grow,
// never shrink.
const Lanes = 8

// Delta is what one batch adds to one counter item, under the fence of design.md section 5: it may be written only
// where the item has no fence of this shard, or one below Low, and leaves the fence at High.
type Delta struct {
	Key
	Lane      int
	Shard     string // 8 bytes of hash in hex: names the fence
	Low, High string // lowest and highest record folded in, padded to 40 digits
	At        int64  // Unix seconds at the time of folding: tells when a fence was used last
	Amounts   map[Measure]int64
}

// Counter is a counter item as it is read.
type Counter struct {
	Key
	Amounts map[Measure]int64
}

// record is one of the batch's records that moves anything.
type record struct{ order, sequence string }

// part is what one record moves of one item.
type part struct {
	record  int // index into Fold.records
	measure Measure
	amount  int64
}

// item gathers the parts of one counter, in the order of the records.
type item struct {
	key   Key
	parts []part
}

// Fold gathers the moves of one batch. It is used by one goroutine; Apply may run once.
type Fold struct {
	shard   string
	lane    int
	at      int64
	records []record
	index   map[Key]int
	items   []item
}

// NewFold begins a batch of a shard; shard is unique among all streams (stream ARN and shard id).
func NewFold(shard string, now time.Time) *Fold {
	h := sha256.Sum256([]byte(shard))
	return &Fold{shard: hex.EncodeToString(h[:8]), lane: int(h[8]) % Lanes, at: now.Unix(), index: map[Key]int{}}
}

// Lane is the lane of the batch's shard.
func (f *Fold) Lane() int { return f.lane }

// Add takes a record's moves: sequence as Lambda gave it, order padded to 40 digits. Moves of zero are left out.
func (f *Fold) Add(order, sequence string, moves []Move) {
	at := len(f.records)
	f.records = append(f.records, record{order: order, sequence: sequence})
	for i := range moves {
		m := &moves[i]
		if m.Amount == 0 {
			continue
		}
		n, ok := f.index[m.Key]
		if !ok {
			n = len(f.items)
			f.index[m.Key] = n
			f.items = append(f.items, item{key: m.Key, parts: make([]part, 0, 4)})
		}
		f.items[n].parts = append(f.items[n].parts, part{record: at, measure: m.Measure, amount: m.Amount})
	}
}

// Deltas lists what a batch adds when nothing of it was delivered before, in the order of first appearance.
func (f *Fold) Deltas() []Delta {
	out := make([]Delta, 0, len(f.items))
	for i := range f.items {
		d, _ := f.delta(&f.items[i], f.items[i].parts)
		out = append(out, d)
	}
	return out
}

// delta sums the parts and leaves sums of zero out; see run.
func (f *Fold) delta(it *item, parts []part) (Delta, []part) {
	d, rest := f.run(it, parts)
	maps.DeleteFunc(d.Amounts, func(_ Measure, n int64) bool { return n == 0 })
	return d, rest
}

// run sums the longest run of parts, whole records from the lowest on, whose sums fit an int64, and returns the
// rest. The order is that of the records, else a fence would pass over some.
func (f *Fold) run(it *item, parts []part) (Delta, []part) {
	d := Delta{Key: it.key, Lane: f.lane, Shard: f.shard, At: f.at, Amounts: make(map[Measure]int64, 4)}
	byOrder := func(a, b part) int { return strings.Compare(f.records[a.record].order, f.records[b.record].order) }
	if !slices.IsSortedFunc(parts, byOrder) {
		slices.SortStableFunc(parts, byOrder)
	}
	d.Low = f.records[parts[0].record].order
	for i := 0; i < len(parts); {
		end := i + 1
		for end < len(parts) && byOrder(parts[i], parts[end]) == 0 {
			end++
		}
		if i > 0 && overflows(d.Amounts, parts[i:end]) {
			return d, parts[i:]
		}
		for _, p := range parts[i:end] {
			d.Amounts[p.measure] += p.amount
		}
		d.High = f.records[parts[i].record].order
		i = end
	}
	return d, nil
}

// overflows reports whether a record's parts would carry a sum beyond an int64.
func overflows(sums map[Measure]int64, parts []part) bool {
	for _, p := range parts {
		was := sums[p.measure]
		if p.amount > 0 && was > math.MaxInt64-p.amount || p.amount < 0 && was < math.MinInt64-p.amount {
			return true
		}
	}
	return false
}
