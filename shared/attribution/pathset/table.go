package pathset

import "math/bits"

// table sums by gram: open addressing in a power of two of slots, at most half of them full. It is some times faster than a
// map, and counting is most of the work. The gram 0, which is none, marks an empty slot.
type table[Sum any] struct {
	slots []slot[Sum]
	used  int
}

type slot[Sum any] struct {
	gram gram
	sum  Sum
}

// at is the sum of a gram, made 0 where it was not there. It is valid until the next call.
func (t *table[Sum]) at(g gram) *Sum {
	if 2*t.used >= len(t.slots) {
		t.grow()
	}
	i := t.find(g)
	if t.slots[i].gram == 0 {
		t.slots[i].gram = g
		t.used++
	}
	return &t.slots[i].sum
}

// find is the gram's slot, or the empty one where it would go.
func (t *table[Sum]) find(g gram) int {
	// Fibonacci hashing: the highest bits of the product depend on every bit of the gram.
	i := int(uint64(g) * 0x9e3779b97f4a7c15 >> (65 - bits.Len(uint(len(t.slots)))))
	for t.slots[i].gram != g && t.slots[i].gram != 0 {
		i = (i + 1) & (len(t.slots) - 1)
	}
	return i
}

func (t *table[Sum]) grow() {
	old := t.slots
	t.slots = make([]slot[Sum], max(64, 2*len(old)))
	for _, s := range old {
		if s.gram != 0 {
			t.slots[t.find(s.gram)] = s
		}
	}
}

// all are the grams and their sums, in no order that means anything.
func (t *table[Sum]) all(yield func(gram, Sum) bool) {
	for _, s := range t.slots {
		if s.gram != 0 && !yield(s.gram, s.sum) {
			return
		}
	}
}
