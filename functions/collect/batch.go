package main

import (
	"context"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/ingest"
	"tributary/shared/visitor"
)

// batch is the events of one request on their way.
type batch struct {
	in     *ingest.Ingest
	door   event.Door
	sender ingest.Sender
	dry    bool
	items  []ingest.Item

	browser visitor.Browser // of a page's visitor
}

// read parses every event.
func (b *batch) read() {
	if b.browser.FirstParty() {
		b.door.Visitor = b.browser.ID
	}
	for i := range b.items {
		it := &b.items[i]
		it.Event, it.Err = event.Parse([]byte(it.Raw), b.door)
	}
}

// prepare finds out what would become of events that are not stored.
func (b *batch) prepare(ctx context.Context) {
	for i := range b.items {
		if it := &b.items[i]; it.Err == nil {
			it.Err = b.in.Prepare(ctx, it.Event, b.door, b.sender.AppKey)
		}
	}
}

// refuse keeps and counts a refused event, and turns a failure of the store into what the sender is told.
func (b *batch) refuse(ctx context.Context, it *ingest.Item) *fault.Fault {
	f := fault.Of(it.Err)
	if f == nil {
		return fault.New(fault.StoreUnavailable, "", "the event could not be stored; send it again with the same id")
	}
	if !b.dry {
		b.in.RefuseItem(ctx, b.door, b.sender, *it, f)
	}
	return f
}
