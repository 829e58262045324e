package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/oklog/ulid/v2"

	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/recount"
	"tributary/shared/store"
	"tributary/shared/sweep"
	"tributary/shared/visitors"
)

// found is what a segment has come to: the keys of its runs, of each site the latest events, and what others need to know of
// everybody.
type found struct {
	Counters []string                  `json:"counters,omitempty"`
	Sketches []string                  `json:"sketches,omitempty"`
	Recent   map[string][]store.Latest `json:"recent,omitempty"`
	Swept    sweep.Segment             `json:"swept,omitzero"`
}

// counting is one segment that is being counted. Its runs have names that no other attempt has: what one leaves behind when
// it dies is not taken for another's.
type counting struct {
	*handler
	prefix string
	known  found
	tally  recount.Tally
	sweep  *sweep.Writer

	mu       sync.Mutex
	sketches recount.Sketches
}

func (h *handler) counting(r, pass string, segment int) *counting {
	attempt := ulid.MustNew(ulid.Timestamp(h.now()), rand.Reader)
	c := &counting{handler: h, prefix: fmt.Sprintf("%s%s/%s/%03d-%s", partsRoot, r, pass, segment, attempt)}
	c.sweep = sweep.NewWriter(h.archive, fmt.Sprintf("%sreconcile-%s/%s/", sweep.Root, r, pass), heldSwept, &c.known.Swept)
	return c
}

func (c *counting) add(ctx context.Context, moves []kpi.Move, settled bool) error {
	c.tally.Add(moves, settled)
	return c.flushFull(ctx)
}

// Persons takes sightings of a rebuild; several goroutines may call it.
func (c *counting) Persons(_ context.Context, list []visitors.Sighting) error {
	c.sight(visitors.OfPersons(list))
	return nil
}

func (c *counting) sight(notes map[visitors.Place]visitors.Notes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sketches.Add(notes)
}

// recent notes an event where it is one of its site's latest.
func (c *counting) recent(e *event.Event) {
	if c.known.Recent == nil {
		c.known.Recent = map[string][]store.Latest{}
	}
	list := append(c.known.Recent[e.Site], store.Latest{Received: e.Received, Home: e.Home(), SortKey: e.SortKey()})
	if len(list) >= 10*store.RecentEvents {
		list = store.Newest(list, store.RecentEvents)
	}
	c.known.Recent[strings.Clone(e.Site)] = list
}

// flushFull writes down what has become too much to be held.
func (c *counting) flushFull(ctx context.Context) error {
	if c.tally.Len() < c.held && c.sketches.Len() < c.sketched {
		return nil
	}
	return c.flush(ctx)
}

func (c *counting) flush(ctx context.Context) error {
	if c.tally.Len() > 0 {
		if err := c.put(ctx, "", &c.known.Counters, c.tally.Write); err != nil {
			return err
		}
	}
	if c.sketches.Len() > 0 {
		if err := c.put(ctx, "v", &c.known.Sketches, c.sketches.Write); err != nil {
			return err
		}
	}
	if err := c.sweep.Flush(ctx); err != nil {
		return err
	}
	for site, list := range c.known.Recent {
		c.known.Recent[site] = store.Newest(list, store.RecentEvents)
	}
	return nil
}

// put writes a run.
func (c *counting) put(ctx context.Context, kind string, keys *[]string, write func(io.Writer) error) error {
	var body bytes.Buffer
	if err := write(&body); err != nil {
		return err
	}
	key := fmt.Sprintf("%s-%s%03d", c.prefix, kind, len(*keys))
	if err := c.archive.PutOnce(ctx, key, "application/octet-stream", body.Bytes()); err != nil {
		return err
	}
	*keys = append(*keys, key)
	return nil
}
