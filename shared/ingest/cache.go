package ingest

import (
	"context"
	"sync"
	"time"
)

// cacheFor is how long a setting is taken from memory; maxCached bounds what invented names can fill. Where an older one is
// known, the store has refreshFor to answer, and is asked again after askAgain when it did not.
const (
	cacheFor   = 30 * time.Second
	maxCached  = 1000
	refreshFor = 100 * time.Millisecond
	askAgain   = 2 * time.Second
)

// cache keeps settings by name for cacheFor. It is safe for concurrent use; one reader at a time asks the store, so that a
// batch asks once.
type cache[T any] struct {
	read func(ctx context.Context, name string) (T, bool, error)
	now  func() time.Time

	mu    sync.Mutex
	known map[string]cached[T]
}

type cached[T any] struct {
	value T
	found bool
	at    time.Time
}

// get returns a setting as it was read at since or later; the zero since means any within cacheFor. When it cannot be
// read afresh, an older one stands: settings change seldom and events do not come twice.
func (c *cache[T]) get(ctx context.Context, name string, since time.Time) (T, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was, have := c.known[name]
	if have && !was.at.Before(since) && c.now().Sub(was.at) < cacheFor {
		return was.value, was.found, nil
	}
	at := c.now()
	if have && was.found {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, refreshFor)
		defer cancel()
	}
	value, found, err := c.read(ctx, name)
	if err != nil {
		if was.at = at.Add(askAgain - cacheFor); have {
			c.known[name] = was
		}
		return was.value, was.found, stale(err, have && was.found)
	}
	if c.known == nil || len(c.known) >= maxCached {
		c.known = make(map[string]cached[T])
	}
	c.known[name] = cached[T]{value: value, found: found, at: at}
	return value, found, nil
}

// peek returns a setting from memory, however old; it never waits for the store.
func (c *cache[T]) peek(name string) (T, bool) {
	if !c.mu.TryLock() { // somebody is asking the store
		var none T
		return none, false
	}
	defer c.mu.Unlock()
	was := c.known[name]
	return was.value, was.found
}

// stale drops an error where an older setting can stand in.
func stale(err error, older bool) error {
	if older {
		return nil
	}
	return err
}
