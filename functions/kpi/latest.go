package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"tributary/shared/event"
	"tributary/shared/store"
)

const (
	latestEvents = store.RecentEvents // what the page at / shows
	latestSites  = 500                // lists in memory; then all are forgotten and read back when their site comes again
)

// lister keeps a site's list of latest events.
type lister interface {
	PutRecent(ctx context.Context, site string, lane int, list []store.Latest) ([]store.Latest, error)
}

// latest notes the latest events of every site, one write a batch and site. It is a convenience for people: nothing
// is counted from it, and when it fails the batch does not. It is safe for concurrent use.
type latest struct {
	lister lister

	mu    sync.Mutex
	known map[place][]store.Latest // what this process has written
}

// place is where a list stands.
type place struct {
	site string
	lane int
}

func newLatest(l lister) *latest { return &latest{lister: l, known: map[place][]store.Latest{}} }

// arrivals are the last events of one batch, by site, in the order of the stream.
type arrivals map[string][]*event.Event

// add notes an event.
func (a arrivals) add(e *event.Event) {
	list := append(a[e.Site], e)
	if len(list) == 4*latestEvents {
		list = list[:copy(list, list[2*latestEvents:])]
	}
	a[e.Site] = list
}

// pointers name events. What comes later in a stream arrived later, but for what was slow to be stored: the last forty
// surely hold nearly the last twenty.
func pointers(events []*event.Event) []store.Latest {
	list := make([]store.Latest, 0, len(events))
	for _, e := range events {
		list = append(list, store.Latest{Received: e.Received, Home: e.Home(), SortKey: e.SortKey()})
	}
	return list
}

// write merges a batch into the lists. What it finds there of another process, which had the shard meanwhile, it writes
// again with its own.
func (l *latest) write(ctx context.Context, lane int, batch arrivals) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var failed []error
	for site, events := range batch {
		site = strings.Clone(site) // lets go of the batch
		at := place{site, lane}
		list := store.Newest(slices.Concat(pointers(events), l.known[at]), latestEvents)
		before, err := l.lister.PutRecent(ctx, site, lane, list)
		if merged := store.Newest(slices.Concat(list, before), latestEvents); err == nil && !slices.Equal(merged, list) {
			list = merged
			_, err = l.lister.PutRecent(ctx, site, lane, list)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if len(l.known) >= latestSites {
			clear(l.known)
		}
		l.known[at] = list
	}
	return errors.Join(failed...)
}
