package attribution

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// path makes touches of the channels in s, a day apart, the last at the conversion.
func path(s string) Path {
	p := Path{Conversion: 1000 * Day}
	names := strings.Fields(s)
	for i, name := range names {
		p.Touches = append(p.Touches, Touch{Time: p.Conversion - int64(len(names)-1-i)*Day, Channel: name, ID: fmt.Sprint("t", i)})
	}
	return p
}

func TestWeights(t *testing.T) {
	for _, c := range []struct {
		name  string
		model Model
		path  string
		want  []uint64
	}{
		{"no touch, no weights", Linear, "", nil},
		{"a model that is not known", "j_curve", "A B", nil},
		{"first", FirstTouch, "A B C", []uint64{1, 0, 0}},
		{"last", LastTouch, "A B C", []uint64{0, 0, 1}},
		{"last that is not direct", LastNonDirect, "A B Direct", []uint64{0, 1, 0}},
		{"all direct: the last", LastNonDirect, "Direct Direct", []uint64{0, 1}},
		{"direct is written so and not otherwise", LastNonDirect, "A direct", []uint64{0, 1}},
		{"linear", Linear, "A A B", []uint64{1, 1, 1}},
		{"position, one", PositionBased, "A", []uint64{1}},
		{"position, two share alike", PositionBased, "A B", []uint64{2, 2}},
		{"position, three: 2/5 1/5 2/5", PositionBased, "A B C", []uint64{2, 1, 2}},
		{"position, four: 4/10 1/10 1/10 4/10", PositionBased, "A B C D", []uint64{4, 1, 1, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Weights(c.model, path(c.path))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestModelsAreKnown(t *testing.T) {
	for _, m := range Models() {
		if !m.Known() || Weights(m, path("A")) == nil {
			t.Errorf("%s is listed and not known", m)
		}
	}
	if Model("shapley").Known() {
		t.Error("shapley is no rule model")
	}
}

func TestEligible(t *testing.T) {
	const conv, back = 100 * Day, 30 * Day
	at := func(id string, ms int64) Touch { return Touch{ID: id, Time: ms} }
	for _, c := range []struct {
		name string
		in   []Touch
		back int64
		want string
	}{
		{"both ends are in", []Touch{at("a", conv-back), at("b", conv)}, back, "a b"},
		{"a millisecond past either end is out", []Touch{at("a", conv-back-1), at("b", conv+1)}, back, ""},
		{"by time, not by arrival", []Touch{at("a", conv), at("b", conv-1)}, back, "b a"},
		{"one instant: by id in byte order", []Touch{at("b", conv), at("a", conv), at("B", conv)}, back, "B a b"},
		{"an id counts once, the first stands", []Touch{at("a", conv-1), at("a", conv)}, back, "a"},
		{"a look-back of nothing holds the instant itself", []Touch{at("a", conv), at("b", conv-1)}, 0, "a"},
		{"a negative look-back holds nothing", []Touch{at("a", conv)}, -1, ""},
		{"absurd times do not wrap", []Touch{at("a", math.MinInt64), at("b", math.MaxInt64)}, math.MaxInt64 / 2, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := append([]Touch(nil), c.in...)
			var ids []string
			for _, touch := range Eligible(c.in, conv, c.back) {
				ids = append(ids, touch.ID)
			}
			if got := strings.Join(ids, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if d := cmp.Diff(before, c.in); d != "" {
				t.Errorf("the input moved:\n%s", d)
			}
		})
	}
}

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

// Whatever the path, every model's weights are as many as the touches, sum to more than 0 and to less than 2^63.
func TestWeightsNeverOverflow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3000).Draw(t, "n")
		p := Path{HalfLife: rapid.Int64Range(-1, 100*Day).Draw(t, "half")}
		gap := rapid.Int64Range(0, Day).Draw(t, "gap")
		for i := range n {
			p.Touches = append(p.Touches, Touch{Time: int64(i) * gap, Channel: []string{Direct, "Email"}[i%2]})
		}
		for _, m := range Models() {
			sum := new(big.Int)
			for _, w := range Weights(m, p) {
				sum.Add(sum, new(big.Int).SetUint64(w))
			}
			if sum.Sign() <= 0 || sum.BitLen() > 63 {
				t.Fatalf("%s of %d touches sums to %v", m, n, sum)
			}
		}
	})
}

func BenchmarkWeights(b *testing.B) {
	for _, n := range []int{1, 2, 3, 6, 12} {
		p := path(strings.Repeat("A ", n))
		for _, m := range Models() {
			b.Run(fmt.Sprintf("%s/%d", m, n), func(b *testing.B) {
				for b.Loop() {
					Weights(m, p)
				}
			})
		}
	}
}
