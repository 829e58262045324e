package kpi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrRefused marks a write that will never be taken, however often it is tried.
var ErrRefused = errors.New("kpi: the write is refused for good")

// Counters is where deltas go. AddCounters writes d under its fence and returns "", or writes nothing and returns the
// fence it found at or above d.Low (40 digits). An error says that it may or may not have been written: what was will
// be found fenced. Errors that wrap ErrRefused were not written.
type Counters interface {
	AddCounters(ctx context.Context, d Delta) (fence string, err error)
}

// Aside keeps a delta that was refused for good, with the reason; once it is kept, the batch goes on without it.
type Aside func(ctx context.Context, d Delta, cause error) error

const writers = 16 // items written at once

// Margin is kept of an invocation's time: that long before its deadline Apply begins nothing any more, so that what comes after the
// counters is noted and the answer gets out. Where a slow table used it all up for counters, the whole batch would come again and
// again and end the same way.
const Margin = 15 * time.Second

// Apply writes every item once, whatever was delivered before. When some could not be written it returns the first
// error and the sequence number of the lowest record that has to come again; all records below are folded in.
func (f *Fold) Apply(ctx context.Context, c Counters, aside Aside) (resume string, err error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-Margin))
		defer cancel()
	}
	results := make([]result, len(f.items))
	work := make(chan int)
	var wg sync.WaitGroup
	for range min(writers, len(f.items)) {
		wg.Go(func() {
			for i := range work {
				results[i] = f.write(ctx, c, aside, &f.items[i])
			}
		})
	}
	for i := range f.items {
		work <- i
	}
	close(work)
	wg.Wait()
	return f.resume(results)
}

// result is what became of one item.
type result struct {
	left []part
	err  error
}

// write folds an item in: what a fence says was delivered before is dropped, the rest tried again. Sums that come to
// nothing are written too, for their fence: else a part of their records, delivered again alone, would be counted.
func (f *Fold) write(ctx context.Context, c Counters, aside Aside, it *item) result {
	left := it.parts
	for len(left) > 0 {
		d, rest := f.delta(it, left)
		if err := ctx.Err(); err != nil {
			return result{left: left, err: fmt.Errorf("kpi: %d items wait: %w", len(f.items), err)}
		}
		fence, err := c.AddCounters(ctx, d)
		if errors.Is(err, ErrRefused) {
			err = aside(ctx, d, err)
		}
		if err != nil {
			return result{left: left, err: err}
		}
		if fence != "" {
			rest = f.above(left, fence)
			if len(rest) == len(left) {
				return result{left: left, err: fmt.Errorf("kpi: item %v: fence %s stands below %s and refuses it", d.Key, fence, d.Low)}
			}
		}
		left = rest
	}
	return result{}
}

// above drops the parts of records at or below the fence.
func (f *Fold) above(parts []part, fence string) []part {
	i, _ := slices.BinarySearchFunc(parts, fence, func(p part, fence string) int {
		if f.records[p.record].order <= fence {
			return -1
		}
		return 1
	})
	return parts[i:]
}

// resume finds the lowest record that has to come again.
func (f *Fold) resume(results []result) (string, error) {
	var low record
	var first error
	for _, r := range results {
		if r.err == nil {
			continue
		}
		if first == nil {
			first = r.err
		}
		if at := f.records[r.left[0].record]; low.order == "" || strings.Compare(at.order, low.order) < 0 {
			low = at
		}
	}
	if first == nil {
		return "", nil
	}
	return low.sequence, first
}
