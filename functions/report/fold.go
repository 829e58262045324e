package main

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/report"
	"tributary/shared/settings"
)

// Count sums the conversions of a period from the counters of the site's primary goals.
func (t *tables) Count(ctx context.Context, site settings.Site, p report.Period) (int64, error) {
	w, err := t.work(ctx, site, p)
	if err != nil {
		return 0, err
	}
	from, to, err := p.Bounds()
	if err != nil {
		return 0, err
	}
	var n int64
	for _, goal := range w.site.PrimaryGoals(w.goals) {
		sums, err := t.sums(ctx, w, kpi.ByGoal, goal, from, to)
		if err != nil {
			return 0, err
		}
		n += sums[kpi.Conversions]
	}
	return n, nil
}

// Head reads the settings of a site and its campaigns.
func (t *tables) Head(ctx context.Context, site settings.Site, p report.Period) (report.Head, error) {
	w, err := t.work(ctx, site, p)
	if err != nil {
		return report.Head{}, err
	}
	return w.head, nil
}

// Fold reads one slice of the range index and folds it. The part is of h: settings that changed since do not go into it.
func (t *tables) Fold(ctx context.Context, site settings.Site, h report.Head, s slice, row func(*report.Credited) error) (*report.Part, error) {
	w, err := t.work(ctx, site, h.Period)
	if err != nil {
		return nil, err
	}
	part := report.NewPart(h)
	part.Emit(row)
	for c, err := range t.inSlice(ctx, w, s) {
		if err != nil {
			return nil, err
		}
		if err := part.Add(&c); err != nil {
			return nil, err
		}
	}
	return part, nil
}

// inSlice reads the conversions of one slice, in order of time. A few hundred are held.
func (t *tables) inSlice(ctx context.Context, w *work, s slice) iter.Seq2[report.Conversion, error] {
	primary := w.site.PrimaryGoals(w.goals)
	return func(yield func(report.Conversion, error) bool) {
		for r, err := range t.store.RecordsInBucket(ctx, w.site.ID, journey.KindConversion, s.Bucket, s.From, s.To) {
			var c journey.Conversion
			if err == nil {
				c, err = r.Conversion()
			}
			if err != nil {
				yield(report.Conversion{}, err)
				return
			}
			if !r.Void() && c.Counts == 1 && slices.Contains(primary, cmp.Or(c.Goal, settings.DefaultGoal)) && !yield(w.conversion(&r, &c), nil) {
				return
			}
		}
	}
}

// Finish adds what stands beside the conversions. Their rows came with the parts.
func (t *tables) Finish(ctx context.Context, site settings.Site, whole *report.Part, p report.Period) (*report.Report, error) {
	w, err := t.work(ctx, site, p)
	if err != nil {
		return nil, err
	}
	return t.finish(ctx, w, whole)
}
