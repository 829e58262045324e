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
// the pumps hold no records back in batching windows, and are woken whenever the functions have come to rest: polling faster
// instead would take from the engine what the functions need.
func (i *Idle) Wait(ctx context.Context) bool {
	arrival := time.Now()
	i.enter()
	defer i.leave()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	woken := arrival
	for {
		if i.reached(arrival) {
			return true
		}
		if inFlight, lastEnd := i.Activity(); inFlight == 0 && lastEnd.After(woken) {
			woken = lastEnd
			i.rouse()
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
	i.wakeAll()
}

// rouse wakes the pumps.
func (i *Idle) rouse() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.wakeAll()
}

func (i *Idle) wakeAll() {
	close(i.wake)
	i.wake = make(chan struct{})
}

func (i *Idle) leave() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.waiters--
}

// urgent tells whether somebody waits.
func (i *Idle) urgent() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.waiters > 0
}

// woken is a channel that is closed at the next wake-up. Taken before a look at the engine, it tells of those that came during the look.
func (i *Idle) woken() <-chan struct{} {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.wake
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
	pollPause = 100 * time.Millisecond // between polls that return little
	lookPause = time.Second            // between looks for new shards
)
