package main

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/sync/errgroup"

	"tributary/shared/attribution"
	"tributary/shared/report"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// border is how many conversions one run of the function is trusted with. One that holds more is folded in slices: on AWS
// each by a run of its own (machine.go), else one after another in this one. See README, "Beyond one Lambda", for what was measured.
const border = 1_000_000

// slice is the part of a period in one UTC day and one bucket of the range index, in Unix milliseconds.
type slice struct {
	From   int64 `json:"from"`
	To     int64 `json:"to"`
	Bucket int   `json:"bucket"`
}

// folder folds a period in slices. What it makes of all of them, merged, is what source.Report makes.
type folder interface {
	// Count is about how many conversions a period holds, at a cost that does not grow with them.
	Count(ctx context.Context, site settings.Site, p report.Period) (int64, error)
	// Head is what the parts of a period are folded under.
	Head(ctx context.Context, site settings.Site, p report.Period) (report.Head, error)
	// Fold folds the conversions of a slice.
	Fold(ctx context.Context, site settings.Site, h report.Head, s slice) (*report.Part, error)
	// Finish makes the report of a part that holds all conversions of its period.
	Finish(ctx context.Context, site settings.Site, whole *report.Part, p report.Period) (*report.Report, error)
}

// slicesOf cuts a period.
func slicesOf(p report.Period) ([]slice, error) {
	from, to, err := p.Bounds()
	if err != nil {
		return nil, err
	}
	var list []slice
	for from < to {
		end := min((from/attribution.Day+1)*attribution.Day, to)
		for bucket := range store.RangeBuckets {
			list = append(list, slice{from, end, bucket})
		}
		from = end
	}
	return list, nil
}

// report folds a period as a whole or, when it is over the border or split is asked for, in slices. Both give the same bytes.
func (h *handler) report(ctx context.Context, site settings.Site, p report.Period, split bool) (*report.Report, error) {
	if !split {
		n, err := h.source.Count(ctx, site, p)
		if err != nil {
			return nil, err
		}
		split = n > h.border
	}
	if !split {
		return h.source.Report(ctx, site, p)
	}
	head, err := h.source.Head(ctx, site, p)
	if err != nil {
		return nil, err
	}
	slices, err := slicesOf(p)
	if err != nil {
		return nil, err
	}
	return h.merge(ctx, site, head, len(slices), func(ctx context.Context, i int) ([]byte, error) {
		return h.fold(ctx, site, head, slices[i])
	})
}

// fold is one slice's part as it is kept.
func (h *handler) fold(ctx context.Context, site settings.Site, head report.Head, s slice) ([]byte, error) {
	part, err := h.source.Fold(ctx, site, head, s)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(part)
	if err != nil {
		return nil, fmt.Errorf("report: part of %s from %d, bucket %d: %w", site.ID, s.From, s.Bucket, err)
	}
	return body, nil
}

// ahead is how many parts are held before they are merged.
const ahead = 4

// merge makes the report of n parts, read a few at a time: the sums and the distinct paths are held, never all parts.
func (h *handler) merge(ctx context.Context, site settings.Site, head report.Head, n int, read func(context.Context, int) ([]byte, error)) (*report.Report, error) {
	whole := report.NewPart(head)
	for first := 0; first < n; first += ahead {
		bodies := make([][]byte, min(ahead, n-first))
		g, ctx := errgroup.WithContext(ctx)
		for i := range bodies {
			g.Go(func() (err error) {
				bodies[i], err = read(ctx, first+i)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
		for _, body := range bodies {
			part, err := report.ReadPart(head, body)
			if err != nil {
				return nil, err
			}
			if err := whole.Merge(part); err != nil {
				return nil, err
			}
		}
	}
	return h.source.Finish(ctx, site, whole, head.Period)
}
