package attribution

import (
	"cmp"
	"math/bits"
	"slices"
)

// Split shares total among the weights by largest remainder: each part is the floor of its exact share, and what is left
// goes, one unit each, to the largest remainders, the earlier first among equals. The parts always sum to total, and
// those of a negative total mirror those of the positive one. Weights that are all 0 share alike. No weights: nil, and the
// total is the caller's to book as Unattributed.
func Split(total int64, weights []uint64) []int64 {
	if len(weights) == 0 {
		return nil
	}
	return AppendSplit(make([]int64, 0, len(weights)), total, weights)
}

// AppendSplit is Split that appends the parts to a buffer of the caller's.
func AppendSplit(dst []int64, total int64, weights []uint64) []int64 {
	if len(weights) == 0 {
		return dst
	}
	weights, sum := normal(weights)
	dst = slices.Grow(dst, len(weights))[:len(dst)+len(weights)]
	parts := dst[len(dst)-len(weights):]
	var few [32]uint64 // most paths are short: their remainders need no heap
	remainders := few[:0]
	if len(weights) > len(few) {
		remainders = make([]uint64, 0, len(weights))
	}
	remainders = remainders[:len(weights)]
	if left := floors(parts, remainders, magnitude(total), weights, sum); left > 0 {
		spread(parts, left, remainders)
	}
	if total < 0 {
		for i := range parts {
			parts[i] = -parts[i]
		}
	}
	return dst
}

// magnitude is |v|, right for the smallest int64 too.
func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// normal returns weights whose sum is above 0 and fits 64 bits, and that sum. Weights of this package are so already; others
// are scaled down rather than trusted.
func normal(weights []uint64) ([]uint64, uint64) {
	var sum, carry uint64
	for _, w := range weights {
		var c uint64
		sum, c = bits.Add64(sum, w, 0)
		carry |= c
	}
	if carry == 0 && sum > 0 {
		return weights, sum
	}
	scaled := make([]uint64, len(weights))
	shift := bits.Len(uint(len(weights)))
	sum = 0
	for i, w := range weights {
		scaled[i] = 1
		if carry != 0 {
			scaled[i] = w >> shift
		}
		sum += scaled[i]
	}
	return scaled, sum
}

// floors fills parts with floor(amount*weight/sum) and remainders with what the floors dropped, and returns how much is left.
// The product has 128 bits. All remainders are over the same sum, so comparing them compares the fractions exactly: thirds
// tie.
func floors(parts []int64, remainders []uint64, amount uint64, weights []uint64, sum uint64) uint64 {
	left := amount
	for i, w := range weights {
		var quotient uint64
		if w != 0 {
			hi, lo := bits.Mul64(amount, w)
			quotient, remainders[i] = bits.Div64(hi, lo, sum) // hi < sum, as w <= sum
		}
		parts[i] = int64(quotient)
		left -= quotient
	}
	return left
}

// spread adds one to the left largest remainders. More remainders than left are above 0, as each is below the sum that they
// make up left times; so a remainder that is spent can be set to 0.
func spread(parts []int64, left uint64, remainders []uint64) {
	if left > 16 {
		spreadMany(parts, left, remainders)
		return
	}
	for ; left > 0; left-- {
		largest := 0
		for i, r := range remainders {
			if r > remainders[largest] {
				largest = i
			}
		}
		parts[largest]++
		remainders[largest] = 0
	}
}

// spreadMany is spread where sorting once is faster than searching often.
func spreadMany(parts []int64, left uint64, remainders []uint64) {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	for _, i := range order[:left] {
		parts[i]++
	}
}
