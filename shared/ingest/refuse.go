package ingest

import (
	"context"
	"strings"
	"sync"
	"time"

	"tributary/shared/consent"
	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/obs"
)

// maxRaw is how much of a refused input is kept, in bytes; maxKeep how many a second one process keeps. A flood of junk
// is counted in full and costs no more than that.
const (
	maxRaw  = 2 << 10
	maxKeep = 5
)

// Refuse counts refused input that is no event, and keeps it with its reason, while the budget lasts. Site and id may be
// empty.
func (in *Ingest) Refuse(ctx context.Context, site, id, raw string, f *fault.Fault) {
	in.refuse(ctx, kept{site: site, eventID: id, raw: raw}, f)
}

// RefuseItem is Refuse of an event that can be replayed: what its door and sender are is kept with it. Of a visitor who
// objects only the reason is kept.
func (in *Ingest) RefuseItem(ctx context.Context, d event.Door, s Sender, it Item, f *fault.Fault) {
	k := kept{raw: it.Raw, facts: &d, appKey: s.AppKey}
	if d.Trust == event.TrustPublic && consent.Objects(d, it.Event) {
		k = kept{}
	}
	if it.Event != nil {
		k.site, k.eventID = it.Event.Site, it.Event.ID
	}
	in.refuse(ctx, k, f)
}

func (in *Ingest) refuse(ctx context.Context, k kept, f *fault.Fault) {
	obs.Count(ctx, in.log, "refused", 1, "door", in.door, "code", string(f.Code))
	if f.Code == fault.IDConflict || !in.budget.take(in.now()) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, stall) // the answer does not wait for a store that is away
	defer cancel()
	if err := in.keep(ctx, k, f); err != nil {
		in.log.ErrorContext(ctx, "refused input could not be kept", "door", in.door, "code", f.Code, "error", err)
	}
}

// Failed counts events that could not be stored.
func (in *Ingest) Failed(ctx context.Context, n int, err error) {
	in.log.ErrorContext(ctx, "events could not be stored", "door", in.door, "events", n, "error", err)
	obs.Count(ctx, in.log, "store_failures", n, "door", in.door)
}

// clip is what is kept of raw: its head, as valid text, without anybody's address or number in the clear.
func clip(raw string) string {
	if len(raw) > maxRaw {
		raw = raw[:maxRaw]
	}
	return mask(strings.ToValidUTF8(raw, "\ufffd"))
}

// Head is what a list may show of raw input: see clip.
func Head(raw string) string { return clip(raw) }

// budget allows maxKeep a second.
type budget struct {
	mu     sync.Mutex
	second int64
	used   int
}

func (b *budget) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := now.Unix(); s != b.second {
		b.second, b.used = s, 0
	}
	b.used++
	return b.used <= maxKeep
}
