// Package attribution says which touches a conversion is owed to. A model is a pure function from a path to integer
// weights, and Split shares an amount by them so that the parts sum to the amount to the unit. No float is used anywhere:
// the same path gives the same bits on every CPU. Rules: attribution-models.md sections 1 and 2.
package attribution

import (
	"math/bits"
	"slices"
	"strings"
)

// Model is the name of a rule model as it stands in settings, queries and reports.
type Model string

// The six rule models.
const (
	FirstTouch    Model = "first_touch"
	LastTouch     Model = "last_touch"
	LastNonDirect Model = "last_non_direct"
	Linear        Model = "linear"
	PositionBased Model = "position_based" // 40/20/40
	TimeDecay     Model = "time_decay"     // 2^(-age/half-life)
)

// Direct is the channel that LastNonDirect passes over; Unattributed is the pseudo-channel of conversions without a touch.
const (
	Direct       = "Direct"
	Unattributed = "(unattributed)"
)

// Day is 24 hours in milliseconds; look-backs and half-lives are absolute, with no calendar and no summer time.
const Day int64 = 24 * 60 * 60 * 1000

// DefaultHalfLife is seven days in milliseconds, as Google Ads and Adobe have it.
const DefaultHalfLife = 7 * Day

// Models lists every model in the order in which reports show them.
func Models() []Model {
	return []Model{FirstTouch, LastTouch, LastNonDirect, Linear, PositionBased, TimeDecay}
}

// Known reports whether m is one of Models.
func (m Model) Known() bool { return slices.Contains(Models(), m) }

// Touch is one marketing contact. Time is Unix milliseconds.
type Touch struct {
	Time    int64
	Channel string
	ID      string // the event's id: orders touches of one instant, and one id counts once
}

// Path is what led to one conversion: its touches, oldest first, the conversion's own time, and the half-life of
// TimeDecay, both in milliseconds (half-life 0 or less: DefaultHalfLife).
type Path struct {
	Touches    []Touch
	Conversion int64
	HalfLife   int64
}

// Eligible returns the touches that may earn credit for a conversion: those in [conversion-lookback, conversion], both ends
// included, each id once (the first of equal ids stands), ordered by time and then by id in byte order. The input is left
// as it is. Times and the look-back are milliseconds; the input holds touches only, without impressions and bots.
func Eligible(touches []Touch, conversion, lookback int64) []Touch {
	if lookback < 0 {
		return nil
	}
	out := make([]Touch, 0, len(touches))
	seen := make(map[string]struct{}, len(touches))
	for _, t := range touches {
		if _, again := seen[t.ID]; again {
			continue
		}
		seen[t.ID] = struct{}{}
		// The difference is unsigned, so that no time, however absurd, wraps around into the window.
		if t.Time <= conversion && uint64(conversion)-uint64(t.Time) <= uint64(lookback) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Touch) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// Weights returns one integer weight a touch; a touch's credit is its weight over their sum, which is above 0 and below
// 2^63 for any number of touches. A path without touches, or a model that is not known, has no weights: nil.
func Weights(m Model, p Path) []uint64 {
	n := len(p.Touches)
	if n == 0 {
		return nil
	}
	w := make([]uint64, n)
	switch m {
	case FirstTouch:
		w[0] = 1
	case LastTouch:
		w[n-1] = 1
	case LastNonDirect:
		w[lastNonDirect(p.Touches)] = 1
	case Linear:
		fill(w, 1)
	case PositionBased:
		positionBased(w)
	case TimeDecay:
		timeDecay(w, p)
	default:
		return nil
	}
	return w
}

// lastNonDirect finds the youngest touch that is not direct, or the youngest when all are.
func lastNonDirect(touches []Touch) int {
	for i := len(touches) - 1; i >= 0; i-- {
		if touches[i].Channel != Direct {
			return i
		}
	}
	return len(touches) - 1
}

// positionBased gives 40 % to each end and 20 % to the middle, which is 2(n-2) : 1 : … : 1 : 2(n-2). Without a middle the
// ends share alike.
func positionBased(w []uint64) {
	n := len(w)
	fill(w, 1)
	if n > 2 {
		w[0], w[n-1] = 2*uint64(n-2), 2*uint64(n-2)
	}
}

// timeDecay takes ages from the youngest touch, not from the conversion: the ratios are the same, and a path whose touches
// are all thousands of half-lives old has no 0/0 (J54).
func timeDecay(w []uint64, p Path) {
	half := p.HalfLife
	if half <= 0 {
		half = DefaultHalfLife
	}
	youngest := p.Touches[0].Time
	for _, t := range p.Touches {
		youngest = max(youngest, t.Time)
	}
	// One is the largest power of two of which len(w) still sum below 2^63: 2^53 for 1,000 touches.
	one := 63 - bits.Len(uint(len(w)))
	for i, t := range p.Touches {
		w[i] = halved(uint64(youngest)-uint64(t.Time), uint64(half), one)
	}
}

func fill(w []uint64, v uint64) {
	for i := range w {
		w[i] = v
	}
}
