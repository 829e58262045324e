package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tributary/shared/archive"
	"tributary/shared/fault"
)

// Prefixes in the bucket. Parts expire, reports stay.
const (
	reportsRoot = "reconcile/"
	partsRoot   = "reconcile-parts/"
)

// segments is into how many parts a table is cut: each must be read within one run of the function (8 GB, at 10 MB a second).
const segments = 32

// atOnce is how many segments are read at once.
const atOnce = 4

// run is what a recount goes by from its beginning to its end, whoever goes on with it.
type run struct {
	Name    string    `json:"name"`
	Began   time.Time `json:"began"`
	Settled time.Time `json:"settled"`
	Mend    bool      `json:"mend"`
	Rebuild bool      `json:"rebuild"`
}

const typeJSON = "application/json"

// begin finds a run by its name or writes it down.
func (h *handler) begin(ctx context.Context, in input) (run, error) {
	r := run{Name: in.Run, Began: h.now().UTC(), Mend: in.Mend || in.Rebuild, Rebuild: in.Rebuild}
	r.Settled = r.Began.AddDate(0, 0, -1)
	if in.Settled != "" {
		at, err := time.Parse(time.RFC3339, in.Settled)
		if err != nil {
			return r, fault.New(fault.InvalidField, "settled", "%q is no time like 2026-03-01T12:00:00Z", in.Settled)
		}
		// An hour that runs may be said to be over, where nothing comes any more.
		if last := r.Began.Truncate(time.Hour).Add(time.Hour); at.After(last) {
			return r, fault.New(fault.InvalidField, "settled",
				"it lies in the future, of which nothing is counted yet; write up to when the streams are known to have been read, at most %s (the end of this hour), or leave it out for a day ago", last.Format(time.RFC3339))
		}
		r.Settled = at.UTC()
	}
	if r.Rebuild {
		if err := h.note(ctx, r); err != nil {
			return r, err
		}
	}
	key := partsRoot + r.Name + "/run.json"
	err := h.putOnce(ctx, key, r)
	if !errors.Is(err, archive.ErrExists) {
		return r, err
	}
	return r, h.get(ctx, key, &r)
}

// putOnce writes a small object whose key is free.
func (h *handler) putOnce(ctx context.Context, key string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return h.archive.PutOnce(ctx, key, typeJSON, body)
}

// maxObject bounds the small objects of a run, in bytes.
const maxObject = 16 << 20

func (h *handler) get(ctx context.Context, key string, v any) error {
	body, err := h.archive.Get(ctx, key, maxObject)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// errLater ends a segment, or a judgement, for which no time is left.
var errLater = errors.New("no time left")

// eachSegment does what is left of a pass over a table, some segments at once. do returns what a later step needs to know of
// its segment; it is written down, and only then the segment is done. False: there is more to do, for which no time is left.
func (h *handler) eachSegment(ctx context.Context, r string, pass string, do func(ctx context.Context, segment int) (any, error)) (bool, error) {
	files, err := h.archive.List(ctx, partsRoot+r+"/"+pass+"-done/")
	if err != nil {
		return false, err
	}
	done := map[string]bool{}
	for _, f := range files {
		done[f.Key] = true
	}
	pace, later := &pace{}, atomic.Bool{}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for segment := range h.segments {
		key := doneKey(r, pass, segment)
		if done[key] {
			continue
		}
		g.Go(func() error {
			if later.Load() || !pace.fits(ctx) {
				later.Store(true)
				return nil // those that are at it still go on
			}
			began := time.Now()
			known, err := do(ctx, segment)
			if errors.Is(err, errLater) {
				later.Store(true)
				return nil
			}
			if err != nil {
				return wrap(err, r, fmt.Sprintf("%s, segment %d", pass, segment))
			}
			pace.took(time.Since(began))
			return archive.Ensured(h.putOnce(ctx, key, known)) // another run of the function may have been quicker
		})
	}
	err = g.Wait()
	return err == nil && !later.Load(), err
}

// doneKey is where a segment that is done is noted.
func doneKey(r, pass string, segment int) string {
	return fmt.Sprintf("%s%s/%s-done/%03d.json", partsRoot, r, pass, segment)
}
