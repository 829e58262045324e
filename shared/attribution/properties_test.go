package attribution

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyPath draws a path as Eligible leaves them, with or without stages, some before the first touch or after the last.
func anyPath(t *rapid.T, most int) Path {
	p := Path{HalfLife: rapid.Int64Range(-1, 100*Day).Draw(t, "half"), Conversion: 1000 * Day}
	event := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(1, 1000*Day))
	p.Lead, p.Opportunity = event.Draw(t, "lead"), event.Draw(t, "opportunity")
	n := rapid.IntRange(1, most).Draw(t, "n")
	gap := rapid.Int64Range(0, 999*Day/int64(n)).Draw(t, "gap")
	channels := rapid.SliceOfN(rapid.SampledFrom([]string{Direct, "Email", "Display"}), 1, 7).Draw(t, "channels")
	for i := range n {
		p.Touches = append(p.Touches, Touch{Time: Day + int64(i)*gap, Channel: channels[i%len(channels)], ID: fmt.Sprintf("t%04d", i)})
	}
	return p
}

// Whatever the path, every model's weights are as many as the touches, sum to more than 0 and to less than 2^63.
func TestWeightsNeverOverflow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPath(t, 3000)
		for _, m := range Models() {
			weights, sum := Weights(m, p), new(big.Int)
			for _, w := range weights {
				sum.Add(sum, new(big.Int).SetUint64(w))
			}
			if len(weights) != len(p.Touches) || sum.Sign() <= 0 || sum.BitLen() > 63 {
				t.Fatalf("%s of %d touches: %d weights sum to %v", m, len(p.Touches), len(weights), sum)
			}
		}
	})
}

// Under every model the parts of any amount sum to it exactly, and no part is further than one unit from its exact share.
func TestPartsSumToTheAmountUnderEveryModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, total := anyPath(t, 40), rapid.Int64().Draw(t, "total")
		for _, m := range Models() {
			weights, sum := Weights(m, p), new(big.Int)
			shares := credits(weights)
			for i, part := range Split(total, weights) {
				sum.Add(sum, big.NewInt(part))
				off := new(big.Rat).Mul(shares[i], new(big.Rat).SetInt64(total))
				if off.Sub(off, new(big.Rat).SetInt64(part)).Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
					t.Fatalf("%s: touch %d of %d gets %d of %d by %v", m, i, len(weights), part, total, weights)
				}
			}
			if sum.Cmp(big.NewInt(total)) != 0 {
				t.Fatalf("%s: the parts of %d sum to %v", m, total, sum)
			}
		}
	})
}

// A path read from its end turns each of these models into its mirror.
func TestModelsMirror(t *testing.T) {
	mirror := map[Model]Model{
		FirstTouch: LastTouch, LastTouch: FirstTouch, Linear: Linear, PositionBased: PositionBased, JShaped: InverseJShaped, InverseJShaped: JShaped,
	}
	rapid.Check(t, func(t *rapid.T) {
		p := anyPath(t, 40)
		back := p
		back.Touches = slices.Clone(p.Touches)
		slices.Reverse(back.Touches)
		for m, other := range mirror {
			want := Weights(other, back)
			slices.Reverse(want)
			if d := cmp.Diff(want, Weights(m, p)); d != "" {
				t.Fatalf("%s is not %s from the end (-want +got):\n%s", m, other, d)
			}
		}
	})
}

// Linear and time decay ask when a touch was and not where in the path: a touch keeps its weight wherever it stands.
func TestModelsWithoutOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPath(t, 40)
		shuffled := p
		shuffled.Touches = rapid.Permutation(p.Touches).Draw(t, "shuffled")
		for _, m := range []Model{Linear, TimeDecay} {
			byID := map[string]uint64{}
			for i, w := range Weights(m, p) {
				byID[p.Touches[i].ID] = w
			}
			for i, w := range Weights(m, shuffled) {
				if want := byID[shuffled.Touches[i].ID]; w != want {
					t.Fatalf("%s: touch %s weighs %d, and %d elsewhere in the path", m, shuffled.Touches[i].ID, want, w)
				}
			}
		}
	})
}

// All models but last non-direct are blind to what the channels are called.
func TestModelsDoNotReadChannels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPath(t, 40)
		other := p
		other.Touches = slices.Clone(p.Touches)
		for i := range other.Touches {
			other.Touches[i].Channel = "Other"
		}
		for _, m := range Models() {
			if d := cmp.Diff(Weights(m, p), Weights(m, other)); d != "" && m != LastNonDirect {
				t.Fatalf("%s (-before +after):\n%s", m, d)
			}
		}
	})
}
