package visitors

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Item is what stands at a place: encoded sketches, and how often they were written, 0 for never.
type Item struct {
	Version int64
	Sets    map[Set][]byte
}

// Shelf keeps items. PutSketches writes one in the place of version it.Version; where another stands it writes nothing and
// returns that one.
type Shelf interface {
	PutSketches(ctx context.Context, at Place, it Item) (standing *Item, err error)
}

// Writer notes sightings. It remembers what it wrote last, so that people who were noted before cost no write. It is safe
// for concurrent use.
type Writer struct {
	shelf Shelf

	mu    sync.Mutex
	known map[Place]Item
}

const (
	remembered = 512 // items in memory; then all are forgotten, and found again when they are written
	writers    = 16  // items written at once
	attempts   = 20  // to write one beside others who write it
)

// NewWriter makes a writer that knows nothing yet.
func NewWriter(s Shelf) *Writer { return &Writer{shelf: s, known: map[Place]Item{}} }

// Visits notes visits as they come, each under its strongest id.
func (w *Writer) Visits(ctx context.Context, list []Sighting) error {
	return w.write(ctx, OfVisits(list))
}

// Persons notes visits of people of whom more is known.
func (w *Writer) Persons(ctx context.Context, list []Sighting) error {
	return w.write(ctx, OfPersons(list))
}

func (w *Writer) write(ctx context.Context, all map[Place]Notes) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(writers)
	for at, n := range all {
		g.Go(func() error { return w.put(ctx, at, n) })
	}
	return g.Wait()
}

// put writes one item until it holds the names.
func (w *Writer) put(ctx context.Context, at Place, n Notes) error {
	item := w.recall(at)
	for range attempts {
		next, changed, err := item.with(n)
		if err != nil {
			return fmt.Errorf("visitors: %v: %w", at, err)
		}
		if !changed {
			w.remember(at, item)
			return nil
		}
		standing, err := w.shelf.PutSketches(ctx, at, next)
		if err != nil {
			return err
		}
		if standing == nil {
			next.Version++
			w.remember(at, next)
			return nil
		}
		item = *standing
	}
	return fmt.Errorf("visitors: %v was written by others %d times", at, attempts)
}

// Hold makes an item hold what more does as well; standing is the item as it was read.
func Hold(ctx context.Context, s Shelf, at Place, standing, more Item) error {
	for range attempts {
		next, err := standing.With(more)
		if err != nil {
			return fmt.Errorf("visitors: %v: %w", at, err)
		}
		other, err := s.PutSketches(ctx, at, next)
		if err != nil || other == nil {
			return err
		}
		standing = *other
	}
	return fmt.Errorf("visitors: %v was written by others %d times", at, attempts)
}

// with adds names; false when the item holds them all.
func (it Item) with(n Notes) (Item, bool, error) {
	next, changed := Item{Version: it.Version, Sets: map[Set][]byte{}}, false
	for set, b := range it.Sets {
		next.Sets[set] = b
	}
	for set, names := range n {
		s, err := Decode(it.Sets[set])
		if err != nil {
			return it, false, err
		}
		s.Add(names...)
		if next.Sets[set], err = s.Encode(); err != nil {
			return it, false, err
		}
		changed = changed || !bytes.Equal(next.Sets[set], it.Sets[set])
	}
	return next, changed, nil
}

func (w *Writer) recall(at Place) Item {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.known[at]
}

func (w *Writer) remember(at Place, it Item) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.known) >= remembered {
		clear(w.known)
	}
	at.Site = strings.Clone(at.Site) // lets go of the batch
	w.known[at] = it
}
