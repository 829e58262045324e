package main

import (
	"context"
	"sync"
	"time"
)

// pace knows how long a segment takes, so that none is begun that cannot be ended.
type pace struct {
	mu      sync.Mutex
	longest time.Duration
}

func (p *pace) took(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.longest = max(p.longest, d)
}

// fits reports whether there is time for another segment, half as long again as the longest so far.
func (p *pace) fits(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	if !ok {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(deadline) > p.longest*3/2
}

// goesOn notes what a piece that began at a time took, and reports whether there is time for another.
func (p *pace) goesOn(ctx context.Context, began time.Time) bool {
	p.took(time.Since(began))
	return p.fits(ctx)
}
