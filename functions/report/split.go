package main

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"tributary/shared/attribution"
	"tributary/shared/report"
	"tributary/shared/report/rows"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// border is how many conversions one run of the function is trusted with. One that holds more is folded in slices: on AWS
// each by a run of its own (machine.go), else one after another in this one. See README, "Beyond one Lambda", for what was measured.
const border = 1_000_000

// perSlice is about how many conversions a slice holds: what it comes to is in memory when it is written.
const perSlice = 25_000

// slice is the part of a period in one bucket of a UTC day of the range index, or in some hours of it, in Unix milliseconds.
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
	// Fold folds the conversions of a slice and hands each to row, with its credit, in order of time.
	Fold(ctx context.Context, site settings.Site, h report.Head, s slice, row func(*report.Credited) error) (*report.Part, error)
	// Finish makes the report of a part that holds all conversions of its period.
	Finish(ctx context.Context, site settings.Site, whole *report.Part, p report.Period) (*report.Report, error)
}

// slicesOf cuts a period that holds about n conversions: by day, then bucket, then time.
func slicesOf(p report.Period, n int64) ([]slice, error) {
	from, to, err := p.Bounds()
	if err != nil {
		return nil, err
	}
	buckets := (to - from + attribution.Day - 1) / attribution.Day * store.RangeBuckets
	pieces := min(24, 1+n/(buckets*perSlice))
	var list []slice
	for from < to {
		end := min((from/attribution.Day+1)*attribution.Day, to)
		for bucket := range store.RangeBuckets {
			for i := range pieces {
				list = append(list, slice{from + (end-from)*i/pieces, from + (end-from)*(i+1)/pieces, bucket})
			}
		}
		from = end
	}
	return list, nil
}

// readings is how often a period is read when a conversion gets another time meanwhile.
const readings = 3

// report folds a period, once more where a conversion moved while it was read.
func (h *handler) report(ctx context.Context, site settings.Site, p report.Period, split bool) (r *report.Report, err error) {
	for range readings {
		if r, err = h.read(ctx, site, p, split); !errors.Is(err, rows.ErrMoved) {
			break
		}
	}
	return r, err
}

// since is from when on a record may have been written while conversions were read that began to be at a time. Clocks differ.
func since(began time.Time) int64 { return began.Add(-time.Minute).UnixMilli() }

// read folds a period as a whole or, when it is over the border or split is asked for, in slices. Both give the same bytes.
func (h *handler) read(ctx context.Context, site settings.Site, p report.Period, split bool) (*report.Report, error) {
	began := h.now()
	n, err := h.source.Count(ctx, site, p)
	if err != nil {
		return nil, err
	}
	if !split && n <= h.border {
		return h.source.Report(ctx, site, p)
	}
	head, err := h.source.Head(ctx, site, p)
	if err != nil {
		return nil, err
	}
	slices, err := slicesOf(p, n)
	if err != nil {
		return nil, err
	}
	return h.merge(ctx, site, head, began, len(slices), func(ctx context.Context, i int) ([]byte, error) {
		return h.fold(ctx, site, head, slices[i])
	})
}

// kept is an element of a part's file: a conversion's row or, once and last, the part.
type kept struct {
	Row  *report.Credited
	Part []byte
}

// fold is one slice's part as it is kept, rows and sums in one file: they must be of one reading.
func (h *handler) fold(ctx context.Context, site settings.Site, head report.Head, s slice) ([]byte, error) {
	var file bytes.Buffer
	out := gob.NewEncoder(&file)
	part, err := h.source.Fold(ctx, site, head, s, func(c *report.Credited) error { return out.Encode(kept{Row: c}) })
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(part)
	if err == nil {
		err = out.Encode(kept{Part: body})
	}
	if err != nil {
		return nil, fmt.Errorf("report: part of %s from %d, bucket %d: %w", site.ID, s.From, s.Bucket, err)
	}
	return file.Bytes(), nil
}

// errHalf is a part's file that does not end as it should.
var errHalf = errors.New("a part ends before its sums")

// unfold reads what fold wrote: the rows go to row, the sums into whole.
func unfold(file []byte, head report.Head, whole *report.Part, row func(*report.Credited) error) error {
	in := gob.NewDecoder(bytes.NewReader(file))
	for {
		var k kept
		if err := in.Decode(&k); err != nil {
			return fmt.Errorf("report: %w: %w", errHalf, err)
		}
		if k.Row != nil {
			if err := row(k.Row); err != nil {
				return err
			}
			continue
		}
		part, err := report.ReadPart(head, k.Part)
		if err != nil {
			return err
		}
		return whole.Merge(part)
	}
}

// ahead is how many parts are held before they are merged.
const ahead = 4

// merge makes the report of n parts, of which the first began to be read at a time: the sums and the distinct paths are held, the rows go
// to disk.
func (h *handler) merge(ctx context.Context, site settings.Site, head report.Head, began time.Time, n int, read func(context.Context, int) ([]byte, error)) (*report.Report, error) {
	files, err := rows.New("", &head, since(began))
	if err != nil {
		return nil, err
	}
	whole := report.NewPart(head)
	err = h.unfoldAll(ctx, head, whole, n, read, files.Add)
	var list []report.File
	if err == nil {
		list, err = files.Close()
	}
	if err != nil {
		_ = files.Discard() // the first error tells
		return nil, err
	}
	out := written{list, files.Discard}
	return out.attach(h.source.Finish(ctx, site, whole, head.Period))
}

// unfoldAll reads n parts in their order, a few at a time.
func (h *handler) unfoldAll(ctx context.Context, head report.Head, whole *report.Part, n int, read func(context.Context, int) ([]byte, error), row func(*report.Credited) error) error {
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
			return err
		}
		for _, body := range bodies {
			if err := unfold(body, head, whole, row); err != nil {
				return err
			}
		}
	}
	return nil
}
