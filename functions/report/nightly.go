package main

import (
	"context"
	"sync"
	"time"

	"tributary/shared/archive"
	"tributary/shared/sweep"
)

// nightly gives a run of the schedule what the recount of the night has read, where that covers what is asked for, and else what
// the run reads itself.
type nightly struct {
	archive *archive.Archive
	at      time.Time // the run's nominal time
	own     *swept

	mu     sync.Mutex
	looked bool
	newest *swept
	began  time.Time
}

// A reading that began this long before a run of the schedule is taken for tonight's.
const tonight = 6 * time.Hour

// covering is everybody as known at a time that is no earlier than until, Unix milliseconds.
func (n *nightly) covering(ctx context.Context, until int64) (everybody, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.looked {
		whole, err := sweep.Newest(ctx, n.archive)
		if err != nil {
			return nil, err
		}
		if n.looked = true; whole != nil {
			n.newest, n.began = wholeOf(n.archive, whole), whole.Began
		}
	}
	if n.newest == nil || n.began.UnixMilli() < until || n.at.Sub(n.began) > tonight {
		return n.own, nil
	}
	return n.newest, nil
}

func wholeOf(a *archive.Archive, w *sweep.Whole) *swept {
	given := func(list []sweep.Segment) func(context.Context) ([]sweep.Segment, error) {
		return func(context.Context) ([]sweep.Segment, error) { return list, nil }
	}
	return &swept{archive: a, by: w.By, people: given(w.People), touches: given(w.Touches)}
}
