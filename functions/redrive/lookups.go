package main

import (
	"context"

	"tributary/shared/fault"
	"tributary/shared/obs"
	"tributary/shared/store"
	"tributary/shared/webhook/receive"
)

// maxLookups bounds what one run asks of others: HubSpot lets an account ask 100 times in 10 seconds, and each is two.
const maxLookups = 100

// tasks are what deliveries asked for; see store.Store.
type tasks interface {
	Tasks(ctx context.Context, kind store.TaskKind, limit int) ([]store.Task, error)
	DropTask(ctx context.Context, t store.Task) error
}

// lookups asks the providers about what their deliveries only pointed at, the oldest first. One that fails stays, and its
// connection is asked no more in this run: its token, or the provider, is not as it should be.
func (r *run) lookups(ctx context.Context) error {
	list, err := r.tasks.Tasks(ctx, store.TaskLookup, maxLookups)
	if err != nil {
		return err
	}
	broken := map[string]bool{}
	for _, t := range list {
		if r.over() {
			r.More = true
			return nil
		}
		if broken[t.Connection] {
			r.Waiting++
			continue
		}
		if err := r.lookup(ctx, t); err != nil {
			broken[t.Connection] = true
			r.Waiting++
			r.log.WarnContext(ctx, "a lookup waits", "connection", t.Connection, "error", err)
			obs.Count(ctx, r.log, "lookups_failed", 1, "connection", t.Connection)
		}
	}
	return nil
}

// lookup does one and drops it. What will never come to anything is put aside first.
func (r *run) lookup(ctx context.Context, t store.Task) error {
	ctx, cancel := context.WithTimeout(ctx, perTry)
	defer cancel()
	result, err := r.complete(ctx, t)
	if f := fault.Of(err); f != nil {
		err = r.aside.Keep(ctx, store.Quarantined{
			ID: "lookup-" + t.ID, Site: t.Site, Received: t.Time, Door: "redrive", Code: string(f.Code), Field: f.Field, Message: f.Message, Raw: string(t.Body),
		})
	}
	if err != nil {
		return err
	}
	r.Lookups++
	r.Stored += int64(result.Accepted)
	r.Duplicates += int64(result.Duplicates)
	return r.tasks.DropTask(ctx, t)
}

// completer does one lookup; see receive.Receiver.
type completer func(ctx context.Context, t store.Task) (receive.Result, error)
