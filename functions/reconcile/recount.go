package main

import (
	"context"
	"errors"
	"io"
	"slices"

	"tributary/shared/archive"
	"tributary/shared/event"
	"tributary/shared/kpi"
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
			err := p.do(ctx, r, segment, c)
			return c.known, errors.Join(err, c.flush(ctx))
		})
		if err != nil || !ended {
			return &answer{Run: r.Name}, err
		}
	}
	return h.judge(ctx, r, reported)
}

func (h *handler) countEvents(ctx context.Context, r run, segment int, c *counting) error {
	settled := r.Settled.UnixMilli()
	return h.walk(ctx, r.Name, passEvents, segment, c, func(page []*event.Event) error {
		for _, e := range page {
			known := e.Received < settled
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
	return h.store.ScanMoves(ctx, segment, h.segments, func(text string, written int64) error {
		moves, err := kpi.DecodeMoves(text)
		if err != nil {
			return nil // kpi has kept it aside and counted nothing of it
		}
		return c.add(ctx, moves, written < settled)
	})
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
		for segment := range h.segments {
			var f found
			if err := h.get(ctx, doneKey(r.Name, p.name, segment), &f); err != nil {
				return err
			}
			if err := take(f); err != nil {
				return err
			}
		}
	}
	return nil
}
