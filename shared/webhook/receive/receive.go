// Package receive is what becomes of a webhook's delivery once it has arrived: it is verified, read and stored event by
// event. What was verified and cannot be read is kept aside, whole, and may be read again after a fix.
package receive

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"tributary/shared/fault"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/webhook"
	"tributary/shared/webhook/registry"
)

// spentFor is how long a token that counts once is remembered, past the widest window.
const spentFor = 48 * time.Hour

// Aside keeps deliveries that cannot be read, tokens that were used, and what others have to do; see store.Store.
type Aside interface {
	PutTask(ctx context.Context, t store.Task) error
	KeepDelivery(ctx context.Context, q store.Quarantined, whole []byte) error
	Spend(ctx context.Context, connection, token, content string, until int64) (bool, error)
}

// Receiver takes deliveries. It is safe for concurrent use.
type Receiver struct {
	in    *ingest.Ingest
	from  *connections
	aside Aside
	now   func() time.Time
	log   *slog.Logger

	Files Files // takes deliveries that are files; none comes where it is nil
}

// New makes a Receiver that stores through in.
func New(in *ingest.Ingest, from Connections, aside Aside, now func() time.Time, log *slog.Logger) *Receiver {
	return &Receiver{in: in, from: &connections{source: from, now: now}, aside: aside, now: now, log: log}
}

// Take verifies a delivery to a connection and stores what it means. Refusals are faults: not_found, unauthorized,
// method_not_allowed. What fails for a reason of ours waits in S3, whole, and is taken as of its arrival later; an error means
// that it could not: the sender should send again, and what is stored already is met as a duplicate then. A dry run stores
// nothing.
func (r *Receiver) Take(ctx context.Context, id string, d *webhook.Delivery, dry bool) (Result, error) {
	result, err := r.takeNow(ctx, id, d, dry)
	if err == nil || dry || fault.Of(err) != nil || errors.Is(err, webhook.ErrSecret) {
		return result, err
	}
	return r.wait(ctx, id, d, err)
}

func (r *Receiver) takeNow(ctx context.Context, id string, d *webhook.Delivery, dry bool) (Result, error) {
	c, p, err := r.find(ctx, id, time.Time{})
	if err != nil {
		return Result{}, err
	}
	if d.Method == http.MethodGet && !p.Get {
		return Result{}, fault.New(fault.MethodNotAllowed, "", "this connection takes POST")
	}
	if c, p, err = r.verified(ctx, c, p, d); err != nil {
		return Result{}, err
	}
	if p.Once != nil && !dry {
		if err := r.spend(ctx, &c, p, d); err != nil {
			return Result{}, err
		}
	}
	if p.File != nil {
		return r.deposit(ctx, &c, p, d, dry)
	}
	return r.store(ctx, &c, p, d, dry)
}

// Again reads a delivery that was kept, and verified then, once more: after a fix, or a change of the connection.
func (r *Receiver) Again(ctx context.Context, whole []byte) (Result, error) {
	id, d, err := webhook.Kept(whole)
	if err != nil {
		return Result{}, err
	}
	c, p, err := r.find(ctx, id, r.now())
	if err != nil {
		return Result{}, err
	}
	if d.Method == lookup {
		return Result{}, r.aside.PutTask(ctx, store.Task{Kind: store.TaskLookup, ID: digest(d.Body), Connection: c.ID, Site: c.Site, Time: d.Now.UnixMilli(), Body: d.Body})
	}
	return r.store(ctx, &c, p, d, false)
}

// find reads a connection, at since or later, and its provider.
func (r *Receiver) find(ctx context.Context, id string, since time.Time) (settings.Connection, *webhook.Provider, error) {
	c, found, err := r.from.get(ctx, id, since)
	if err != nil {
		return c, nil, err
	}
	p := registry.Of(c.Provider)
	if !found || p == nil {
		return c, nil, fault.New(fault.NotFound, "", "there is no such connection; make it with PUT /v1/connections/{id}")
	}
	return c, p, nil
}

// verified holds the delivery against the connection's secrets. Before it is refused the connection is read afresh, at most
// once a second, so that a secret that was changed counts at once. Which of two secrets matched, and why none did, is counted.
func (r *Receiver) verified(ctx context.Context, c settings.Connection, p *webhook.Provider, d *webhook.Delivery) (settings.Connection, *webhook.Provider, error) {
	match, reason := webhook.Verify(p.Scheme, &c, d)
	if reason != nil {
		var err error
		if c, p, err = r.find(ctx, c.ID, d.Now.Truncate(time.Second)); err != nil {
			return c, p, err
		}
		match, reason = webhook.Verify(p.Scheme, &c, d)
	}
	if reason != nil {
		return c, p, r.unverified(ctx, &c, reason)
	}
	if len(c.Live(d.Now)) > 1 { // of one secret there is nothing to tell, and every line of a log costs
		obs.Count(ctx, r.log, "verified", 1, "connection", c.ID, "secret", string(match))
	}
	return c, p, nil
}

// unverified counts a refusal. The sender is told that it was refused and not why. A secret that cannot be used is our own
// fault.
func (r *Receiver) unverified(ctx context.Context, c *settings.Connection, reason error) error {
	if errors.Is(reason, webhook.ErrSecret) {
		return reason
	}
	obs.Count(ctx, r.log, "unverified", 1, "connection", c.ID, "reason", reason.Error())
	return fault.New(fault.Unauthorized, "", "the signature is missing or wrong; check the connection's secret and the sender's clock")
}

// spend takes the delivery's token, for this body only.
func (r *Receiver) spend(ctx context.Context, c *settings.Connection, p *webhook.Provider, d *webhook.Delivery) error {
	fresh, err := r.aside.Spend(ctx, c.ID, digest([]byte(p.Once(d))), digest(d.Body), d.Now.Add(spentFor).Unix())
	if err == nil && !fresh {
		return r.unverified(ctx, c, webhook.ErrSpent)
	}
	return err
}
