package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/stream"
)

// ledger keeps restatements; see store.Store.
type ledger interface {
	PutRestatement(ctx context.Context, r kpi.Restatement, order string) error
}

// Of late events that come in bulk, as in an import of history, one entry a batch tells.
const (
	singly    = 50 // so many of a batch and site get an entry each
	mostNamed = 20 // events that an entry names
)

// entry is a restatement with what tells it from others.
type entry struct {
	kpi.Restatement
	order string
}

// restated gathers what a batch restates, by site.
type restated struct {
	events bool               // the batch is of Events
	bulk   map[string][]entry // by site and what: late events, and records of which an import makes many
	others []entry
}

// note takes one record's change, if it changes what people may have seen.
func (n *restated) note(r *stream.Record, old, now []kpi.Move, late kpi.Lateness) {
	changes, more := late.Restate(old, now)
	if len(changes) == 0 {
		return
	}
	e := entry{kpi.Restatement{At: r.Created, Changes: changes, More: more}, "j" + r.Order}
	image := r.New
	if image == nil {
		image = r.Old
	}
	e.Site = siteOf(old, now)
	if n.events {
		e.order, e.Because = "e"+r.Order, []string{attr(image, "id")}
	} else {
		e.Record = attr(image, "node")
		if cause := attr(image, "cause"); cause != "" {
			e.Because = strings.Split(cause, "\n")
		}
	}
	switch {
	case r.Op == stream.Insert:
		e.What = kpi.LateEvent
	case r.Op == stream.Remove:
		e.What = kpi.Removed
	case n.events:
		e.What = kpi.Corrected
	default:
		e.What = kpi.Kind(changes)
	}
	if e.What == kpi.LateEvent || e.What == kpi.Regathered {
		n.bulk[e.Site+" "+e.What] = append(n.bulk[e.Site+" "+e.What], e)
		return
	}
	n.others = append(n.others, e)
}

func siteOf(lists ...[]kpi.Move) string {
	for _, moves := range lists {
		if len(moves) > 0 {
			return moves[0].Site
		}
	}
	return ""
}

func attr(image []event.Attr, name string) string {
	for i := range image {
		if image[i].Name == name {
			return image[i].Value
		}
	}
	return ""
}

// write keeps the entries. Whatever is delivered again is kept under the same keys.
func (n *restated) write(ctx context.Context, to ledger) error {
	entries := n.others
	for _, list := range n.bulk {
		if len(list) > singly {
			list = []entry{together(list)}
		}
		entries = append(entries, list...)
	}
	for _, e := range entries {
		if err := to.PutRestatement(ctx, e.Restatement, e.order); err != nil {
			return fmt.Errorf("kpi: restatement: %w", err)
		}
	}
	return nil
}

// together is one entry for many late events: who they are, and nothing of each. What they moved stands in the counters, by
// the day on which they came.
func together(list []entry) entry {
	e := list[0]
	e.Events, e.Changes, e.More, e.Because, e.Record = int64(len(list)), []kpi.Restated{}, 0, nil, ""
	for _, one := range list {
		for _, id := range one.Because {
			if len(e.Because) < mostNamed {
				e.Because = append(e.Because, id)
			}
		}
	}
	return e
}

// lateEvent counts a new event as late where it is.
func lateEvent(image []event.Attr, late kpi.Lateness) []kpi.Move {
	at, err := strconv.ParseInt(attr(image, "time"), 10, 64)
	if err != nil || !late.Of(at) { // an event always has a time
		return nil
	}
	return late.Event(attr(image, "site"), at, attr(image, "quarter") != "")
}
