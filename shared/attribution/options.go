package attribution

import (
	"slices"
	"strings"
)

// The types of event that may be touches. An impression is a touch only where Options name it, and then has a look-back of
// its own.
const (
	Visit      = "visit"
	Click      = "click"
	Impression = "impression"
)

// Options say which touches may earn credit for a conversion: those of a site or those of a campaign that asks. Look-backs
// are milliseconds.
type Options struct {
	Lookback             int64    // of everything but impressions
	ViewLookback         int64    // of impressions: how long ago something merely seen counts
	Types                []string // the event types that are touches; none: visits and clicks
	ExcludeDirect        bool     // leave out Direct, unless nothing else is left (as GA4 does)
	ResetAfterConversion bool     // only touches after the previous conversion; else touches are used again
}

// Eligible returns the touches that may earn credit for a conversion: those in [conversion-look-back, conversion], both
// ends included, each id once (the first of equal ids stands), ordered by time and then by id in byte order. Previous is
// the person's conversion before this one, 0 for none; only ResetAfterConversion asks for it. Times are Unix milliseconds.
// The input is left as it is.
func (o *Options) Eligible(touches []Touch, conversion, previous int64) []Touch {
	out := once(touches)
	out = slices.DeleteFunc(out, func(t Touch) bool {
		return !o.takes(&t, conversion) || o.ResetAfterConversion && previous != 0 && t.Time <= previous
	})
	if o.ExcludeDirect && slices.ContainsFunc(out, notDirect) {
		out = slices.DeleteFunc(out, func(t Touch) bool { return t.Channel == Direct })
	}
	order(out)
	return out
}

// takes reports whether a touch is of the types that count and within its look-back.
func (o *Options) takes(t *Touch, conversion int64) bool {
	kind, lookback := t.Type, o.Lookback
	switch kind {
	case "":
		kind = Visit
	case Impression:
		lookback = o.ViewLookback
	}
	counts := slices.Contains(o.Types, kind)
	if len(o.Types) == 0 {
		counts = kind == Visit || kind == Click
	}
	return counts && within(t.Time, conversion, lookback)
}

func notDirect(t Touch) bool { return t.Channel != Direct }

// Eligible is Options.Eligible of touches whose types were chosen before, under one look-back.
func Eligible(touches []Touch, conversion, lookback int64) []Touch {
	out := slices.DeleteFunc(once(touches), func(t Touch) bool { return !within(t.Time, conversion, lookback) })
	order(out)
	return out
}

// within compares a difference that is unsigned, so that no time, however absurd, wraps around into the window.
func within(at, conversion, lookback int64) bool {
	return lookback >= 0 && at <= conversion && uint64(conversion)-uint64(at) <= uint64(lookback)
}

// few is how many touches are compared each with each faster than by a map.
const few = 16

// once copies the touches without those whose id came before.
func once(touches []Touch) []Touch {
	out := make([]Touch, 0, len(touches))
	if len(touches) <= few {
		for _, t := range touches {
			if !slices.ContainsFunc(out, func(o Touch) bool { return o.ID == t.ID }) {
				out = append(out, t)
			}
		}
		return out
	}
	seen := make(map[string]struct{}, len(touches))
	for _, t := range touches {
		if _, again := seen[t.ID]; !again {
			seen[t.ID] = struct{}{}
			out = append(out, t)
		}
	}
	return out
}

func order(touches []Touch) {
	slices.SortFunc(touches, func(a, b Touch) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
}
