// Package ingest is what every door does with an event that it has read: find its site, place it in time, put it once,
// and keep what was refused.
package ingest

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"tributary/shared/click"
	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/names"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// Events puts one event; see store.Store.
type Events interface {
	PutEvent(ctx context.Context, e *event.Event) (store.Outcome, error)
}

// Sites reads a site's settings, false when there is no such site; see store.Store.
type Sites interface {
	Site(ctx context.Context, id string) (settings.Site, bool, error)
}

// Aside keeps refused input; see store.Store.
type Aside interface {
	Keep(ctx context.Context, q store.Quarantined) error
}

// Ingest is one door's way into the store. It is safe for concurrent use.
type Ingest struct {
	door    string
	events  Events
	aside   Aside
	sites   cache[settings.Site]
	ways    cache[click.Way]
	spill   Spill
	trouble atomic.Bool // the last request went to S3
	begins  bool        // the process may have to open its first connection
	warm    atomic.Bool // the store has answered

	recipients recipients
	days       days
	names      *names.Limiter // nil: every name stands

	patience time.Duration // of one Take; 0: its caller's

	now    func() time.Time
	pause  func() time.Duration // before a second try
	log    *slog.Logger
	budget budget

	tallies tallies
}

// New makes the way in of the door that is named for metrics and quarantine.
func New(door string, s *store.Store, now func() time.Time, log *slog.Logger) *Ingest {
	in := Over(door, s, s, s, now, log).Knowing(s)
	in.recipients, in.tallies.to, in.begins = recipients{source: s, now: now}, s, true
	return in
}

// Over is New over parts of a store; it knows no links.
func Over(door string, events Events, from Sites, aside Aside, now func() time.Time, log *slog.Logger) *Ingest {
	in := &Ingest{door: door, events: events, aside: aside, now: now, pause: pause, log: log}
	in.sites = cache[settings.Site]{now: now, read: func(ctx context.Context, id string) (settings.Site, bool, error) { return from.Site(ctx, id) }}
	return in
}

// SpillTo makes Take keep in S3 what the store does not take, and returns in.
func (in *Ingest) SpillTo(s Spill) *Ingest {
	in.spill = s
	return in
}

// Within bounds how long Take lets a sender wait when neither the store nor S3 answers, and returns in.
func (in *Ingest) Within(patience time.Duration) *Ingest {
	in.patience = patience
	return in
}

// Door begins a request: arrival now, ids by ULID.
func (in *Ingest) Door(trust event.Trust) event.Door {
	at := in.now()
	return event.Door{Trust: trust, Now: at.UnixMilli(), NewID: func() string {
		return ulid.MustNew(ulid.Timestamp(at), rand.Reader).String()
	}}
}

// Prepare makes a parsed event ready to be stored: by its site's settings, which are read afresh before anything is
// refused because of them. A sender that shows an app key (KeyHash of it) must show the site's. What visitor and site do
// not want kept is gone afterwards. Errors are faults (unknown_site, unauthorized, invalid_time, outside_retention),
// ErrDropped or the store's; with an error the event is as it was.
func (in *Ingest) Prepare(ctx context.Context, e *event.Event, d event.Door, appKeyHash string) error {
	draft := *e
	err := in.admit(ctx, e, d, appKeyHash, time.Time{})
	if fault.Of(err) != nil {
		*e = draft
		err = in.admit(ctx, e, d, appKeyHash, time.UnixMilli(d.Now))
	}
	if err != nil {
		*e = draft
	}
	return err
}

func (in *Ingest) admit(ctx context.Context, e *event.Event, d event.Door, appKeyHash string, since time.Time) error {
	site, found, err := in.sites.get(ctx, e.Site, since)
	switch {
	case err != nil:
		return err
	case !found:
		return fault.New(fault.UnknownSite, "site", "there is no site %q; make it with PUT /v1/sites/%s, or correct its name", e.Site, e.Site)
	}
	if appKeyHash != "" {
		if site.AppKeySHA256 == "" || subtle.ConstantTimeCompare([]byte(appKeyHash), []byte(site.AppKeySHA256)) != 1 {
			return fault.New(fault.Unauthorized, "app_key", "this is not the app_key of site %q; set one with PUT /v1/sites/%s", e.Site, e.Site)
		}
		d.App = true
	}
	err = e.Admit(d, event.Site{
		Location: site.Location(), RetentionDays: site.RetentionDays, Quarter: site.Fractional(),
		Domains: site.Domains, PaymentHosts: site.PaymentHosts, Via: in.via(ctx, e, d),
	})
	if err != nil {
		return err
	}
	e.Reached = site.Reached(e.Type, e.Page)
	return in.protect(ctx, e, d, &site)
}

// Put stores a prepared event. A conflict is an id_conflict fault once the input is kept aside, whatever the budget is. Other
// errors are the store's, and then the event may be stored or not.
func (in *Ingest) Put(ctx context.Context, e *event.Event, raw string) (store.Outcome, error) {
	return in.put(ctx, e, kept{raw: raw})
}

// put is Put; k says how a conflict is kept.
func (in *Ingest) put(ctx context.Context, e *event.Event, k kept) (store.Outcome, error) {
	outcome, err := in.events.PutEvent(ctx, e)
	if err != nil || outcome != store.Conflict {
		return outcome, err
	}
	f := conflict()
	k.site, k.eventID, k.raw = e.Site, e.ID, keepable(e, k.raw)
	if err := in.keep(ctx, k, f); err != nil {
		return 0, err
	}
	return outcome, f
}

// conflict is the refusal of an event whose id is taken.
func conflict() *fault.Fault {
	return fault.New(fault.IDConflict, "id", "the id is taken by an event with other content; send a new id, or the same content to retry")
}
