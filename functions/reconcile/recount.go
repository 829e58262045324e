package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/oklog/ulid/v2"

	"tributary/shared/archive"
	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/recount"
)

// The passes over the tables.
const (
	passEvents  = "events"
	passRecords = "records"
)

// recount does what is left of a run.
func (h *handler) recount(ctx context.Context, in input) (*answer, error) {
	out := &answer{Run: in.Run}
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
	for _, pass := range []struct {
		name  string
		count func(context.Context, run, int, *counting) error
	}{{passEvents, h.countEvents}, {passRecords, h.countRecords}} {
		ended, err := h.eachSegment(ctx, r.Name, pass.name, func(ctx context.Context, segment int) (any, error) {
			attempt := ulid.MustNew(ulid.Timestamp(h.now()), rand.Reader)
			c := &counting{handler: h, prefix: fmt.Sprintf("%s%s/%s/%03d-%s", partsRoot, r.Name, pass.name, segment, attempt)}
			err := pass.count(ctx, r, segment, c)
			return c.runs, errors.Join(err, c.flush(ctx))
		})
		if err != nil || !ended {
			return out, err
		}
	}
	return h.judge(ctx, r, reported)
}

// counting is one segment that is being counted. Its runs have names that no other attempt has: what one leaves behind when
// it dies is not taken for another's.
type counting struct {
	*handler
	prefix string
	tally  recount.Tally
	runs   []string // keys
}

func (c *counting) add(ctx context.Context, moves []kpi.Move, settled bool) error {
	c.tally.Add(moves, settled)
	if c.tally.Len() < c.held {
		return nil
	}
	return c.flush(ctx)
}

func (c *counting) flush(ctx context.Context) error {
	if c.tally.Len() == 0 {
		return nil
	}
	var body bytes.Buffer
	if err := c.tally.Write(&body); err != nil {
		return err
	}
	key := fmt.Sprintf("%s-%03d", c.prefix, len(c.runs))
	if err := c.archive.PutOnce(ctx, key, "application/octet-stream", body.Bytes()); err != nil {
		return err
	}
	c.runs = append(c.runs, key)
	return nil
}

func (h *handler) countEvents(ctx context.Context, r run, segment int, c *counting) error {
	settled := r.Settled.UnixMilli()
	return h.store.ScanEvents(ctx, segment, segments, func(e *event.Event) error {
		return c.add(ctx, kpi.Moves(e), e.Received < settled)
	})
}

func (h *handler) countRecords(ctx context.Context, r run, segment int, c *counting) error {
	settled := r.Settled.UnixMilli()
	return h.store.ScanMoves(ctx, segment, segments, func(text string, written int64) error {
		moves, err := kpi.DecodeMoves(text)
		if err != nil {
			return nil // kpi has kept it aside and counted nothing of it
		}
		return c.add(ctx, moves, written < settled)
	})
}

// runs opens every run of a recount.
func (h *handler) runs(ctx context.Context, r run) (readers []io.Reader, closeAll func(), err error) {
	var open []io.Closer
	closeAll = func() {
		for _, c := range open {
			_ = c.Close() // only read
		}
	}
	for _, pass := range []string{passEvents, passRecords} {
		for segment := range segments {
			var keys []string
			if err := h.get(ctx, fmt.Sprintf("%s%s/%s-done/%03d.json", partsRoot, r.Name, pass, segment), &keys); err != nil {
				return nil, closeAll, err
			}
			for _, key := range keys {
				body, err := h.archive.Read(ctx, key)
				if err != nil {
					return nil, closeAll, err
				}
				open, readers = append(open, body), append(readers, body)
			}
		}
	}
	return readers, closeAll, nil
}
