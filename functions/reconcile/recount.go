package main

import (
	"context"
	"errors"
	"io"
	"slices"

	"tributary/shared/archive"
	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
	"tributary/shared/sweep"
	"tributary/shared/visitors"
)

// The passes over the tables.
const (
	passIndex   = "index"
	passRestate = "restate"
	passEvents  = "events"
	passRecords = "records"
)

// pass goes once over a table, segment by segment; do counts one.
type pass struct {
	name string
	do   func(ctx context.Context, r run, segment int, c *counting) error
}

// passes are those of a run, in order.
func (h *handler) passes(r run) []pass {
	list := []pass{{passEvents, h.countEvents}, {passRecords, h.countRecords}}
	if r.Rebuild {
		list = slices.Concat([]pass{{passIndex, h.index}, {passRestate, h.rebuildRecords}}, list)
	}
	return list
}

// recount does what is left of a run.
func (h *handler) recount(ctx context.Context, in input) (*answer, error) {
	reported := reportsRoot + in.Run + ".json"
	var stands document
	if err := h.get(ctx, reported, &stands); err == nil {
		return &stands.answer, nil
	} else if !errors.Is(err, archive.ErrNotFound) {
		return nil, err
	}
	r, err := h.begin(ctx, in)
	if err != nil {
		return nil, err
	}
	for _, p := range h.passes(r) {
		ended, err := h.eachSegment(ctx, r.Name, p.name, func(ctx context.Context, segment int) (any, error) {
			c := h.counting(r.Name, p.name, segment)
			err := errors.Join(p.do(ctx, r, segment, c), c.flush(ctx))
			return c.known, err
		})
		if err != nil || !ended {
			return &answer{Run: r.Name}, err
		}
	}
	if err := h.publish(ctx, r); err != nil {
		return nil, wrap(err, r.Name, "publish what was read")
	}
	return h.judge(ctx, r, reported)
}

func (h *handler) countEvents(ctx context.Context, r run, segment int, c *counting) error {
	settled := r.Settled.UnixMilli()
	return h.walk(ctx, r.Name, passEvents, segment, c, func(page []*event.Event) error {
		for _, e := range page {
			known := e.Received < settled
			if err := c.sweep.Event(ctx, e); err != nil {
				return err
			}
			if err := c.add(ctx, kpi.Moves(e), known); err != nil {
				return err
			}
			if s, visit := visitors.Seen(e); visit && known {
				c.sight(visitors.OfVisits([]visitors.Sighting{s}))
			}
			if r.Rebuild {
				c.recent(e)
			}
		}
		return c.flushFull(ctx)
	})
}

func (h *handler) countRecords(ctx context.Context, r run, segment int, c *counting) error {
	settled := r.Settled.UnixMilli()
	halves, err := h.store.ScanJourneys(ctx, segment, h.segments, store.Takers{
		Moves: func(text string, written int64) error {
			moves, err := kpi.DecodeMoves(text)
			if err != nil {
				return nil // kpi has kept it aside and counted nothing of it
			}
			return c.add(ctx, moves, written < settled)
		},
		Link:   func(site string, l journey.Link) error { return c.sweep.Link(ctx, site, l) },
		Kind:   journey.KindConversion,
		Record: func(site string, r journey.Record) error { return c.sweep.Conversion(ctx, site, r) },
	})
	c.known.Swept.Halves = halves
	return err
}

// publish lets reports know what the passes have found of everybody: they need not read the tables again.
func (h *handler) publish(ctx context.Context, r run) error {
	whole := &sweep.Whole{By: r.Name, Began: r.Began}
	for pass, into := range map[string]*[]sweep.Segment{passEvents: &whole.Touches, passRecords: &whole.People} {
		if err := h.foundBy(ctx, r, pass, func(f found) error {
			*into = append(*into, f.Swept)
			return nil
		}); err != nil {
			return err
		}
	}
	return sweep.Publish(ctx, h.archive, whole)
}

// open opens runs of a recount, as pick names them.
func (h *handler) open(ctx context.Context, r run, pick func(found) []string) (readers []io.Reader, closeAll func(), err error) {
	var open []io.Closer
	closeAll = func() {
		for _, c := range open {
			_ = c.Close() // only read
		}
	}
	err = h.eachFound(ctx, r, func(f found) error {
		for _, key := range pick(f) {
			body, err := h.archive.Read(ctx, key)
			if err != nil {
				return err
			}
			open, readers = append(open, body), append(readers, body)
		}
		return nil
	})
	return readers, closeAll, err
}

// eachFound hands what each segment of a run has found to take.
func (h *handler) eachFound(ctx context.Context, r run, take func(found) error) error {
	for _, p := range h.passes(r) {
		if err := h.foundBy(ctx, r, p.name, take); err != nil {
			return err
		}
	}
	return nil
}

// foundBy hands what each segment of a pass has found to take.
func (h *handler) foundBy(ctx context.Context, r run, pass string, take func(found) error) error {
	for segment := range h.segments {
		var f found
		if err := h.get(ctx, doneKey(r.Name, pass, segment), &f); err != nil {
			return err
		}
		if err := take(f); err != nil {
			return err
		}
	}
	return nil
}
