package pathset

import (
	"math/big"
	"slices"
)

// Shapley shares the totals by the Shapley values of the game in which a set of channels is worth what the paths earned that
// met no other channel. Zhao et al. showed that each path's worth is then shared alike by the channels in it, so that one pass
// does and no coalition is ever looked at. Repeats and order do not matter. Fractions are exact; channels come in order of name.
func (c *Counts) Shapley() ([]Credit, error) {
	whole, err := c.whole()
	if err != nil {
		return nil, err
	}
	names, rank := c.sorted()
	list := make([]Credit, len(names))
	columns := []struct {
		total, scale int64
		of           func(*amounts) int64
		to           func(*Credit) *int64
	}{
		{whole.conversions, micro, func(a *amounts) int64 { return a.conversions }, func(r *Credit) *int64 { return &r.ConversionsMicro }},
		{whole.value, 1, func(a *amounts) int64 { return a.value }, func(r *Credit) *int64 { return &r.Value }},
		{whole.net, 1, func(a *amounts) int64 { return a.net }, func(r *Credit) *int64 { return &r.Net }},
		{whole.netConversions, micro, func(a *amounts) int64 { return a.netConversions }, func(r *Credit) *int64 { return &r.NetConversionsMicro }},
	}
	for _, col := range columns {
		exact := make([]*big.Rat, len(names))
		for i, by := range c.shares {
			exact[rank[i+1]-1] = value(by, col.scale, col.of)
		}
		for i, part := range apportion(col.total, exact) {
			*col.to(&list[i]) = part
		}
	}
	for i, name := range names {
		list[i].Channel = name
	}
	return list, nil
}

// value is what a channel earned: of sets of k channels, a kth each.
func value(by []amounts, scale int64, of func(*amounts) int64) *big.Rat {
	sum := new(big.Rat)
	for i := range by {
		sum.Add(sum, big.NewRat(of(&by[i]), int64(i+1)))
	}
	return sum.Mul(sum, new(big.Rat).SetInt64(scale))
}

// apportion rounds fractions that sum to total to integers that do, by largest remainder, the earlier first among equals. The
// parts of a negative total mirror those of the positive one.
func apportion(total int64, exact []*big.Rat) []int64 {
	parts := make([]int64, len(exact))
	remainders := make([]*big.Rat, len(exact))
	order := make([]int, len(exact))
	left := new(big.Int).Abs(big.NewInt(total))
	for i, x := range exact {
		if total < 0 {
			x = new(big.Rat).Neg(x)
		}
		floor := new(big.Int).Div(x.Num(), x.Denom()) // rounds down below zero too, as the divisor is above it
		remainders[i] = new(big.Rat).Sub(x, new(big.Rat).SetInt(floor))
		parts[i], order[i] = floor.Int64(), i
		left.Sub(left, floor)
	}
	slices.SortStableFunc(order, func(a, b int) int { return remainders[b].Cmp(remainders[a]) })
	for _, i := range order[:left.Int64()] {
		parts[i]++
	}
	if total < 0 {
		for i := range parts {
			parts[i] = -parts[i]
		}
	}
	return parts
}
