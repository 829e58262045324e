package ingest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/store"
)

// kept is refused input on its way aside.
type kept struct {
	site, eventID, raw string
	at                 int64       // arrival in Unix milliseconds; 0: now
	name               string      // names the input, so that it is kept once however often it is refused; empty: each time is its own
	facts              *event.Door // nil: it cannot be replayed
	appKey             string
}

// origin is what a replay needs to know besides the input.
type origin struct {
	Facts  event.Door `json:"facts"`
	AppKey string     `json:"app_key_sha256,omitempty"`
	Cut    bool       `json:"cut,omitempty"` // the input was longer than what is kept of it
}

// keep puts input aside.
func (in *Ingest) keep(ctx context.Context, k kept, f *fault.Fault) error {
	if f.Code == fault.UnknownSite {
		k.site = "" // nobody looks under a name that is no site's; the message says it
	}
	if k.at == 0 {
		k.at = in.now().UnixMilli()
	}
	q := store.Quarantined{
		ID: k.id(), Site: k.site, Received: k.at, Door: in.door, Code: string(f.Code), Field: f.Field, Message: f.Message,
		EventID: k.eventID, Raw: clip(k.raw),
	}
	if k.facts != nil {
		raw, err := json.Marshal(origin{Facts: *k.facts, AppKey: k.appKey, Cut: len(k.raw) > maxRaw})
		if err != nil {
			return fmt.Errorf("ingest: keep %s: %w", q.ID, err)
		}
		q.Origin = string(raw)
	}
	return in.aside.Keep(ctx, q)
}

// id is a ULID of arrival.
func (k *kept) id() string {
	at := ulid.Timestamp(time.UnixMilli(k.at))
	if k.name == "" {
		return ulid.MustNew(at, rand.Reader).String()
	}
	var id ulid.ULID
	sum := sha256.Sum256([]byte(k.name))
	copy(id[6:], sum[:])
	if err := id.SetTime(at); err != nil { // years from now
		return ulid.MustNew(0, rand.Reader).String()
	}
	return id.String()
}
