package ingest

import (
	"context"
	"sync"
	"time"

	"tributary/shared/settings"
)

// cacheFor is how long a site's settings are taken from memory; maxSites bounds what invented names can fill. Where older
// ones are known, the store has refreshFor to answer, and is asked again after askAgain when it did not.
const (
	cacheFor   = 30 * time.Second
	maxSites   = 1000
	refreshFor = 100 * time.Millisecond
	askAgain   = 2 * time.Second
)

// sites keeps the settings of sites for cacheFor. It is safe for concurrent use; one reader at a time asks the store, so
// that a batch asks once.
type sites struct {
	source Sites
	now    func() time.Time

	mu    sync.Mutex
	known map[string]cached
}

type cached struct {
	site  settings.Site
	found bool
	at    time.Time
}

// get returns a site's settings as they were read at since or later; the zero since means any within cacheFor. When
// they cannot be read afresh, older ones stand: settings change seldom and events do not come twice.
func (s *sites) get(ctx context.Context, id string, since time.Time) (settings.Site, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, have := s.known[id]
	if have && !c.at.Before(since) && s.now().Sub(c.at) < cacheFor {
		return c.site, c.found, nil
	}
	at := s.now()
	if have && c.found {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, refreshFor)
		defer cancel()
	}
	site, found, err := s.source.Site(ctx, id)
	if err != nil {
		if c.at = at.Add(askAgain - cacheFor); have {
			s.known[id] = c
		}
		return c.site, c.found, stale(err, have && c.found)
	}
	if s.known == nil || len(s.known) >= maxSites {
		s.known = make(map[string]cached)
	}
	s.known[id] = cached{site: site, found: found, at: at}
	return site, found, nil
}

// stale drops an error where older settings can stand in.
func stale(err error, older bool) error {
	if older {
		return nil
	}
	return err
}
