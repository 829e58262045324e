package main

import (
	"context"
	"sync"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/ingest"
	"tributary/shared/store"
)

// writers is how many events of a batch are put at once.
const writers = 24

type outcome = store.Outcome

// batch is the events of one request on their way.
type batch struct {
	in     *ingest.Ingest
	door   event.Door
	appKey string // KeyHash of the app_key that was shown
	dry    bool
	items  []item
}

// read parses and prepares every event.
func (b *batch) read(ctx context.Context) {
	for i := range b.items {
		it := &b.items[i]
		if it.e, it.err = event.Parse(it.raw, b.door); it.err == nil {
			it.err = b.in.Prepare(ctx, it.e, b.door, b.appKey)
		}
	}
}

// put stores what was not refused, several at once. Of events that share an id the first goes first, so that the answer
// to the others does not hang on chance.
func (b *batch) put(ctx context.Context) {
	first, again := b.waves()
	queue := make(chan *item)
	var running sync.WaitGroup
	for range min(writers, len(first)) {
		running.Go(func() {
			for it := range queue {
				it.outcome, it.err = b.in.Put(ctx, it.e, string(it.raw))
			}
		})
	}
	for _, it := range first {
		queue <- it
	}
	close(queue)
	running.Wait()
	for _, it := range again {
		it.outcome, it.err = b.in.Put(ctx, it.e, string(it.raw))
	}
}

// waves parts the events to store into the first of each id and the repetitions.
func (b *batch) waves() (first, again []*item) {
	seen := make(map[[2]string]bool, len(b.items))
	for i := range b.items {
		it := &b.items[i]
		if it.err != nil {
			continue
		}
		if id := [2]string{it.e.Site, it.e.ID}; seen[id] {
			again = append(again, it)
		} else {
			seen[id] = true
			first = append(first, it)
		}
	}
	return first, again
}

// refuse keeps and counts a refused event, and turns a failure of the store into what the sender is told.
func (b *batch) refuse(ctx context.Context, it *item) *fault.Fault {
	f := fault.Of(it.err)
	if f == nil {
		return fault.New(fault.StoreUnavailable, "", "the event could not be stored; send it again with the same id")
	}
	site, id := "", ""
	if it.e != nil {
		site, id = it.e.Site, it.e.ID
	}
	if !b.dry {
		b.in.Refuse(ctx, site, id, string(it.raw[:min(len(it.raw), 4<<10)]), f)
	}
	return f
}
