package attribution

import (
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
	weights, sum := normal(weights)
	parts := make([]int64, len(weights))
	amount := magnitude(total)
	left, remainders := floors(parts, amount, weights, sum)
	if left > 0 {
		spread(parts, left, remainders)
	}
	if total < 0 {
		for i := range parts {
			parts[i] = -parts[i]
		}
	}
	return parts
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

// floors fills parts with floor(amount*weight/sum) and returns what is left and the remainders. The product has 128 bits. All
// remainders are over the same sum, so comparing them compares the fractions exactly: thirds tie.
func floors(parts []int64, amount uint64, weights []uint64, sum uint64) (uint64, []uint64) {
	left := amount
	remainders := make([]uint64, len(weights))
	for i, w := range weights {
		hi, lo := bits.Mul64(amount, w)
		quotient, remainder := bits.Div64(hi, lo, sum) // hi < sum, as w <= sum
		parts[i], remainders[i] = int64(quotient), remainder
		left -= quotient
	}
	return left, remainders
}

// spread adds one to the left largest remainders.
func spread(parts []int64, left uint64, remainders []uint64) {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case remainders[a] > remainders[b]:
			return -1
		case remainders[a] < remainders[b]:
			return 1
		}
		return 0
	})
	for _, i := range order[:left] {
		parts[i]++
	}
}
