package ingest

import (
	"context"
	"sync"
	"time"

	"tributary/shared/fault"
	"tributary/shared/obs"
	"tributary/shared/store"
)

// Tally counts what a site's input came to on a UTC day besides new events: store.Duplicates, or the code of a refusal.
type Tally interface {
	CountInput(ctx context.Context, site, day string, counts map[string]int64) error
}

// maxTallied bounds the sites that wait to be counted.
const maxTallied = 100

// tallies are counts that are not written yet: a flood of repetitions is counted, and costs no more than maxKeep writes a
// second. What waits when a process ends is lost: these are figures of quality, and no event hangs on them.
type tallies struct {
	to     Tally
	budget budget

	mu      sync.Mutex
	waiting map[string]map[string]int64 // by site
}

// count notes what became of a request's items.
func (in *Ingest) count(ctx context.Context, items []Item) {
	if in.tallies.to == nil {
		return
	}
	noted := false
	for i := range items {
		it, what, site := &items[i], "", ""
		if it.Event != nil {
			site = it.Event.Site
		}
		if f := fault.Of(it.Err); f != nil {
			what = string(f.Code)
			if f.Code == fault.UnknownSite {
				site = ""
			}
		} else if it.Err == nil && (it.Outcome == store.Duplicate || it.Outcome == store.Superseded) {
			what = store.Duplicates
		}
		if what != "" {
			noted = in.tallies.add(site, what) || noted
		}
	}
	if noted && in.tallies.budget.take(in.now()) {
		in.writeTallies(ctx)
	}
}

func (t *tallies) add(site, what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == nil {
		t.waiting = map[string]map[string]int64{}
	}
	if t.waiting[site] == nil {
		if len(t.waiting) >= maxTallied {
			return false
		}
		t.waiting[site] = map[string]int64{}
	}
	t.waiting[site][what]++
	return true
}

// writeTallies writes what waits. It is no reason to keep a sender waiting, nor to fail.
func (in *Ingest) writeTallies(ctx context.Context) {
	in.tallies.mu.Lock()
	waiting := in.tallies.waiting
	in.tallies.waiting = nil
	in.tallies.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, stall)
	defer cancel()
	day := in.now().UTC().Format(time.DateOnly)
	for site, counts := range waiting {
		if err := in.tallies.to.CountInput(ctx, site, day, counts); err != nil {
			obs.Count(ctx, in.log, "tallies_lost", 1, "door", in.door)
		}
	}
}
