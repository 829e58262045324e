package alert

import (
	"context"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"time"

	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// Figures reads figures of a site as GET /v1/kpis answers these parameters. What cannot be had is a fault.
type Figures interface {
	Lines(ctx context.Context, site settings.Site, params url.Values) ([]Line, error)
}

// Line is one row: the start of its time, where rows are by time, and its figures by name.
type Line struct {
	Start   time.Time
	Figures map[string]kpi.Figure
}

// reading is what figures come to over a window.
type reading map[string]kpi.Figure

// names are the figures that a rule needs.
func names(r *settings.Rule) []string {
	list := append(slices.Sorted(maps.Keys(r.AtLeast)), r.KPI)
	slices.Sort(list)
	return slices.Compact(list)
}

// read reads a window.
func read(ctx context.Context, f Figures, site settings.Site, r *settings.Rule, w Window) (reading, error) {
	lines, err := f.Lines(ctx, site, w.params(r, names(r)))
	if err != nil {
		return nil, err
	}
	sum := reading{}
	for _, l := range lines {
		if w.holds(l.Start) {
			sum.add(l.Figures)
		}
	}
	return sum, nil
}

// add sums counts, and of ratios what they are made of: several rows' ratio is the sum over the sum, never a mean of ratios.
func (r reading) add(figures map[string]kpi.Figure) {
	for name, f := range figures {
		was, seen := r[name]
		switch {
		case !seen:
			r[name] = f
		case f.Den == nil:
			was.Count += f.Count
			r[name] = was
		default:
			was.Num, was.Den = new(big.Rat).Add(was.Num, f.Num), new(big.Rat).Add(was.Den, f.Den)
			r[name] = was
		}
	}
}

// value is a figure's exact value, nil where it has none.
func (r reading) value(name string) *big.Rat {
	f, ok := r[name]
	switch {
	case !ok:
		return nil
	case f.Den == nil:
		return whole(f.Count)
	case f.Den.Sign() == 0:
		return nil
	}
	v := new(big.Rat).Quo(f.Num, f.Den)
	return v.Mul(v, whole(f.Scale))
}

// empty reports a figure of nothing: a count of 0, a ratio without a denominator.
func (r reading) empty(name string) bool {
	v := r.value(name)
	return v == nil || r.counts(name) && v.Sign() == 0
}

// counts reports a figure that is no ratio.
func (r reading) counts(name string) bool { return r[name].Den == nil }

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }
