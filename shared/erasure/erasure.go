// Package erasure takes a person out of the tables and leaves every figure as it is: events and records lose ids and touch
// detail, keep type, time, channel, campaign and money, and a salted tombstone per id remains, by which what comes later is known.
//
// Nothing is counted again. An event in a home that is an order's is written over where it lies, which moves no counter. One in a
// home that is the person's own is marked there first, then stored without ids under the home that is left to it, then deleted
// at the old one; kpi knows the mark and counts neither. Every step may be done again, also by two at once: what stands marked
// beside its copy is what a run left that died, what stands unmarked beside one came a second time and is deleted as counted twice.
package erasure

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/visitors"
)

// Again is how long after an erasure its ids are gone over once more: for what was on its way, past readers of the stream who did
// not know the tombstones yet (Watch).
const Again = 15 * time.Minute

// Events are the events of a home; see store.Store.
type Events interface {
	EachEvent(ctx context.Context, site, home, after string, each func(*event.Event) error) error
	EventAt(ctx context.Context, site, home, sortKey string) (*event.Event, error)
	RewriteEvent(ctx context.Context, home string, e *event.Event) error
	PutEvent(ctx context.Context, e *event.Event) (store.Outcome, error)
	DropEvent(ctx context.Context, home string, e *event.Event, erased bool) error
}

// Records are records, links and tombstones; see store.Store.
type Records interface {
	journey.LinkStore
	journey.RecordStore
	DropLink(ctx context.Context, site string, l journey.Link) error
	DropRecord(ctx context.Context, site, kind, node string) error
	MakeGraveSalt(ctx context.Context, site string) error
	Tombstones(ctx context.Context, site string, sinceMs int64) (salt []byte, list []store.Tombstone, err error)
	PutTombstone(ctx context.Context, site string, t store.Tombstone) error
}

// Tasks are demands for erasure; see store.Store.
type Tasks interface {
	PutTask(ctx context.Context, t store.Task) error
	ReplaceTask(ctx context.Context, t store.Task, body []byte) (bool, error)
	DropTask(ctx context.Context, t store.Task) error
}

// Eraser carries demands out. It is safe for concurrent use.
type Eraser struct {
	Events  Events
	Records Records
	Tasks   Tasks
	Who     *Finder
	Sighter journey.Sighter // told that visits were the pseudonym's
	Now     func() time.Time
}

// Over makes an eraser over the stores.
func Over(s *store.Store, now func() time.Time) *Eraser {
	return &Eraser{Events: s, Records: s, Tasks: s, Who: NewFinder(s, now), Sighter: visitors.NewWriter(s), Now: now}
}

// Do carries one demand out and drops it. After an error all of it is done again. A fault means that nobody can read the demand.
func (x *Eraser) Do(ctx context.Context, t store.Task) error {
	var d store.Erasure
	if err := json.Unmarshal(t.Body, &d); err != nil || len(d.IDs) == 0 {
		return fault.New(fault.InvalidJSON, "", "this is no demand for erasure")
	}
	if !d.Exact {
		var mine bool
		var err error
		if d, mine, err = x.settle(ctx, t, d); err != nil || !mine {
			return err
		}
	}
	if err := x.erase(ctx, t, d); err != nil {
		return fmt.Errorf("erasure: demand %s: %w", t.ID, err)
	}
	if !d.Last {
		d.Last = true
		again, err := d.Task(t.Site, t.ID, t.Connection, x.Now().Add(Again).UnixMilli())
		if err != nil {
			return err
		}
		if err := x.Tasks.PutTask(ctx, again); err != nil {
			return err
		}
	}
	return x.Tasks.DropTask(ctx, t)
}

// settle writes down all ids of the person before any is erased, for then no link may lead to the others any more. False: another
// run did, and has the demand.
func (x *Eraser) settle(ctx context.Context, t store.Task, d store.Erasure) (store.Erasure, bool, error) {
	var all []string
	for _, id := range d.IDs {
		ids, err := x.Who.IDs(ctx, t.Site, id)
		if err != nil {
			return d, false, err
		}
		all = append(append(all, id), ids...)
	}
	slices.Sort(all)
	d.IDs, d.Exact = slices.Compact(all), true
	body, err := json.Marshal(d)
	if err != nil {
		return d, false, err
	}
	mine, err := x.Tasks.ReplaceTask(ctx, t, body)
	return d, mine, err
}

// work is one demand on its way.
type work struct {
	*Eraser
	site      string
	ids       map[string]bool
	pseudonym string
	salt      []byte
}

// erase goes in an order in which none can bring back what another took: tombstones, by which later events are known; records,
// which nothing restates then; events; the links last, since they lead to all of it.
func (x *Eraser) erase(ctx context.Context, t store.Task, d store.Erasure) error {
	w := &work{Eraser: x, site: t.Site, ids: map[string]bool{}}
	for _, id := range d.IDs {
		w.ids[id] = true
	}
	if err := w.bury(ctx, t.ID, d.IDs); err != nil {
		return err
	}
	links, homes, err := x.Who.around(ctx, t.Site, d.IDs)
	if err != nil {
		return err
	}
	homes = append(homes, d.Homes...)
	nodes := slices.Clone(homes)
	for _, l := range links {
		nodes = append(nodes, l.To)
	}
	for _, node := range nodes {
		if err := w.sale(ctx, node); err != nil {
			return err
		}
	}
	for _, id := range d.IDs {
		if err := w.messages(ctx, id); err != nil {
			return err
		}
	}
	slices.Sort(homes)
	for _, home := range slices.Compact(homes) {
		err := x.Events.EachEvent(ctx, t.Site, home, "", func(e *event.Event) error { return w.event(ctx, home, e) })
		if err != nil {
			return err
		}
	}
	return w.unlink(ctx, links)
}

// bury leaves the tombstones and chooses the pseudonym: that of an id which was erased before, else a new one.
func (w *work) bury(ctx context.Context, demand string, ids []string) error {
	if err := w.Records.MakeGraveSalt(ctx, w.site); err != nil {
		return err
	}
	salt, before, err := w.Records.Tombstones(ctx, w.site, 0)
	if err != nil {
		return err
	}
	w.salt, w.pseudonym = salt, "X#"+Name(salt, "demand "+demand)
	known := map[string]string{}
	for _, t := range before {
		known[t.Name] = t.Person
	}
	for _, id := range ids {
		if person := known[Name(salt, id)]; person != "" {
			w.pseudonym = person
			break
		}
	}
	at := w.Now().UnixMilli()
	for _, id := range ids {
		if name := Name(salt, id); known[name] == "" {
			if err := w.Records.PutTombstone(ctx, w.site, store.Tombstone{Time: at, Name: name, Person: w.pseudonym}); err != nil {
				return err
			}
		}
	}
	return nil
}

// unlink deletes links under both their ends.
func (w *work) unlink(ctx context.Context, links []journey.Link) error {
	for _, l := range links {
		if l.Mirrored() {
			if err := w.Records.DropLink(ctx, w.site, journey.Link{From: l.To, To: l.From}); err != nil {
				return err
			}
		}
		if err := w.Records.DropLink(ctx, w.site, l); err != nil {
			return err
		}
	}
	return nil
}
