package main

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"tributary/shared/archive"
	events "tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/store"
)

// A sweep reads both tables once for all reports of one run of the schedule, or of one execution of the state machine, whatever
// sites and periods they are of. What it finds lies in S3, by site. It goes segment by segment; whoever comes under the run's name
// later goes on with what is left, and a segment that is done stands.
type sweep struct {
	store    *store.Store
	archive  *archive.Archive
	root     string
	segments int
	held     int // elements in memory before they are written down

	mu   sync.Mutex
	done map[string][]segment // by pass; nil: not looked yet
}

// Bounds of a sweep: 8 GB of a table must be read in less than a run's time, and four segments hold some 100 MB together.
const (
	sweepSegments = 32
	sweepAtOnce   = 4
	sweepHeld     = 100_000
)

// The passes of a sweep.
const (
	passPeople  = "people"
	passTouches = "touches"
)

// segment is what one has come to: what it cost in half read units, and the keys of its files by site.
type segment struct {
	Halves int64               `json:"halves"`
	Files  map[string][]string `json:"files"`
}

// element is one thing of a file.
type element struct {
	Link   *journey.Link
	Bought *bought
	Touch  *touched
}

func newSweep(s *store.Store, a *archive.Archive, run string) *sweep {
	return &sweep{
		store: s, archive: a, root: partsRoot + "sweep/" + hash([]byte(run)) + "/", segments: sweepSegments, held: sweepHeld, done: map[string][]segment{},
	}
}

// People is everybody's.
func (s *sweep) People(ctx context.Context, site string, link func(journey.Link) error, buyer func(bought) error) (int64, error) {
	return s.each(ctx, passPeople, site, func(e *element) error {
		if e.Link != nil {
			return link(*e.Link)
		}
		return buyer(*e.Bought)
	})
}

// Touches is everybody's.
func (s *sweep) Touches(ctx context.Context, site string, each func(touched) error) (int64, error) {
	return s.each(ctx, passTouches, site, func(e *element) error { return each(*e.Touch) })
}

// each hands over what a pass has found of a site. Halves are the whole sweep's: its reports share them.
func (s *sweep) each(ctx context.Context, pass, site string, take func(*element) error) (halves int64, err error) {
	list, err := s.whole(ctx, pass)
	if err != nil {
		return 0, fmt.Errorf("report: sweep of %s: %w", pass, err)
	}
	for _, one := range list {
		halves += one.Halves
		for _, key := range one.Files[site] {
			if err := s.read(ctx, key, take); err != nil {
				return 0, err
			}
		}
	}
	return halves, nil
}

// whole is a pass that is done.
func (s *sweep) whole(ctx context.Context, pass string) ([]segment, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if list := s.done[pass]; list != nil {
		return list, nil
	}
	list, err := s.sweep(ctx, pass)
	if err == nil {
		s.done[pass] = list
	}
	return list, err
}

func (s *sweep) read(ctx context.Context, key string, take func(*element) error) error {
	body, err := s.archive.Read(ctx, key)
	if err != nil {
		return err
	}
	defer body.Close()
	for in := gob.NewDecoder(body); ; {
		var e element
		if err := in.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("report: %s: %w", key, err)
		}
		if err := take(&e); err != nil {
			return err
		}
	}
}

// sweep does what is left of a pass.
func (s *sweep) sweep(ctx context.Context, pass string) ([]segment, error) {
	files, err := s.archive.List(ctx, s.root+pass+"-done/")
	if err != nil {
		return nil, err
	}
	stands := map[string]bool{}
	for _, f := range files {
		stands[f.Key] = true
	}
	list := make([]segment, s.segments)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(sweepAtOnce)
	for i := range list {
		key := fmt.Sprintf("%s%s-done/%03d.json", s.root, pass, i)
		g.Go(func() error {
			if !stands[key] {
				if err := s.one(ctx, pass, i, key); err != nil {
					return err
				}
			}
			body, err := s.archive.Get(ctx, key, maxPlan)
			if err != nil {
				return err
			}
			return json.Unmarshal(body, &list[i])
		})
	}
	return list, g.Wait()
}

// one reads a segment and writes down what it has found, the note that it is done last. The first that is done stands.
func (s *sweep) one(ctx context.Context, pass string, i int, key string) error {
	w := &swept{sweep: s, found: segment{Files: map[string][]string{}}, open: map[string][]element{}, prefix: s.root + pass + "/"}
	part := store.Part{Segment: i, Of: s.segments}
	var err error
	if pass == passTouches {
		w.found.Halves, err = s.store.ScanTouches(ctx, "", part, func(e *events.Event) error {
			if v, ok := touchedOf(e); ok {
				return w.add(ctx, e.Site, element{Touch: &v})
			}
			return nil
		})
	} else {
		w.found.Halves, err = s.store.ScanPeople(ctx, "", journey.KindConversion, part, func(site string, l journey.Link) error {
			if standsOnce(l) {
				return w.add(ctx, site, element{Link: &l})
			}
			return nil
		}, func(site string, r journey.Record) error {
			if b, ok := boughtOf(r); ok {
				return w.add(ctx, site, element{Bought: &b})
			}
			return nil
		})
	}
	if err == nil {
		err = w.flush(ctx)
	}
	if err != nil {
		return err
	}
	body, err := json.Marshal(w.found)
	if err != nil {
		return fmt.Errorf("report: sweep: %w", err)
	}
	return once(s.archive.PutOnce(ctx, key, "application/json", body))
}

// swept is a segment that is being read.
type swept struct {
	*sweep
	prefix string
	found  segment
	open   map[string][]element // by site
	held   int
}

func (w *swept) add(ctx context.Context, site string, e element) error {
	w.open[site] = append(w.open[site], e)
	if w.held++; w.held < w.sweep.held {
		return nil
	}
	return w.flush(ctx)
}

// flush writes a file a site under names that their content makes, so that two who read one segment are not in each other's way.
func (w *swept) flush(ctx context.Context) error {
	for site, list := range w.open {
		var body bytes.Buffer
		out := gob.NewEncoder(&body)
		for i := range list {
			if err := out.Encode(list[i]); err != nil {
				return fmt.Errorf("report: sweep: %w", err)
			}
		}
		key := w.prefix + site + "/" + hash(body.Bytes())
		if err := once(w.archive.PutOnce(ctx, key, "application/octet-stream", body.Bytes())); err != nil {
			return err
		}
		w.found.Files[site] = append(w.found.Files[site], key)
	}
	clear(w.open)
	w.held = 0
	return nil
}
