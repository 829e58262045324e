// Command journey restates the records of everybody whom an event touches.
//
// Trigger: the stream of Events.
// Reads: Events, Journeys (identity index, records and tombstones), Config (the site and its goals).
// Writes: Journeys (links and records), KPIs (sketches of visitors) and Quarantine (records that cannot be read or will never be taken,
// demands to erase what came of somebody who was erased).
// A second run: changes nothing. A record is a pure function of what the tables hold, written only when that has
// changed and on the revision that was read (package shared/journey).
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"tributary/shared/aside"
	"tributary/shared/erasure"
	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/obs"
	"tributary/shared/store"
	"tributary/shared/stream"
)

// graves tell who was erased, and keep demands to do it again.
type graves interface {
	erasure.Graves
	PutTask(ctx context.Context, t store.Task) error
}

// handler restates batches. It is safe for concurrent use.
type handler struct {
	restater *journey.Restater
	aside    aside.Shelf
	graves   graves
	erased   *erasure.Watch
	now      func() time.Time
	log      *slog.Logger
}

// newHandler makes a handler; incidents of the restater are counted, logged and kept by it.
func newHandler(r *journey.Restater, k aside.Keeper, g graves) *handler {
	h := &handler{restater: r, aside: aside.Shelf{Door: "journey", Keeper: k, Now: r.Now}, graves: g, erased: erasure.NewWatch(g, r.Now), now: r.Now, log: slog.Default()}
	r.Report = h.incident
	return h
}

// margin before the deadline nothing is begun, so that the answer still gets out.
const margin = 2 * time.Second

// Invoke takes the payload as bytes, so that one bad record spoils nothing. An error has Lambda deliver the whole batch
// again; an answer with a sequence number, all from that record on.
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	b, err := stream.Open(payload)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
		defer cancel()
	}
	resume, err := h.restate(ctx, &b)
	if err != nil {
		return nil, err
	}
	answer, err := json.Marshal(stream.Done(resume))
	if err != nil {
		return nil, fmt.Errorf("journey: answer: %w", err)
	}
	return answer, nil
}

// restate handles a batch and tells where to resume. Where its first event failed it returns an error instead: the retry is
// the same, and the Errors metric sees it.
func (h *handler) restate(ctx context.Context, b *stream.Batch) (resume string, err error) {
	inputs := make([]journey.Input, 0, len(b.Records))
	for _, raw := range b.Records {
		in, err := read(raw)
		if err != nil {
			if err := h.aside.Record(ctx, h.log, raw, err); err != nil {
				return "", err
			}
			continue
		}
		if in.Event != nil {
			inputs = append(inputs, in)
		}
	}
	failed, err := h.restater.Handle(ctx, inputs)
	if err := h.eraseAgain(ctx, inputs); err != nil { // only now, so that what was written is found
		return "", err
	}
	switch {
	case err == nil:
		return "", nil
	case len(failed) == 0 || failed[0] == inputs[0].Sequence:
		return "", fmt.Errorf("journey: nothing of %d events is safe: %w", len(inputs), err)
	}
	// Inputs come in the order of the shard, so the first that failed is the lowest.
	h.log.ErrorContext(ctx, "batch restated in part", "resume", failed[0], "failed", len(failed), "events", len(inputs), "error", err)
	return failed[0], nil
}

// read decodes a record; the input of a removal, which changes no figure, has no event.
func read(raw []byte) (journey.Input, error) {
	r, err := stream.Decode(raw)
	if err != nil {
		return journey.Input{}, err
	}
	in := journey.Input{Sequence: r.Sequence}
	if r.Op == stream.Remove {
		return in, nil
	}
	in.Event, err = event.FromAttrs(r.New)
	return in, err
}

// incident is told what the restater had to leave out.
func (h *handler) incident(ctx context.Context, i journey.Incident) {
	h.log.WarnContext(ctx, "left out", "what", i.What, "site", i.Site, "node", i.Node, "error", i.Err)
	obs.Count(ctx, h.log, string(i.What), 1)
	if i.What != journey.RecordRefused {
		return
	}
	if err := h.aside.Write(ctx, h.log, i.Site, []byte(i.Node), i.Err); err != nil {
		h.log.ErrorContext(ctx, "refused record not kept", "node", i.Node, "error", err)
	}
}
