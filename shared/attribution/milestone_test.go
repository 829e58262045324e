package attribution

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Touches are a day apart from day 1 on; lead and chance are days, with 0 for none.
func TestMilestones(t *testing.T) {
	for _, c := range []struct {
		name         string
		touches      int
		lead, chance int64
		wShaped      []int64 // of 1,000,000
		fullPath     []int64
	}{
		{"one touch is everything", 1, 0, 0, []int64{1e6}, []int64{1e6}},
		{"no stages: first and last, 10 % between", 4, 0, 0, []int64{450e3, 50e3, 50e3, 450e3}, []int64{450e3, 50e3, 50e3, 450e3}},
		{"all stages on touches of their own", 5, 2, 4, []int64{300e3, 300e3, 100e3, 300e3, 0}, []int64{225e3, 225e3, 100e3, 225e3, 225e3}},
		{"nothing between: the 10 % goes to the milestones", 3, 2, 3, []int64{333334, 333333, 333333}, []int64{250e3, 250e3, 500e3}},
		{"an opportunity before the lead", 5, 4, 2, []int64{300e3, 300e3, 100e3, 300e3, 0}, []int64{225e3, 225e3, 100e3, 225e3, 225e3}},
		{"a lead before any touch is missing", 3, -1, 2, []int64{500e3, 500e3, 0}, []int64{300e3 + 33334, 333333, 333333}},
		{"an opportunity before any touch is missing, not the last touch", 3, 2, -1, []int64{500e3, 500e3, 0}, []int64{333334, 333333, 333333}},
		{"both before any touch: the first touch", 2, -1, -1, []int64{1e6, 0}, []int64{500e3, 500e3}},
		{"one touch of all stages before the last", 3, 1, 1, []int64{1e6, 0, 0}, []int64{675e3, 100e3, 225e3}},
		{"lead and last on one touch", 3, 3, 0, []int64{300e3, 100e3, 600e3}, []int64{300e3, 100e3, 600e3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Path{Conversion: 100 * Day, Lead: c.lead * Day, Opportunity: c.chance * Day}
			for i := range c.touches {
				p.Touches = append(p.Touches, Touch{Time: int64(i+1) * Day})
			}
			if d := cmp.Diff(c.wShaped, Split(1e6, Weights(WShaped, p))); d != "" {
				t.Errorf("w_shaped (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.fullPath, Split(1e6, Weights(FullPath, p))); d != "" {
				t.Errorf("full_path (-want +got):\n%s", d)
			}
		})
	}
}

func TestStage(t *testing.T) {
	touches := []Touch{{Time: 10}, {Time: 20}, {Time: 20}, {Time: 30}}
	for _, c := range []struct {
		name string
		at   int64
		want int
	}{
		{"no event", 0, missing},
		{"before any touch", 9, missing},
		{"at the very touch", 10, 0},
		{"of two at one instant the later by id", 20, 2},
		{"a millisecond before the next", 29, 2},
		{"after all", 1 << 60, 3},
	} {
		if got := stage(touches, c.at); got != c.want {
			t.Errorf("%s: touch %d, want %d", c.name, got, c.want)
		}
	}
}

// slowMilestones is the rule in fractions, as attribution-models.md words it.
func slowMilestones(n int, at ...int) []*big.Rat {
	credit, held := make([]*big.Rat, n), map[int]bool{}
	for i := range credit {
		credit[i] = new(big.Rat)
	}
	stages, last := int64(0), 0
	for _, i := range at {
		if i != missing {
			stages, held[i], last = stages+1, true, max(last, i)
		}
	}
	others := int64(0)
	for i := range last {
		if !held[i] {
			others++
		}
	}
	share := big.NewRat(9, 10*stages)
	if others == 0 {
		share = big.NewRat(1, stages)
	}
	for _, i := range at {
		if i != missing {
			credit[i].Add(credit[i], share)
		}
	}
	for i := range last {
		if !held[i] {
			credit[i] = big.NewRat(1, 10*others)
		}
	}
	return credit
}

func TestMilestonesAreTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		stage := rapid.IntRange(missing, n-1)
		at := []int{0, stage.Draw(t, "lead"), stage.Draw(t, "opportunity"), rapid.SampledFrom([]int{n - 1, missing}).Draw(t, "last")}
		weights := make([]uint64, n)
		milestones(weights, at...)
		want := slowMilestones(n, at...)
		for i, got := range credits(weights) {
			if got.Cmp(want[i]) != 0 {
				t.Fatalf("touch %d of %d with milestones %v: %v, want %v", i, n, at, got, want[i])
			}
		}
	})
}
