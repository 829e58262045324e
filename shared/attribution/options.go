package attribution

import (
	"cmp"
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
	out := make([]Touch, 0, len(touches))
	again := repeats(touches)
	for i := range touches {
		t := &touches[i]
		if !again(i) && o.takes(t, conversion) && !(o.ResetAfterConversion && previous != 0 && t.Time <= previous) {
			out = append(out, *t)
		}
	}
	if o.ExcludeDirect && slices.ContainsFunc(out, notDirect) {
		out = slices.DeleteFunc(out, func(t Touch) bool { return t.Channel == Direct })
	}
	order(out)
	return out
}

// takes reports whether a touch is of the types that count, with none of them in its place, and within its look-back.
func (o *Options) takes(t *Touch, conversion int64) bool {
	lookback := o.Lookback
	if t.Type == Impression {
		lookback = o.ViewLookback
	}
	return o.Counts(t.Type) && within(t.Time, conversion, lookback) && !slices.ContainsFunc(t.Behind, o.Counts)
}

// Counts reports a type of event that is a touch; empty is a visit.
func (o *Options) Counts(kind string) bool {
	kind = cmp.Or(kind, Visit)
	if len(o.Types) == 0 {
		return kind == Visit || kind == Click
	}
	return slices.Contains(o.Types, kind)
}

func notDirect(t Touch) bool { return t.Channel != Direct }

// Eligible is Options.Eligible of touches whose types were chosen before, under one look-back.
func Eligible(touches []Touch, conversion, lookback int64) []Touch {
	out := make([]Touch, 0, len(touches))
	again := repeats(touches)
	for i := range touches {
		if !again(i) && within(touches[i].Time, conversion, lookback) {
			out = append(out, touches[i])
		}
	}
	order(out)
	return out
}

// within compares a difference that is unsigned, so that no time, however absurd, wraps around into the window.
func within(at, conversion, lookback int64) bool {
	return lookback >= 0 && at <= conversion && uint64(conversion)-uint64(at) <= uint64(lookback)
}

// few is how many touches are compared each with each faster than by a map.
const few = 16

// repeats tells of each touch, asked for in order, whether its id came before.
func repeats(touches []Touch) func(int) bool {
	if len(touches) <= few {
		return func(i int) bool {
			for k := range i {
				if touches[k].ID == touches[i].ID {
					return true
				}
			}
			return false
		}
	}
	seen := make(map[string]struct{}, len(touches))
	return func(i int) bool {
		_, again := seen[touches[i].ID]
		seen[touches[i].ID] = struct{}{}
		return again
	}
}

func order(touches []Touch) {
	for i := 1; i < len(touches); i++ {
		if after(&touches[i-1], &touches[i]) { // they come in order, but for what came late
			slices.SortFunc(touches, func(a, b Touch) int { return cmp.Or(cmp.Compare(a.Time, b.Time), strings.Compare(a.ID, b.ID)) })
			return
		}
	}
}

func after(a, b *Touch) bool { return a.Time > b.Time || a.Time == b.Time && a.ID > b.ID }
