package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"time"

	"tributary/shared/fault"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// Verdict is what a rule comes to at a time. Value, Bound and Before are exact and in the KPI's own unit; nil is none.
type Verdict struct {
	Holds     bool
	Condition string // above, below, rises, falls, pace over, pace under
	Window    Window
	Value     *big.Rat
	Bound     *big.Rat // what Value lies beyond, or does not
	Before    *big.Rat // mean of the same weekdays; of a threshold the period before; of a pace what was due
	Weeks     int      // behind the mean
	// Silent says why nothing can be said; then the rule does not hold.
	Silent string
}

// Judge says whether a rule holds at a time; budget is that of the rule's campaign, nil where it has none. A rule that cannot be
// judged, as after the site's settings have changed, is silent; an error is a failure to read.
func Judge(ctx context.Context, f Figures, site settings.Site, r *settings.Rule, budget *settings.Budget, now time.Time) (Verdict, error) {
	now = now.In(site.Location())
	v, err := judge(ctx, f, site, r, budget, now)
	if refused := fault.Of(err); refused != nil && refused.Code.Status() == http.StatusBadRequest {
		v.Holds, v.Silent, err = false, refused.Message, nil
	}
	if err != nil {
		return Verdict{}, fmt.Errorf("alert: rule %q of %q: %w", r.ID, site.ID, err)
	}
	return v, nil
}

func judge(ctx context.Context, f Figures, site settings.Site, r *settings.Rule, budget *settings.Budget, now time.Time) (Verdict, error) {
	v := Verdict{Window: current(r, now)}
	v.Condition, _ = r.Condition()
	switch {
	case r.Pace != nil:
		return judgePace(ctx, f, site, r, budget, now)
	case v.Window.ByHour && v.Window.Until == 0:
		v.Silent = "no hour of the day is over yet"
		return v, nil
	}
	is, err := read(ctx, f, site, r, v.Window)
	if err != nil {
		return v, err
	}
	if v.Value = is.value(r.KPI); v.Value == nil {
		v.Silent = "it has no value, for its denominator is 0"
		return v, nil
	}
	if changes(r) {
		return judgeChange(ctx, f, site, r, v, is)
	}
	return judgeThreshold(ctx, f, site, r, v, is)
}

// judgeThreshold compares with the bound that the rule names. What it was before is read only where it holds.
func judgeThreshold(ctx context.Context, f Figures, site settings.Site, r *settings.Rule, v Verdict, is reading) (Verdict, error) {
	_, bound := r.Condition()
	var ok bool
	if v.Bound, ok = new(big.Rat).SetString(bound); !ok {
		return v, errors.New("its bound is no decimal") // ParseRule lets none through
	}
	if v.Silent = thin(r, is.value); v.Silent != "" {
		return v, nil
	}
	if v.Holds = beyond(v.Condition, v.Value, v.Bound); !v.Holds {
		return v, nil
	}
	p := kpi.Period{From: v.Window.From, To: v.Window.To}.Before()
	was, err := read(ctx, f, site, r, Window{From: p.From, To: p.To})
	if err != nil {
		return v, err
	}
	v.Before = was.value(r.KPI)
	return v, nil
}

// beyond reports that a value lies beyond its bound; at the bound it does not.
func beyond(condition string, value, bound *big.Rat) bool {
	if condition == "below" || condition == "falls" || condition == "pace under" {
		return value.Cmp(bound) < 0
	}
	return value.Cmp(bound) > 0
}

// judgeChange compares with the mean of the same weekdays: of counts their mean, of ratios the sum over the sum.
func judgeChange(ctx context.Context, f Figures, site settings.Site, r *settings.Rule, v Verdict, is reading) (Verdict, error) {
	past, weeks, err := readPast(ctx, f, site, r, v.Window)
	if err != nil {
		return v, err
	}
	v.Weeks, v.Before = weeks, past.mean(r.KPI, weeks)
	switch {
	case v.Before == nil:
		v.Silent = "there is nothing on the same weekdays before to compare with"
	case v.Before.Sign() == 0:
		v.Silent = "it was 0 on the same weekdays before"
	default:
		v.Silent = thinChange(r, is, past, weeks)
	}
	if v.Silent != "" {
		return v, nil
	}
	_, share := r.Condition()
	by, ok := new(big.Rat).SetString(share)
	if !ok {
		return v, errors.New("its share is no decimal") // ParseRule lets none through
	}
	if v.Condition == "falls" {
		by.Neg(by)
	}
	v.Bound = by.Mul(by, new(big.Rat).Abs(v.Before)) // what is below 0 falls away from 0
	v.Bound.Add(v.Bound, v.Before)
	v.Holds = beyond(v.Condition, v.Value, v.Bound)
	return v, nil
}

// readPast adds up the weeks before, from the first on in which there was anything: weeks from before a site, or a campaign, was
// there are no zeros.
func readPast(ctx context.Context, f Figures, site settings.Site, r *settings.Rule, w Window) (sum reading, weeks int, err error) {
	list := make([]reading, 0, pastWeeks)
	for _, one := range w.past(r.Over) {
		is, err := read(ctx, f, site, r, one)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, is)
	}
	for len(list) > 0 && list[len(list)-1].empty(r.KPI) {
		list = list[:len(list)-1]
	}
	sum = reading{}
	for _, is := range list {
		sum.add(is)
	}
	return sum, len(list), nil
}

// mean is the value of a sum over weeks; nil where there is none.
func (r reading) mean(name string, weeks int) *big.Rat {
	v := r.value(name)
	if v == nil || weeks == 0 || !r.counts(name) {
		return v
	}
	return v.Quo(v, whole(int64(weeks)))
}

// thin says which count is too small to judge by; empty where none is.
func thin(r *settings.Rule, count func(name string) *big.Rat) string {
	for _, name := range slices.Sorted(maps.Keys(r.AtLeast)) {
		if n := count(name); n == nil || n.Cmp(whole(r.AtLeast[name])) < 0 {
			return fmt.Sprintf("%s is below %d", name, r.AtLeast[name])
		}
	}
	return ""
}

// thinChange wants enough on both sides of a ratio, and on either side of a count: one that falls to nothing is no thin data.
func thinChange(r *settings.Rule, is, past reading, weeks int) string {
	before := func(name string) *big.Rat { return past.mean(name, weeks) }
	now, then := thin(r, is.value), thin(r, before)
	if is.counts(r.KPI) && (now == "" || then == "") {
		return ""
	}
	return cmp.Or(now, then)
}
