package receive

import (
	"context"
	"sync"
	"time"

	"tributary/shared/settings"
)

// cacheFor is how long a connection is taken from memory; maxKnown bounds what invented ids can fill.
const (
	cacheFor = 30 * time.Second
	maxKnown = 1000
)

// askFor bounds the store's answer: an older connection stands then, or the delivery waits in S3.
const askFor = 250 * time.Millisecond

// Connections reads a connection, false when there is none; see store.Store.
type Connections interface {
	Connection(ctx context.Context, id string) (settings.Connection, bool, error)
}

// connections keeps connections for cacheFor. It is safe for concurrent use.
type connections struct {
	source Connections
	now    func() time.Time

	mu    sync.Mutex
	known map[string]known
}

type known struct {
	connection settings.Connection
	found      bool
	at         time.Time
}

// get returns a connection as it was read at since or later; the zero since means any within cacheFor. When it cannot be
// read afresh an older one stands: an outage must not turn signed deliveries away.
func (c *connections) get(ctx context.Context, id string, since time.Time) (settings.Connection, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, have := c.known[id]
	if have && !k.at.Before(since) && c.now().Sub(k.at) < cacheFor {
		return k.connection, k.found, nil
	}
	at := c.now()
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	connection, found, err := c.source.Connection(ctx, id)
	if err != nil {
		if have && k.found {
			return k.connection, true, nil
		}
		return settings.Connection{}, false, err
	}
	if c.known == nil || len(c.known) >= maxKnown {
		c.known = make(map[string]known)
	}
	c.known[id] = known{connection, found, at}
	return connection, found, nil
}
