package main

import (
	"context"
	"time"

	"tributary/shared/fault"
	"tributary/shared/obs"
	"tributary/shared/store"
)

// Bounds of the erasures of a run. Those that wait to be gone over once more stand behind those that are due.
const (
	maxErasures = 100
	eraseFor    = 2 * time.Minute // one; the next run goes on with what is left of it
)

// eraser carries out one demand; see erasure.Eraser.
type eraser func(ctx context.Context, t store.Task) error

// erasures carries out what is due, the oldest first. One that fails stays and is no hindrance to others.
func (r *run) erasures(ctx context.Context) error {
	list, err := r.tasks.Tasks(ctx, store.TaskErase, maxErasures)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.Time > r.now().UnixMilli() {
			return nil
		}
		if r.over() {
			r.More = true
			return nil
		}
		if err := r.eraseOne(ctx, t); err != nil {
			r.Unerased++
			r.log.WarnContext(ctx, "an erasure waits", "demand", t.ID, "connection", t.Connection, "error", err)
			obs.Count(ctx, r.log, "erasures_failed", 1)
			continue
		}
		r.Erased++
	}
	return nil
}

// eraseOne does one; what nobody can read is put aside.
func (r *run) eraseOne(ctx context.Context, t store.Task) error {
	ctx, cancel := context.WithTimeout(ctx, eraseFor)
	defer cancel()
	err := r.erase(ctx, t)
	f := fault.Of(err)
	if f == nil {
		return err
	}
	if err := r.aside.Keep(ctx, store.Quarantined{
		ID: "erasure-" + t.ID, Site: t.Site, Received: t.Time, Door: "redrive", Code: string(f.Code), Message: f.Message, Raw: string(t.Body),
	}); err != nil {
		return err
	}
	return r.tasks.DropTask(ctx, t)
}
