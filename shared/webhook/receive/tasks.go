package receive

import (
	"context"
	"encoding/json"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/webhook"
	"tributary/shared/webhook/registry"
)

// lookup is the method of what stands for a delivery when a lookup is done, so that it is known again where it is kept.
const lookup = "LOOKUP"

// tasks keeps what a delivery asks for beyond its events; only then may the sender be told that it arrived.
func (r *Receiver) tasks(ctx context.Context, c *settings.Connection, m *webhook.Meaning, received int64) error {
	for _, l := range m.Lookups {
		body, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if err := r.aside.PutTask(ctx, store.Task{Kind: store.TaskLookup, ID: l.ID, Connection: c.ID, Site: c.Site, Time: l.Time, Body: body}); err != nil {
			return err
		}
	}
	for _, p := range m.Erase {
		ids := typed(p)
		if len(ids) == 0 {
			continue
		}
		task, err := store.Erasure{IDs: ids}.Task(c.Site, "", c.ID, received)
		if err != nil {
			return err
		}
		task.ID = digest([]byte(c.Site), task.Body)
		if err := r.aside.PutTask(ctx, task); err != nil {
			return err
		}
	}
	return nil
}

// typed are a person's ids as the identity index has them; addresses and numbers as hashes only.
func typed(p webhook.Person) []string {
	e := event.Event{UserID: p.UserID, AnonymousID: p.AnonymousID, ProviderIDs: p.ProviderIDs}
	if h, err := event.HashEmail(p.Email); err == nil {
		e.Email = h
	}
	if h, err := event.HashPhone(p.Phone); err == nil {
		e.Phone = h
	}
	return e.IDs()
}

// Complete does a lookup: it asks the provider's own API what a delivery only pointed at, and stores that. A fault means that
// nothing will ever come of it; any other error that it may be tried again.
func (r *Receiver) Complete(ctx context.Context, t store.Task, ask webhook.Ask) (Result, error) {
	var l webhook.Lookup
	if err := json.Unmarshal(t.Body, &l); err != nil {
		return Result{}, fault.New(fault.InvalidJSON, "", "this is no lookup")
	}
	c, found, err := r.from.get(ctx, t.Connection, r.now())
	if err != nil {
		return Result{}, err
	}
	p := registry.Of(c.Provider)
	if !found || p == nil || p.Complete == nil || c.Token == "" {
		return Result{}, fault.New(fault.NotFound, "connection", "the connection %q is gone, or has no token any more", t.Connection)
	}
	m, err := p.Complete(&c, l, ask)
	if err != nil {
		return Result{}, err
	}
	d := &webhook.Delivery{Method: lookup, Body: t.Body, Now: r.now()}
	return r.take(ctx, &c, p, d, m, nil, false)
}
