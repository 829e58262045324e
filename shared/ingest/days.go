package ingest

import (
	"context"
	"strings"
	"sync"
	"time"

	"tributary/shared/consent"
	"tributary/shared/event"
)

// Salts hands out the salt of a UTC day, 2026-03-01, which the first to ask makes; see store.Store's Salt. It is a function
// so that doors which never ask do not link it, and need no permission for it.
type Salts func(ctx context.Context, day string) ([]byte, error)

// visitGap is the silence that ends a visit; maxCarried bounds the visits that one process takes over midnight.
const (
	visitGap   = 30 * time.Minute
	maxCarried = 10_000
)

// days makes the ids of visitors who have none. A salt is read once a process and day. A visit that goes on over midnight
// keeps its id where the process has seen its visitor in the last half hour of the day: knowing it everywhere would take
// a read or a write for every hit, to mend one visit in five hundred. It is safe for concurrent use.
type days struct {
	source Salts

	mu      sync.Mutex
	day     string
	salt    []byte
	before  []byte           // the salt of the day before, where this process knew it
	carried map[string]int64 // ids of visits that may go on over midnight: when they were last seen (Unix ms)
}

// dayID is the id of an event's visitor for today; empty where none can be made, and then the event is nobody's. A draft
// that comes back from S3 has got its id before it went there.
func (in *Ingest) dayID(ctx context.Context, e *event.Event, d event.Door) string {
	if d.IP == "" && strings.HasPrefix(e.AnonymousID, consent.DayPrefix) {
		return e.AnonymousID
	}
	id, err := in.days.id(ctx, e.Site, d)
	if err != nil {
		in.log.WarnContext(ctx, "a visitor stays without an id: the day's salt cannot be read", "door", in.door, "error", err)
	}
	return id
}

func (v *days) id(ctx context.Context, site string, d event.Door) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.turn(ctx, dayOf(d.Now)); err != nil || v.salt == nil {
		return "", err
	}
	gap := visitGap.Milliseconds()
	if old := consent.DayID(v.before, site, d.IP, d.UserAgent); old != "" {
		if last, ok := v.carried[old]; ok && d.Now-last <= gap {
			v.carried[old] = d.Now
			return old, nil
		}
	}
	id := consent.DayID(v.salt, site, d.IP, d.UserAgent)
	left := (24 * time.Hour).Milliseconds() - d.Now%(24*time.Hour).Milliseconds()
	if _, known := v.carried[id]; left <= gap && id != "" && (known || len(v.carried) < maxCarried) {
		v.carried[id] = d.Now
	}
	return id, nil
}

// known is the id of a visitor while the store is not asked; empty where the day's salt is not in memory.
func (v *days) known(site string, d event.Door) string {
	if !v.mu.TryLock() { // somebody is asking the store
		return ""
	}
	defer v.mu.Unlock()
	if v.day != dayOf(d.Now) {
		return ""
	}
	return consent.DayID(v.salt, site, d.IP, d.UserAgent)
}

// dayOf is the UTC day of a time in Unix milliseconds.
func dayOf(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.DateOnly) }

// turn begins a day: its salt is read, the one before is kept for visits that go on, and visits of the day before that are
// forgotten.
func (v *days) turn(ctx context.Context, day string) error {
	if v.day == day || v.source == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, refreshFor)
	defer cancel()
	salt, err := v.source(ctx, day)
	if err != nil {
		return err
	}
	for id, last := range v.carried {
		if begin, err := time.Parse(time.DateOnly, day); err == nil && begin.UnixMilli()-last > visitGap.Milliseconds() {
			delete(v.carried, id)
		}
	}
	if v.carried == nil {
		v.carried = map[string]int64{}
	}
	v.day, v.salt, v.before = day, salt, v.salt
	return nil
}
