package ingest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/store"
)

// writers is how many events of a batch are put at once.
const writers = 24

// Spilled is the outcome of an event that the store did not take in time and that is kept in S3: durable, and counted
// once it has been put back.
const Spilled store.Outcome = -1

// Item is one event of a request: what was read of it, and what became of it.
type Item struct {
	Event   *event.Event // nil where it could not be read
	Raw     string       // the input, for whoever looks at a refusal
	Outcome store.Outcome
	Err     error // a fault is a refusal, ErrDropped a visitor of whom nothing is kept, any other error means that it could be kept nowhere; set before, it stays
}

// Sender is what a request showed besides its events: SHA-256 (hex) of keys.
type Sender struct {
	AppKey string // a site's app_key
	Key    string // an API key that cannot be looked up now; the events wait in S3 until it can
}

// Take brings read events into the store, several at once, and those that it does not take in time to S3 as one object.
// Of events that share an id the first goes first, so that the answer to the others does not hang on chance.
func (in *Ingest) Take(ctx context.Context, d event.Door, s Sender, items []Item) {
	work, stop := context.WithCancel(ctx)
	defer stop()
	r := in.watch(work, stop, d, s, items)
	if s.Key == "" {
		in.direct(work, r)
	}
	r.finish()
	in.count(ctx, items)
}

// TakeOne is Take for a request that is one event.
func (in *Ingest) TakeOne(ctx context.Context, d event.Door, e *event.Event, raw string) (store.Outcome, error) {
	items := [1]Item{{Event: e, Raw: raw}}
	in.Take(ctx, d, Sender{}, items[:])
	return items[0].Outcome, items[0].Err
}

// direct prepares and puts every item that was read.
func (in *Ingest) direct(ctx context.Context, r *rescue) {
	for i := range r.items {
		if it := &r.items[i]; it.Err == nil {
			it.Err = in.twice(ctx, func() error { return in.Prepare(ctx, it.Event, r.facts, r.sender.AppKey) })
			if final(it.Err) {
				r.arrived(i)
			}
		}
	}
	first, again := waves(r.items)
	in.putAll(ctx, r, first)
	for _, i := range again {
		in.putOne(ctx, r, i)
	}
}

func (in *Ingest) putAll(ctx context.Context, r *rescue, items []int) {
	if len(items) == 1 {
		in.putOne(ctx, r, items[0])
		return
	}
	queue := make(chan int)
	var running sync.WaitGroup
	for range min(writers, len(items)) {
		running.Go(func() {
			for i := range queue {
				in.putOne(ctx, r, i)
			}
		})
	}
	for _, i := range items {
		queue <- i
	}
	close(queue)
	running.Wait()
}

func (in *Ingest) putOne(ctx context.Context, r *rescue, i int) {
	it := &r.items[i]
	it.Err = in.twice(ctx, func() error {
		var err error
		it.Outcome, err = in.put(ctx, it.Event, kept{raw: it.Raw, facts: &r.facts, appKey: r.sender.AppKey})
		return err
	})
	if it.Err == nil || final(it.Err) {
		r.arrived(i)
	}
}

// twice tries once more after a moment: a partition that is throttled or a connection that broke may be well by then.
func (in *Ingest) twice(ctx context.Context, do func() error) error {
	err := do()
	if err == nil || final(err) {
		return err
	}
	wait := time.NewTimer(in.pause())
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return err
	case <-wait.C:
		return do()
	}
}

// final reports an error that trying again or elsewhere does not mend: a refusal, or a visitor of whom nothing is kept.
func final(err error) bool { return fault.Of(err) != nil || errors.Is(err, ErrDropped) }

// pause is 10 to 50 ms: jitter, so that everybody who was refused does not come back at once.
func pause() time.Duration { return 10*time.Millisecond + rand.N(40*time.Millisecond) }

// waves parts the items to put into the first of each id and the repetitions.
func waves(items []Item) (first, again []int) {
	if len(items) == 1 && items[0].Err == nil {
		return []int{0}, nil
	}
	seen := make(map[[2]string]bool, len(items))
	for i := range items {
		it := &items[i]
		if it.Err != nil {
			continue
		}
		if id := [2]string{it.Event.Site, it.Event.ID}; seen[id] {
			again = append(again, i)
		} else {
			seen[id] = true
			first = append(first, i)
		}
	}
	return first, again
}
