// Package attribution says which touches a conversion is owed to. A model is a pure function from a path to integer
// weights, and Split shares an amount by them so that the parts sum to the amount to the unit. No float is used anywhere:
// the same path gives the same bits on every CPU. Rules: attribution-models.md sections 1 and 2.
package attribution

import (
	"math/bits"
	"slices"
)

// Model is the name of a rule model as it stands in settings, queries and reports.
type Model string

// The rule models.
const (
	FirstTouch     Model = "first_touch"
	LastTouch      Model = "last_touch"
	LastNonDirect  Model = "last_non_direct"
	Linear         Model = "linear"
	PositionBased  Model = "position_based"   // 40/20/40, or Path.Position
	JShaped        Model = "j_shaped"         // 20/20/60
	InverseJShaped Model = "inverse_j_shaped" // 60/20/20
	TimeDecay      Model = "time_decay"       // 2^(-age/half-life)
	WShaped        Model = "w_shaped"         // 30 % each: first touch, lead, opportunity or else last; 10 % before the last of them
	FullPath       Model = "full_path"        // 22.5 % each: first touch, lead, opportunity, last; 10 % between
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

// Models lists every model in the order in which reports show them. Participation is none of them: its credit sums to more
// than one conversion.
func Models() []Model {
	return []Model{FirstTouch, LastTouch, LastNonDirect, Linear, PositionBased, JShaped, InverseJShaped, TimeDecay, WShaped, FullPath}
}

// Known reports whether m is one of Models.
func (m Model) Known() bool { return slices.Contains(Models(), m) }

// Touch is one marketing contact. Time is Unix milliseconds.
type Touch struct {
	Time    int64
	Channel string
	ID      string // the event's id: orders touches of one instant, and one id counts once
	Type    string // the event's type; empty: visit
	// Behind are types of touches that stand for this one, as a visit does for the click that it followed: where one of them counts,
	// this one does not.
	Behind []string
}

// Path is what led to one conversion: its touches, oldest first, the conversion's own time, and what single models need.
// Times are Unix milliseconds.
type Path struct {
	Touches     []Touch
	Conversion  int64
	HalfLife    int64    // milliseconds, of TimeDecay; 0 or less: DefaultHalfLife
	Lead        int64    // when the person became a lead, for WShaped and FullPath; 0: never
	Opportunity int64    // when an opportunity was made of the lead, likewise
	Position    Position // the shares of PositionBased; all 0: 40/20/40
}

// Weights returns one integer weight a touch; a touch's credit is its weight over their sum, which is above 0 and below
// 2^63 for any number of touches. A path without touches, or a model that is not known, has no weights: nil.
func Weights(m Model, p Path) []uint64 {
	if w := AppendWeights(make([]uint64, 0, len(p.Touches)), m, &p); len(w) > 0 {
		return w
	}
	return nil
}

// AppendWeights is Weights that appends to a buffer of the caller's.
func AppendWeights(dst []uint64, m Model, p *Path) []uint64 {
	before, n := len(dst), len(p.Touches)
	if n == 0 {
		return dst
	}
	dst = slices.Grow(dst, n)[:before+n]
	w := dst[before:]
	clear(w)
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
		p.Position.share(w)
	case JShaped:
		Position{1, 1, 3}.share(w)
	case InverseJShaped:
		Position{3, 1, 1}.share(w)
	case TimeDecay:
		timeDecay(w, p)
	case WShaped:
		wShaped(w, p)
	case FullPath:
		fullPath(w, p)
	default:
		return dst[:before]
	}
	return dst
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

// timeDecay takes ages from the youngest touch, not from the conversion: the ratios are the same, and a path whose touches
// are all thousands of half-lives old has no 0/0 (J54).
func timeDecay(w []uint64, p *Path) {
	half := p.HalfLife
	if half <= 0 {
		half = DefaultHalfLife
	}
	youngest := p.Touches[0].Time
	for i := range p.Touches {
		youngest = max(youngest, p.Touches[i].Time)
	}
	// One is the largest power of two of which len(w) still sum below 2^63: 2^53 for 1,000 touches.
	one := 63 - bits.Len(uint(len(w)))
	for i := range p.Touches {
		w[i] = halved(uint64(youngest)-uint64(p.Touches[i].Time), uint64(half), one)
	}
}

func fill(w []uint64, v uint64) {
	for i := range w {
		w[i] = v
	}
}
