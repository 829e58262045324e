package attribution

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name    string
		total   int64
		weights []uint64
		want    []int64
	}{
		{"nobody to give to", 100, nil, nil},
		{"thirds tie: the earlier gets the cent", 100, []uint64{1, 1, 1}, []int64{34, 33, 33}},
		{"two cents over", 200, []uint64{1, 1, 1}, []int64{67, 67, 66}},
		{"the largest remainder, not the largest part", 100, []uint64{1, 2, 4}, []int64{14, 29, 57}},
		{"a negative total mirrors", -100, []uint64{1, 1, 1}, []int64{-34, -33, -33}},
		{"nothing to share", 0, []uint64{1, 3}, []int64{0, 0}},
		{"a weight of 0 gets nothing", 7, []uint64{0, 1, 0}, []int64{0, 7, 0}},
		{"weights all 0 share alike", 5, []uint64{0, 0}, []int64{3, 2}},
		{"the largest amount", math.MaxInt64, []uint64{1, 1}, []int64{1 << 62, 1<<62 - 1}},
		{"the smallest amount", math.MinInt64, []uint64{1, 1}, []int64{-1 << 62, -1 << 62}},
		{"the smallest amount to one", math.MinInt64, []uint64{9}, []int64{math.MinInt64}},
		{"weights whose sum overflows", 10, []uint64{math.MaxUint64, math.MaxUint64}, []int64{5, 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Split(c.total, c.weights)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// slowSplit is the definition, in fractions.
func slowSplit(total int64, weights []uint64) []int64 {
	sum, amount := new(big.Int), new(big.Int).Abs(big.NewInt(total))
	for _, w := range weights {
		sum.Add(sum, new(big.Int).SetUint64(w))
	}
	parts, left := make([]*big.Int, len(weights)), new(big.Int).Set(amount)
	rests := make([]*big.Rat, len(weights))
	for i, w := range weights {
		share := new(big.Rat).SetFrac(new(big.Int).Mul(amount, new(big.Int).SetUint64(w)), sum)
		parts[i] = new(big.Int).Quo(share.Num(), share.Denom())
		rests[i] = share.Sub(share, new(big.Rat).SetInt(parts[i]))
		left.Sub(left, parts[i])
	}
	for ; left.Sign() > 0; left.Sub(left, big.NewInt(1)) {
		best := 0
		for i := range rests {
			if rests[i].Cmp(rests[best]) > 0 {
				best = i
			}
		}
		parts[best].Add(parts[best], big.NewInt(1))
		rests[best] = big.NewRat(-1, 1)
	}
	out := make([]int64, len(weights))
	for i, p := range parts {
		if out[i] = p.Int64(); total < 0 {
			out[i] = new(big.Int).Neg(p).Int64()
		}
	}
	return out
}

func TestSplitIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64().Draw(t, "total")
		weights := rapid.SliceOfN(rapid.Uint64Range(0, 1<<56), 1, 100).Draw(t, "weights")
		weights[0]++ // not all 0
		if d := cmp.Diff(slowSplit(total, weights), Split(total, weights)); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

// Small amounts over many touches leave most to the remainders, often equal ones.
func TestSplitOfLittleIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(-100, 100).Draw(t, "total")
		weights := rapid.SliceOfN(rapid.Uint64Range(0, 3), 1, 100).Draw(t, "weights")
		weights[0]++ // not all 0
		if d := cmp.Diff(slowSplit(total, weights), Split(total, weights)); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

func TestAppendSplitKeepsWhatStands(t *testing.T) {
	buffer := make([]int64, 1, 8)
	buffer[0] = 9
	first := AppendSplit(buffer, 100, []uint64{1, 1, 1})
	if d := cmp.Diff([]int64{9, 34, 33, 33, 5}, AppendSplit(first, 5, []uint64{1})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff(first, AppendSplit(first, 5, nil)); d != "" {
		t.Errorf("no weights append nothing (-want +got):\n%s", d)
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(int64(100), uint64(1), uint64(1), uint64(1), 0)
	f.Add(int64(-1), uint64(math.MaxUint64), uint64(1), uint64(0), 3)
	f.Add(int64(math.MinInt64), uint64(0), uint64(0), uint64(0), 40)
	f.Fuzz(func(t *testing.T, total int64, a, b, c uint64, more int) {
		weights := []uint64{a, b, c}
		for range min(max(more, 0), 1000) {
			weights = append(weights, a^b)
		}
		parts := Split(total, weights)
		sum := new(big.Int)
		for i, p := range parts {
			sum.Add(sum, big.NewInt(p))
			if p != 0 && (p < 0) != (total < 0) {
				t.Fatalf("part %d of %d is %d", i, total, p)
			}
		}
		if sum.Cmp(big.NewInt(total)) != 0 {
			t.Fatalf("parts of %d sum to %v", total, sum)
		}
		if total == math.MinInt64 {
			return // its mirror is no int64
		}
		for i, p := range Split(-total, weights) {
			if p != -parts[i] {
				t.Fatalf("part %d of %d is %d and of its mirror %d", i, total, parts[i], p)
			}
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	for _, n := range []int{1, 2, 3, 6, 12} {
		weights := make([]uint64, n)
		fill(weights, 1)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Split(12_345_679, weights)
			}
		})
	}
}
