package alert

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"tributary/shared/budget"
	"tributary/shared/fault"
	"tributary/shared/settings"
)

// paceFrom is the share of a budget's period, one in so many, before which nothing is said of its pace: one ad more or less is any pace then.
const paceFrom = 10

// CheckBudget says what a pace needs of its campaign.
func CheckBudget(campaign string, set *settings.Budget) error {
	switch {
	case set == nil:
		return fault.New(fault.InvalidField, "campaign", "campaign %q has no budget to keep pace with; give it one with PUT /v1/campaigns/{id}", fault.Clip(campaign))
	case set.Period == budget.Total:
		return fault.New(fault.InvalidField, "campaign", "the budget of campaign %q has no end to keep pace with; give it the period day, week or month", fault.Clip(campaign))
	}
	return nil
}

// judgePace compares what was spent with what the budget leaves for the share of its period that is over.
func judgePace(ctx context.Context, f Figures, site settings.Site, r *settings.Rule, set *settings.Budget, now time.Time) (Verdict, error) {
	v := Verdict{Condition: "pace"}
	if err := CheckBudget(r.Campaign, set); err != nil {
		return v, err
	}
	span := budget.SpanOf(set, now, now.Location())
	v.Window.From, v.Window.To = span.From, span.To
	if span.Passed.Cmp(big.NewRat(1, paceFrom)) < 0 {
		v.Silent = fmt.Sprintf("less than a tenth of the budget's %s is over", set.Period)
		return v, nil
	}
	amount, err := budgetMicros(site, set, now)
	if err != nil {
		return v, err
	}
	is, err := read(ctx, f, site, r, v.Window)
	if err != nil {
		return v, err
	}
	v.Before = span.PaceOf(amount, 0).Meant
	if v.Value = is.value(r.KPI); v.Value == nil {
		return v, errors.New("media cost has no value")
	}
	if v.Silent = thin(r, is.value); v.Silent != "" {
		return v, nil
	}
	return v, v.pace(r.Pace)
}

// pace holds the value against both bounds. Where it is beyond neither, the bound is the nearer one.
func (v *Verdict) pace(p *settings.Pace) error {
	for _, b := range [][2]string{{"pace over", p.Over}, {"pace under", p.Under}} {
		if b[1] == "" {
			continue
		}
		share, ok := new(big.Rat).SetString(b[1])
		if !ok {
			return errors.New("its pace is no decimal") // ParseRule lets none through
		}
		bound := share.Mul(share, v.Before)
		if holds := beyond(b[0], v.Value, bound); holds || v.Bound == nil {
			v.Condition, v.Bound, v.Holds = b[0], bound, holds
		}
	}
	return nil
}

// budgetMicros is a budget in millionths of the site's currency, by the rate of the day.
func budgetMicros(site settings.Site, set *settings.Budget, now time.Time) (int64, error) {
	micros, ok := budget.Micros(set, &site, now.UnixMilli())
	if !ok {
		return 0, fault.New(fault.InvalidField, "campaign", "the budget is in %s, and site %q has no rate for it; set fx", set.Currency, site.ID)
	}
	return micros, nil
}
