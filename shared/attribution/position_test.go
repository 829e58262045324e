package attribution

import (
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPosition(t *testing.T) {
	for _, c := range []struct {
		name     string
		position Position
		path     string
		want     []int64 // of 1,000,000
	}{
		{"none given is 40/20/40", Position{}, "A B C", []int64{400e3, 200e3, 400e3}},
		{"30/40/30", Position{3, 4, 3}, "A B C", []int64{300e3, 400e3, 300e3}},
		{"the middle in equal parts", Position{3, 4, 3}, "A B C D", []int64{300e3, 200e3, 200e3, 300e3}},
		{"two: the ends in their own ratio", Position{3, 3, 4}, "A B", []int64{428571, 571429}},
		{"one is everything", Position{0, 1, 0}, "A", []int64{1e6}},
		{"they need not add up to 100", Position{2, 1, 1}, "A B C", []int64{500e3, 250e3, 250e3}},
		{"nothing for the middle", Position{1, 0, 1}, "A B C D", []int64{500e3, 0, 0, 500e3}},
		{"nothing for the first", Position{0, 1, 1}, "A B C", []int64{0, 500e3, 500e3}},
		{"ends worth nothing share alike where there is no middle", Position{0, 1, 0}, "A B", []int64{500e3, 500e3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := path(c.path)
			p.Position = c.position
			if d := cmp.Diff(c.want, Split(1e6, Weights(PositionBased, p))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestPositionBelongsToPositionBasedOnly(t *testing.T) {
	p := path("A B C")
	p.Position = Position{1, 0, 0}
	for m, want := range map[Model][]uint64{JShaped: {1, 1, 3}, InverseJShaped: {3, 1, 1}, PositionBased: {1, 0, 0}} {
		if d := cmp.Diff(want, Weights(m, p)); d != "" {
			t.Errorf("%s (-want +got):\n%s", m, d)
		}
	}
}

// Whatever the shares, the weights sum to more than 0 and less than 2^63, and the ends keep their ratio.
func TestPositionShares(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.OneOf(rapid.Uint32(), rapid.Just(uint32(math.MaxUint32)), rapid.Just(uint32(0)))
		s := Position{share.Draw(t, "first"), share.Draw(t, "middle"), share.Draw(t, "last")}
		w := make([]uint64, rapid.IntRange(2, 5000).Draw(t, "n"))
		s.share(w)
		sum := new(big.Int)
		for _, v := range w {
			sum.Add(sum, new(big.Int).SetUint64(v))
		}
		if sum.Sign() <= 0 || sum.BitLen() > 63 {
			t.Fatalf("%v over %d touches sums to %v", s, len(w), sum)
		}
		if s.First > 0 || s.Last > 0 {
			a := new(big.Int).Mul(new(big.Int).SetUint64(w[0]), big.NewInt(int64(s.Last)))
			b := new(big.Int).Mul(new(big.Int).SetUint64(w[len(w)-1]), big.NewInt(int64(s.First)))
			if a.Cmp(b) != 0 {
				t.Fatalf("%v: the ends weigh %d and %d", s, w[0], w[len(w)-1])
			}
		}
	})
}
