package journey

import (
	"math/big"
	"slices"
)

// Funnel counts how far visits come through some steps: closed, each step at or after the chosen time of the one before,
// whatever happens between; the chosen time is the first such (kpis.md). It is used by one goroutine.
type Funnel struct {
	steps   []string
	reached []int64
	gaps    [][]int64 // by step, how long those took who reached the next, in milliseconds
}

// stepVisit is the step that every visit takes when it begins. Visits that went no further have no record: who knows how
// many began says so (Begun).
const stepVisit = "visit"

// NewFunnel makes a funnel of at least one step.
func NewFunnel(steps []string) *Funnel {
	return &Funnel{steps: steps, reached: make([]int64, len(steps)), gaps: make([][]int64, len(steps))}
}

// FromVisits reports that the funnel begins with the visit itself.
func (f *Funnel) FromVisits() bool { return f.steps[0] == stepVisit }

// Begun sets how many visits entered a funnel that begins with them.
func (f *Funnel) Begun(visits int64) { f.reached[0] = visits }

// Add takes a visit through the funnel.
func (f *Funnel) Add(t *Told) {
	at := int64(0)
	for i, step := range f.steps {
		times := t.Times(step)
		next := slices.IndexFunc(times, func(when int64) bool { return when >= at })
		if next < 0 {
			return
		}
		if f.reached[i]++; i > 0 {
			f.gaps[i-1] = append(f.gaps[i-1], times[next]-at)
		}
		at = times[next]
	}
}

// Step is one step of a funnel. DropOff is the share of those who reached it that came no further, Median how many
// milliseconds the others took to the next; both nil of the last step, and where nobody is meant.
type Step struct {
	Name    string
	Reached int64
	DropOff *big.Rat
	Median  *big.Rat
}

// Result are the steps, and the bottleneck: the step with the greatest drop-off, the earliest of several; empty when
// nobody came so far.
func (f *Funnel) Result() (steps []Step, bottleneck string) {
	var worst *big.Rat
	for i, name := range f.steps {
		s := Step{Name: name, Reached: f.reached[i], Median: median(f.gaps[i])}
		if i+1 < len(f.steps) && s.Reached > 0 {
			s.DropOff = big.NewRat(s.Reached-f.reached[i+1], s.Reached)
			if worst == nil || s.DropOff.Cmp(worst) > 0 {
				worst, bottleneck = s.DropOff, name
			}
		}
		steps = append(steps, s)
	}
	return steps, bottleneck
}

// median is the middle one, or the mean of the middle two; nil of none. It sorts the list.
func median(list []int64) *big.Rat {
	n := len(list)
	if n == 0 {
		return nil
	}
	slices.Sort(list)
	return big.NewRat(list[(n-1)/2]+list[n/2], 2)
}
