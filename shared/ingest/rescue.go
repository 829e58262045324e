package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"tributary/shared/event"
	"tributary/shared/obs"
	"tributary/shared/spill"
)

// Spill keeps an object in S3; see spill.Bucket.
type Spill interface {
	Put(ctx context.Context, key string, body []byte) error
}

// How long a request waits. Of the 400 ms within which an event is in S3 when the store does not answer, stall are the
// store's: after that long without a success the items still on their way go to S3, while the store goes on being asked, and
// whoever is first counts. Both may win: the event that is put back is then a duplicate. saveFor bounds S3's answer.
const (
	stall = 250 * time.Millisecond
	// patient is the stall of servers, who would rather wait than not be told what was a duplicate, and of a process that the
	// store has not answered yet: its first connection takes as long on a small machine.
	patient = 1500 * time.Millisecond
	saveFor = 2 * time.Second
	// saveKeyed is S3's for whoever sends with a key: no vendor's clock runs, and a batch that is refused is sent whole again.
	saveKeyed = 6 * time.Second
)

var errNoSpill = errors.New("ingest: nothing to spill to")

// rescue watches the items of one request on their way to the store and brings to S3 what does not arrive.
type rescue struct {
	in     *Ingest
	ctx    context.Context
	stop   func() // ends all tries: once S3 has all, or patience is at its end
	facts  event.Door
	sender Sender
	items  []Item

	watched []watched // beside items
	stall   time.Duration
	latest  time.Time // when S3 is asked at the latest, also where the store keeps answering, slowly; zero: never for that
	timer   *time.Timer
	begun   atomic.Bool
	saved   chan error
}

// watched is one item as it was read, for the store's way changes it meanwhile.
type watched struct {
	draft event.Event
	done  atomic.Bool // arrived or refused
}

// watch begins. While the store was in trouble last, S3 is asked at once beside it.
func (in *Ingest) watch(ctx context.Context, stop func(), d event.Door, s Sender, items []Item) *rescue {
	r := &rescue{
		in: in, ctx: ctx, stop: stop, facts: d, sender: s, items: items,
		watched: make([]watched, len(items)), stall: stall, saved: make(chan error, 1),
	}
	for i := range items {
		w := &r.watched[i]
		if items[i].Err != nil {
			w.done.Store(true)
			continue
		}
		w.draft = *items[i].Event
		w.draft.ClickIDs = maps.Clone(w.draft.ClickIDs)
	}
	if d.Trust != event.TrustPublic || in.begins && !in.warm.Load() {
		r.stall = patient
	}
	if in.trouble.Load() {
		r.stall = 0
	}
	if deadline, ok := ctx.Deadline(); ok {
		r.latest = deadline.Add(-min(r.wait(), time.Until(deadline)/2))
	}
	r.timer = time.AfterFunc(r.stall, r.save)
	return r
}

// wait is how long S3 may take.
func (r *rescue) wait() time.Duration {
	if r.facts.Trust == event.TrustKeyed {
		return saveKeyed
	}
	return saveFor
}

// arrived notes that an item needs no rescue any more, and that the store is alive.
func (r *rescue) arrived(i int) {
	r.watched[i].done.Store(true)
	r.in.warm.Store(true)
	if len(r.items) < 2 || r.begun.Load() {
		return
	}
	d := r.stall
	if !r.latest.IsZero() {
		d = min(d, time.Until(r.latest))
	}
	r.timer.Reset(d)
}

// finish waits for what is on its way to S3, or sends what the store did not take.
func (r *rescue) finish() {
	r.timer.Stop()
	lost := 0
	var cause error
	for i := range r.items {
		if !r.watched[i].done.Load() {
			lost, cause = lost+1, r.items[i].Err
		}
	}
	if lost == 0 {
		r.in.trouble.Store(false)
		return
	}
	r.save()
	if err := <-r.saved; err != nil {
		r.fail(err)
		return
	}
	begins := !r.in.trouble.Swap(true)
	for i := range r.items {
		if !r.watched[i].done.Load() {
			r.items[i].Outcome, r.items[i].Err = Spilled, nil
		}
	}
	if begins { // the count tells of the others
		r.in.log.WarnContext(r.ctx, "the store does not answer: events wait in S3", "door", r.in.door, "events", lost, "error", cause)
	}
	obs.Count(r.ctx, r.in.log, "spilled", lost, "door", r.in.door)
}

// fail tells of each lost item also why S3 did not take it.
func (r *rescue) fail(err error) {
	for i := range r.items {
		if !r.watched[i].done.Load() {
			r.items[i].Err = errors.Join(r.items[i].Err, err)
		}
	}
}

// save puts what has not arrived into one object, once for a request. Every item that fails later was among it.
func (r *rescue) save() {
	if r.begun.Swap(true) {
		return
	}
	if p := r.in.patience; p > 0 { // only now: most requests need no second timer
		time.AfterFunc(p-r.stall, r.stop)
	}
	err := r.put()
	if err == nil {
		r.stop()
	}
	r.saved <- err
}

func (r *rescue) put() error {
	if r.in.spill == nil {
		return errNoSpill
	}
	b := spill.Batch{Door: r.in.door, Facts: r.facts, AppKey: r.sender.AppKey, Key: r.sender.Key}
	for i := range r.watched {
		if w := &r.watched[i]; !w.done.Load() {
			if raw, ok := r.in.shield(&w.draft, r.facts, r.items[i].Raw); ok {
				b.Events = append(b.Events, spill.Event{Draft: &w.draft, Raw: clip(raw)})
			}
		}
	}
	if len(b.Events) == 0 {
		return nil
	}
	return r.in.send(r.ctx, b, r.wait())
}

// send writes one object, within a time.
func (in *Ingest) send(ctx context.Context, b spill.Batch, wait time.Duration) error {
	body, err := b.Encode()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	at := time.UnixMilli(b.Facts.Now)
	return in.spill.Put(ctx, spill.Key(at, ulid.MustNew(ulid.Timestamp(at), rand.Reader).String()), body)
}
