package pump

import (
	"context"
	"sync"
	"time"
)

// Idle tells when every stream record written so far has been handled. Every shard's pump notes the start of its last poll
// that returned nothing with an empty buffer, every mapping the start of its last look for shards that found nothing new. Idle
// is when no function is at work and all those starts lie after both the question and the end of the last invocation, which
// may have written records itself.
type Idle struct {
	// Activity tells how many invocations run and when the last one ended.
	Activity func() (inFlight int, lastEnd time.Time)

	mu       sync.Mutex
	waiters  int
	wake     chan struct{}
	mappings []*Mapping
}

// NewIdle makes the gate that mappings are added to.
func NewIdle(activity func() (int, time.Time)) *Idle {
	return &Idle{Activity: activity, wake: make(chan struct{})}
}

// Wait returns true once everything written before the call has been handled, false when ctx ends first. While somebody waits
// the pumps neither sleep long nor hold records back in batching windows.
func (i *Idle) Wait(ctx context.Context) bool {
	arrival := time.Now()
	i.enter()
	defer i.leave()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if i.reached(arrival) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// reached reads the activity before and after the pumps, so that work between the two looks is not missed.
func (i *Idle) reached(arrival time.Time) bool {
	inFlight, lastEnd := i.Activity()
	if inFlight > 0 {
		return false
	}
	since := arrival
	if lastEnd.After(since) {
		since = lastEnd
	}
	i.mu.Lock()
	mappings := i.mappings
	i.mu.Unlock()
	for _, m := range mappings {
		if !m.quietSince(since) {
			return false
		}
	}
	inFlight, again := i.Activity()
	return inFlight == 0 && again.Equal(lastEnd)
}

// Add makes Wait ask the mapping, from before it runs.
func (i *Idle) Add(m *Mapping) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.mappings = append(i.mappings[:len(i.mappings):len(i.mappings)], m)
}

func (i *Idle) enter() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.waiters++
	close(i.wake)
	i.wake = make(chan struct{})
}

func (i *Idle) leave() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.waiters--
}

// urgent tells whether somebody waits, and a channel that is closed when the next one comes.
func (i *Idle) urgent() (bool, <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.waiters > 0, i.wake
}

// pause sleeps for d, less when somebody waits for idleness. It returns false when ctx ends.
func (i *Idle) pause(ctx context.Context, d time.Duration) bool {
	urgent, wake := i.urgent()
	if urgent {
		d = min(d, urgentPause)
	}
	return wait(ctx, d, wake)
}

// wait sleeps for d or until wake is closed. It returns false when ctx ends.
func wait(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wake:
	case <-t.C:
	}
	return ctx.Err() == nil
}

const (
	pollPause   = 100 * time.Millisecond // between polls that return little
	urgentPause = 10 * time.Millisecond  // the same while somebody waits for idleness
	lookPause   = time.Second            // between looks for new shards
)
