package erasure

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"tributary/shared/event"
	"tributary/shared/store"
)

// Name is an id as its tombstone has it: HMAC-SHA256 under the site's salt, cut to 128 bits.
func Name(salt []byte, id string) string {
	h := hmac.New(sha256.New, salt)
	h.Write([]byte(id))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Bounds of how old what is known of a site may be, and of how much clocks of those who write tombstones may differ.
const (
	fresh = time.Minute
	skew  = 5 * time.Minute
)

// Graves are tombstones; see store.Store.
type Graves interface {
	Tombstones(ctx context.Context, site string, sinceMs int64) (salt []byte, list []store.Tombstone, err error)
}

// Watch knows the tombstones of the sites whose events pass: one small read a site and minute, none an event. It is safe for
// concurrent use.
type Watch struct {
	graves Graves
	now    func() time.Time

	mu    sync.Mutex
	sites map[string]*yard
}

// yard is what is known of a site.
type yard struct {
	read  time.Time
	since int64 // Unix milliseconds: all before is known
	salt  []byte
	names map[string]bool
}

// NewWatch makes a watch that knows nothing yet.
func NewWatch(g Graves, now func() time.Time) *Watch {
	return &Watch{graves: g, now: now, sites: map[string]*yard{}}
}

// Erased are the ids of an event that were erased.
func (w *Watch) Erased(ctx context.Context, e *event.Event) ([]string, error) {
	ids := e.IDs()
	if len(ids) == 0 || e.Erased {
		return nil, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	y, err := w.yard(ctx, e.Site)
	if err != nil || len(y.names) == 0 {
		return nil, err
	}
	var list []string
	for _, id := range ids {
		if y.names[Name(y.salt, id)] {
			list = append(list, id)
		}
	}
	return list, nil
}

// yard reads what is new of a site.
func (w *Watch) yard(ctx context.Context, site string) (*yard, error) {
	now := w.now()
	y := w.sites[site]
	if y != nil && now.Sub(y.read) < fresh {
		return y, nil
	}
	if y == nil {
		y = &yard{names: map[string]bool{}}
	}
	salt, list, err := w.graves.Tombstones(ctx, site, y.since)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		y.names[t.Name] = true
	}
	y.read, y.since, y.salt = now, now.Add(-skew).UnixMilli(), salt
	w.sites[site] = y
	return y, nil
}
