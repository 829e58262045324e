package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"tributary/shared/archive"
	events "tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/sweep"
)

// reading reads both tables once for all reports of one run of the schedule, or of one execution of the state machine, whatever
// sites and periods they are of. It goes segment by segment; whoever comes under the run's name later goes on with what is left,
// and a segment that is done stands.
type reading struct {
	store    *store.Store
	archive  *archive.Archive
	root     string
	segments int
	held     int // elements in memory before they are written down
}

// Bounds of a reading: 8 GB of a table must be read in less than a run's time, and four segments hold some 100 MB together.
const (
	sweepSegments = 32
	sweepAtOnce   = 4
	sweepHeld     = 100_000
)

// The passes of a reading.
const (
	passPeople  = "people"
	passTouches = "touches"
)

func newReading(s *store.Store, a *archive.Archive, run string) *reading {
	return &reading{store: s, archive: a, root: sweep.Root + "report-" + hash([]byte(run)) + "/", segments: sweepSegments, held: sweepHeld}
}

// swept is what is read when it is asked for.
func (r *reading) swept() *swept {
	pass := func(name string) func(context.Context) ([]sweep.Segment, error) {
		var mu sync.Mutex
		var done []sweep.Segment // nil: not looked yet
		return func(ctx context.Context) ([]sweep.Segment, error) {
			mu.Lock()
			defer mu.Unlock()
			if done != nil {
				return done, nil
			}
			list, err := r.pass(ctx, name)
			if err != nil {
				return nil, fmt.Errorf("report: reading %s: %w", name, err)
			}
			done = list
			return list, nil
		}
	}
	return &swept{archive: r.archive, people: pass(passPeople), touches: pass(passTouches)}
}

// pass does what is left of one.
func (r *reading) pass(ctx context.Context, pass string) ([]sweep.Segment, error) {
	files, err := r.archive.List(ctx, r.root+pass+"-done/")
	if err != nil {
		return nil, err
	}
	stands := map[string]bool{}
	for _, f := range files {
		stands[f.Key] = true
	}
	list := make([]sweep.Segment, r.segments)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(sweepAtOnce)
	for i := range list {
		key := fmt.Sprintf("%s%s-done/%03d.json", r.root, pass, i)
		g.Go(func() error {
			if !stands[key] {
				if err := r.one(ctx, pass, i, key); err != nil {
					return err
				}
			}
			body, err := r.archive.Get(ctx, key, maxPlan)
			if err != nil {
				return err
			}
			return json.Unmarshal(body, &list[i])
		})
	}
	return list, g.Wait()
}

// one reads a segment and writes down what it has found, the note that it is done last. The first that is done stands.
func (r *reading) one(ctx context.Context, pass string, i int, key string) error {
	var found sweep.Segment
	w := sweep.NewWriter(r.archive, r.root+pass+"/", r.held, &found)
	halves, err := r.read(ctx, pass, store.Part{Segment: i, Of: r.segments}, w)
	if err == nil {
		err = w.Flush(ctx)
	}
	if err != nil {
		return err
	}
	found.Halves = halves
	body, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return archive.Ensured(r.archive.PutOnce(ctx, key, "application/json", body))
}

func (r *reading) read(ctx context.Context, pass string, part store.Part, w *sweep.Writer) (halves int64, err error) {
	if pass == passTouches {
		return r.store.ScanTouches(ctx, "", part, func(e *events.Event) error { return w.Event(ctx, e) })
	}
	return r.store.ScanPeople(ctx, "", journey.KindConversion, part,
		func(site string, l journey.Link) error { return w.Link(ctx, site, l) },
		func(site string, c journey.Record) error { return w.Conversion(ctx, site, c) })
}
