package main

import (
	"context"
	"errors"
	"sync"

	"tributary/shared/kpi"
	"tributary/shared/store"
	"tributary/shared/visitors"
)

// fakeCounters keeps counters in memory under the same rule as the store's condition. before and after may fail a
// write before or after it is applied.
type fakeCounters struct {
	mu            sync.Mutex
	sums          map[kpi.Key]map[kpi.Measure]int64
	fences        map[kpi.Key]map[string]string
	names         []string
	recent        map[string][]store.Latest
	recentFails   error
	restated      map[string]kpi.Restatement
	sketches      map[visitors.Place]visitors.Item
	ledgerFails   error
	writes        int
	before, after func(d kpi.Delta) error
	slow          func(ctx context.Context, d kpi.Delta) // takes its time first
}

var errStore = errors.New("the store is away")

func (f *fakeCounters) AddCounters(ctx context.Context, d kpi.Delta) (string, error) {
	if f.slow != nil {
		f.slow(ctx, d)
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.before != nil {
		if err := f.before(d); err != nil {
			return "", err
		}
	}
	if f.sums == nil {
		f.sums, f.fences = map[kpi.Key]map[kpi.Measure]int64{}, map[kpi.Key]map[string]string{}
	}
	if f.sums[d.Key] == nil {
		f.sums[d.Key], f.fences[d.Key] = map[kpi.Measure]int64{}, map[string]string{}
	}
	if fence := f.fences[d.Key][d.Shard]; fence >= d.Low {
		return fence, nil
	}
	f.writes++
	f.fences[d.Key][d.Shard] = d.High
	for m, n := range d.Amounts {
		f.sums[d.Key][m] += n
	}
	if f.after != nil {
		return "", f.after(d)
	}
	return "", nil
}

func (f *fakeCounters) PutName(_ context.Context, site string, d kpi.Dimension, value string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.names = append(f.names, site+" "+string(d)+" "+value)
	return nil
}

func (f *fakeCounters) PutRecent(_ context.Context, site string, _ int, list []store.Latest) ([]store.Latest, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.recentFails != nil {
		return nil, f.recentFails
	}
	if f.recent == nil {
		f.recent = map[string][]store.Latest{}
	}
	before := f.recent[site]
	f.recent[site] = list
	return before, nil
}

// PutRestatement keeps what is restated, by its order.
func (f *fakeCounters) PutRestatement(_ context.Context, r kpi.Restatement, order string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.restated == nil {
		f.restated = map[string]kpi.Restatement{}
	}
	f.restated[order] = r
	return f.ledgerFails
}

// PutSketches takes everything; what is noted twice is written twice.
func (f *fakeCounters) PutSketches(_ context.Context, at visitors.Place, it visitors.Item) (*visitors.Item, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sketches == nil {
		f.sketches = map[visitors.Place]visitors.Item{}
	}
	f.sketches[at] = it
	return nil, nil
}

// fakeKeeper keeps what is set aside; fail makes it refuse.
type fakeKeeper struct {
	kept []store.Quarantined
	fail error
}

func (k *fakeKeeper) Keep(_ context.Context, q store.Quarantined) error {
	if k.fail != nil {
		return k.fail
	}
	k.kept = append(k.kept, q)
	return nil
}
