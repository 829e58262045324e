package main

import (
	"context"
	"slices"
	"time"

	"tributary/shared/attribution"
	"tributary/shared/kpi"
	"tributary/shared/report"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// headOf takes a site's settings to its report.
func headOf(site *settings.Site, goals []settings.Goal, p report.Period) report.Head {
	primary := site.PrimaryGoals(goals)
	if slices.Equal(primary, []string{settings.DefaultGoal}) {
		primary = nil
	}
	return report.Head{
		Period: p, Goals: primary, Site: site.ID, Currency: site.Currency, Model: attribution.Model(site.Model),
		Lookback: days(site.LookbackDays), HalfLife: days(site.HalfLifeDays), ViewLookback: days(site.ViewLookbackDays),
		Types: site.TouchTypes, ExcludeDirect: site.ExcludeDirect, Reset: site.ResetAfterConversion,
	}
}

func days(n int) int64 { return int64(n) * attribution.Day }

// campaignOf completes a campaign's settings by the site's.
func campaignOf(site *settings.Site, c *settings.Campaign) report.Campaign {
	out := report.Campaign{ID: c.ID, Name: c.Name, Aliases: c.Aliases, TargetCPA: c.TargetCPA, TargetROAS: c.TargetROAS}
	if b := c.Budget; b != nil {
		out.Budget, out.BudgetCurrency, out.BudgetPeriod = b.Amount, b.Currency, b.Period
	}
	if c.Own() {
		own := report.Own(c.Credit(site))
		out.Own = &own
	}
	return out
}

// beside reads what stands beside the conversions: invalid traffic, what people did otherwise, and the totals of the period
// before.
func (t *tables) beside(ctx context.Context, w *work, x *report.Extra) error {
	from, to, err := w.head.Bounds()
	if err != nil {
		return err
	}
	now, err := t.sums(ctx, w, kpi.BySite, "", from, to)
	if err != nil {
		return err
	}
	if x.Quality, err = t.quality(ctx, w, now, from, to); err != nil {
		return err
	}
	if err := t.behaviour(ctx, w, x); err != nil {
		return err
	}
	if before, ok := w.head.Before(); ok {
		x.Before, err = t.before(ctx, w, before)
	}
	return err
}

// quality counts what was left out or came late. Repetitions and refusals are counted by the UTC day on which they came.
func (t *tables) quality(ctx context.Context, w *work, now map[kpi.Measure]int64, from, to int64) (*report.Quality, error) {
	day := func(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.DateOnly) }
	input, err := t.store.InputCounts(ctx, w.site.ID, day(from), day(to-1+attribution.Day))
	if err != nil {
		return nil, err
	}
	bots, clicks, late, duplicates, refused := now[kpi.InvalidImpressions], now[kpi.InvalidClicks], now[kpi.LateEvents], input[store.Duplicates], int64(0)
	for what, n := range input {
		if what != store.Duplicates {
			refused += n
		}
	}
	return &report.Quality{InvalidImpressions: &bots, InvalidClicks: &clicks, Late: &late, Duplicates: &duplicates, Quarantined: &refused}, nil
}

// before reads what the period before came to: whole conversions and revenue are counted by goal.
func (t *tables) before(ctx context.Context, w *work, p report.Period) (*report.Before, error) {
	from, to, err := p.Bounds()
	if err != nil {
		return nil, err
	}
	b := &report.Before{From: p.From, To: p.To}
	for _, goal := range w.site.PrimaryGoals(w.goals) {
		sums, err := t.sums(ctx, w, kpi.ByGoal, goal, from, to)
		if err != nil {
			return nil, err
		}
		b.Conversions += sums[kpi.Conversions]
		b.Value += sums[kpi.RevenueGross]
		b.Net += sums[kpi.RevenueNet]
	}
	costs, err := t.costs(ctx, &w.site, p)
	if err != nil {
		return nil, err
	}
	for _, c := range costs {
		b.Cost += c.Micros
	}
	return b, nil
}

// sums adds one counter's buckets.
func (t *tables) sums(ctx context.Context, w *work, d kpi.Dimension, value string, from, to int64) (map[kpi.Measure]int64, error) {
	fractional := w.site.Fractional()
	counters, err := t.store.Counters(ctx, w.site.ID, d, value, kpi.Bucket(from, fractional), kpi.Bucket(to, fractional))
	if err != nil {
		return nil, err
	}
	sums := map[kpi.Measure]int64{}
	for _, c := range counters {
		for measure, n := range c.Amounts {
			sums[measure] += n
		}
	}
	return sums, nil
}
