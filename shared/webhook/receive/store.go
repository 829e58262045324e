package receive

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/oklog/ulid/v2"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/webhook"
)

// Result is what became of a delivery. Kept is set when it, or some of it, was put aside, with the reason.
type Result struct {
	Accepted   int          `json:"accepted"`
	Duplicates int          `json:"duplicates"`
	Kept       *fault.Fault `json:"kept,omitempty"`
	// Rejected are rows of a file that were not taken.
	Rejected []webhook.RefusedRow `json:"rejected,omitempty"`
	Waiting  bool                 `json:"waiting,omitempty"` // it is kept, and verified once its connection can be read
	DryRun   bool                 `json:"dry_run,omitempty"`
	Events   []map[string]any     `json:"events,omitempty"`
}

// store reads a verified delivery and puts its events. What cannot be read of it puts the whole delivery aside.
func (r *Receiver) store(ctx context.Context, c *settings.Connection, p *webhook.Provider, d *webhook.Delivery, dry bool) (Result, error) {
	m, err := p.Read(c, d)
	reason := fault.Of(err)
	if err != nil && reason == nil {
		return Result{}, err
	}
	return r.take(ctx, c, p, d, m, reason, dry)
}

// take stores what a delivery means; reason is what of it could not be read.
func (r *Receiver) take(ctx context.Context, c *settings.Connection, p *webhook.Provider, d *webhook.Delivery, m webhook.Meaning, reason *fault.Fault, dry bool) (Result, error) {
	door := r.in.Door(event.TrustWebhook)
	door.Now = d.Now.UnixMilli() // long ago, if it waited
	items := r.parse(c, m.Events, d, door)
	if dry {
		r.prepare(ctx, items, door)
	} else {
		r.in.Take(ctx, door, ingest.Sender{}, items)
	}
	result := Result{DryRun: dry}
	for i := range items {
		f, err := result.count(i, &items[i])
		if err != nil {
			return Result{}, err
		}
		if f != nil && f.Code == fault.IDConflict {
			r.in.Refuse(ctx, c.Site, "", "", f) // counts it; Put has kept it
			result.Kept = f
		} else if reason == nil {
			reason = f
		}
	}
	if dry {
		return result, nil
	}
	if err := r.tasks(ctx, c, &m, door.Now); err != nil || reason == nil {
		return result, err
	}
	result.Kept = reason
	return result, r.keep(ctx, c, p, d, reason)
}

// count adds one event to the result and returns why it was refused; the error is ours.
func (res *Result) count(i int, it *ingest.Item) (*fault.Fault, error) {
	switch f := fault.Of(it.Err); {
	case f != nil:
		res.Kept = f
		return f, nil
	case it.Err != nil:
		return nil, it.Err
	case it.Outcome == store.Duplicate || it.Outcome == store.Superseded:
		res.Duplicates++
	default:
		res.Accepted++
	}
	if res.DryRun {
		res.Events = append(res.Events, ingest.Preview(i, it.Event))
	}
	return nil, nil
}

// parse makes events of drafts: of the connection's own site, each with an id that is the same whenever the delivery comes.
func (r *Receiver) parse(c *settings.Connection, drafts []webhook.Draft, d *webhook.Delivery, door event.Door) []ingest.Item {
	items := make([]ingest.Item, len(drafts))
	for i, draft := range drafts {
		draft["site"] = c.Site
		if id, _ := draft["id"].(string); id == "" {
			draft["id"] = bytesID(c, d, i)
		}
		items[i].Event, items[i].Err = event.FromFields(draft, door)
		items[i].Raw = draft.JSON()
	}
	return items
}

// prepare finds out what would become of events that are not stored.
func (r *Receiver) prepare(ctx context.Context, items []ingest.Item, door event.Door) {
	for i := range items {
		if it := &items[i]; it.Err == nil {
			it.Err = r.in.Prepare(ctx, it.Event, door, "")
		}
	}
}

// bytesID stands for the id that a sender does not give.
func bytesID(c *settings.Connection, d *webhook.Delivery, i int) string {
	id := c.ID + ":" + digest([]byte(d.Method), d.Body, []byte(d.Told()))[:32]
	if i > 0 {
		id += "#" + strconv.Itoa(i)
	}
	return id
}

// keep puts the whole delivery aside; only then may the sender be told that it arrived.
func (r *Receiver) keep(ctx context.Context, c *settings.Connection, p *webhook.Provider, d *webhook.Delivery, f *fault.Fault) error {
	obs.Count(ctx, r.log, "refused", 1, "door", "webhook", "code", string(f.Code))
	whole, err := webhook.Keep(c.ID, p, d)
	if err != nil {
		return err
	}
	site := c.Site
	if f.Code == fault.UnknownSite {
		site = "" // nobody looks under a name that is no site's
	}
	at := r.now()
	return r.aside.KeepDelivery(ctx, store.Quarantined{
		ID: ulid.MustNew(ulid.Timestamp(at), rand.Reader).String(), Site: site, Received: at.UnixMilli(), Door: "webhook:" + c.ID,
		Code: string(f.Code), Field: f.Field, Message: f.Message, Raw: ingest.Head(string(d.Body)),
	}, whole)
}

// digest tells contents apart.
func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}
