package attribution

import (
	"math"
	"math/big"
	"math/bits"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestHalvingsAreRootsOfAHalf(t *testing.T) {
	x := new(big.Float).SetPrec(200).SetFloat64(0.5)
	scale := new(big.Float).SetPrec(200).SetMantExp(big.NewFloat(1), 64)
	for k, got := range halvings {
		x.Sqrt(x)
		exact := new(big.Float).SetPrec(200).Mul(x, scale)
		want, _ := exact.Add(exact, big.NewFloat(0.5)).Uint64()
		if got != want {
			t.Errorf("halvings[%d] = %#x, want %#x", k, got, want)
		}
	}
}

// exactHalved is 2^(-age/half) at 200 bits, by the same roots but with none of the rounding.
func exactHalved(age, half uint64) *big.Float {
	v := new(big.Float).SetPrec(200).SetFloat64(1)
	root := new(big.Float).SetPrec(200).SetFloat64(0.5)
	num, den := new(big.Int).SetUint64(age%half), new(big.Int).SetUint64(half)
	for range 150 {
		root.Sqrt(root)
		if num.Lsh(num, 1); num.Cmp(den) >= 0 {
			num.Sub(num, den)
			v.Mul(v, root)
		}
	}
	return v.SetMantExp(v, -int(age/half))
}

func TestHalvedIsWithinTwoToTheMinus52(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		half := rapid.Uint64Range(1, 400*uint64(Day)).Draw(t, "half")
		age := rapid.Uint64Range(0, 20*half).Draw(t, "age")
		got := new(big.Float).SetPrec(200).SetUint64(halved(age, half, 53))
		diff := got.SetMantExp(got, -53).Sub(got, exactHalved(age, half))
		if limit := big.NewFloat(math.Ldexp(1, -52)); diff.Abs(diff).Cmp(limit) > 0 {
			t.Fatalf("off by %v", diff)
		}
	})
}

// The digits are multiplied from the highest down to the sixtieth and no further: every other way gives other last bits.
func TestHalvedToTheBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		half := rapid.Uint64Range(1, 400*uint64(Day)).Draw(t, "half")
		r := rapid.Uint64Range(0, half-1).Draw(t, "r")
		want := ^uint64(0)
		for k, rest := 0, r; k < len(halvings); k++ {
			if rest *= 2; rest >= half {
				rest -= half
				want, _ = bits.Mul64(want, halvings[k])
			}
		}
		if got := halved(r, half, 63); r > 0 && got != want>>1 {
			t.Fatalf("got %#x, want %#x", got, want>>1)
		}
	})
}

func TestHalvedFallsWithAge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		half := rapid.Uint64Range(1000, 400*uint64(Day)).Draw(t, "half")
		age := rapid.Uint64Range(0, 3*half).Draw(t, "age")
		if a, b := halved(age, half, 53), halved(age+1, half, 53); b >= a {
			t.Fatalf("a millisecond older weighs %d, not less than %d", b, a)
		}
	})
}

// The weights of one path, to the bit: a change here would restate every report.
func TestTimeDecayGolden(t *testing.T) {
	p := Path{Conversion: 5_000_000_000, Touches: []Touch{{Time: 0}, {Time: 604_800_000}, {Time: 1_000_000_007}, {Time: 4_999_999_999}}}
	want := []uint64{0xd4b8081e16447, 0x1a970103c2c88f, 0x29d2d3c1ae2bc6, 0x1000000000000000}
	got := Weights(TimeDecay, p)
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("touch %d: %#x, want %#x", i, got[i], want[i])
		}
	}
}

func TestTimeDecay(t *testing.T) {
	for _, c := range []struct {
		name  string
		times []int64
		half  int64
		want  []int64 // of 1,000,000
	}{
		{"whole half-lives are exact", []int64{0, 7 * Day, 14 * Day}, 0, []int64{142857, 285714, 571429}},
		{"a half-life of its own", []int64{0, Day}, Day, []int64{333333, 666667}},
		{"equal times share alike", []int64{5, 5}, 0, []int64{500000, 500000}},
		{"weeks old with a half-life of a minute", []int64{0, 5 * Day}, 60_000, []int64{0, 1000000}},
		{"as far apart as times can be", []int64{math.MinInt64, math.MaxInt64}, 1, []int64{0, 1000000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Path{HalfLife: c.half}
			for _, ms := range c.times {
				p.Touches = append(p.Touches, Touch{Time: ms})
			}
			if d := cmp.Diff(c.want, Split(1_000_000, Weights(TimeDecay, p))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
