// Command kpi folds what happened into counters.
//
// Trigger: the streams of Events and Journeys, each with a tumbling window, whose only use is the shard id.
// Reads: nothing but the batch. Settings are read when figures are.
// Writes: KPIs (counters, names, sketches of visitors, the site's latest events) and Quarantine (records that cannot be read).
// A second run: changes no figure. Every counter item holds, for each shard, the highest record folded in, and drops
// what comes again (package kpi); sketches hold what they hold already (package visitors).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tributary/shared/aside"
	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/stream"
	"tributary/shared/visitors"
)

// counters is what the handler writes to.
type counters interface {
	kpi.Counters
	kpi.Names
	visitors.Shelf
	lister
	ledger
}

// handler folds batches. It is safe for concurrent use: one process may serve several invocations at once.
type handler struct {
	counters         kpi.Counters
	aside            aside.Shelf
	sighter          sighter
	latest           *latest
	ledger           ledger
	events, journeys string // table names
	now              func() time.Time
	log              *slog.Logger
}

// newHandler makes a handler that knows the two tables by name.
func newHandler(c counters, k aside.Keeper, events, journeys string, now func() time.Time) *handler {
	return &handler{
		counters: kpi.NewDirectory(c, c), aside: aside.Shelf{Door: "kpi", Keeper: k, Now: now}, sighter: visitors.NewWriter(c), latest: newLatest(c), ledger: c,
		events: events, journeys: journeys, now: now, log: slog.Default(),
	}
}

// Invoke takes the payload as bytes, so that nothing is decoded that is not needed. An error has Lambda deliver the
// whole batch again; an answer with a sequence number, all from that record on.
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	b, err := stream.Open(payload)
	if err != nil {
		return nil, err
	}
	resume := ""
	if len(b.Records) > 0 { // a window's last call may bring none
		if resume, err = h.fold(ctx, &b); err != nil {
			return nil, err
		}
	}
	answer, err := json.Marshal(stream.Done(resume))
	if err != nil {
		return nil, fmt.Errorf("kpi: answer: %w", err)
	}
	return answer, nil
}

// fold counts a batch and tells where to resume. Where not even its first record could be folded it returns an error
// instead: the retry is the same, and the Errors metric sees it.
func (h *handler) fold(ctx context.Context, b *stream.Batch) (resume string, err error) {
	shard, err := b.Shard()
	if err != nil {
		return "", err
	}
	noted := arrivals{}
	var seen sightings
	moves, err := h.reader(b.Table(), noted, &seen)
	if err != nil {
		return "", err
	}
	now := h.now()
	f := kpi.NewFold(shard, now)
	first, created, late := "", int64(0), kpi.Lateness{}
	past := restated{events: b.Table() == h.events, bulk: map[string][]entry{}}
	for _, raw := range b.Records {
		r, old, moved, err := read(raw, moves)
		if err != nil {
			if err := h.aside.Record(ctx, h.log, raw, err); err != nil {
				return "", err
			}
			continue
		}
		if first == "" {
			first = r.Sequence
		}
		if r.Created != created { // a second's records have one time
			created, late = r.Created, kpi.LatenessAt(r.Created)
		}
		if erasure(&r) {
			f.Add(r.Order, r.Sequence, kpi.Touched(append(old, moved...)))
			continue
		}
		if !past.events && uncounted(&r) {
			f.Add(r.Order, r.Sequence, nil)
			continue
		}
		changes := changesOf(&r, old, moved)
		if late.Mark(changes) {
			past.note(&r, old, moved, late)
		}
		if past.events && r.Op == stream.Insert {
			changes = append(changes, lateEvent(r.New, late)...)
		}
		f.Add(r.Order, r.Sequence, changes)
	}
	if err := past.write(ctx, h.ledger); err != nil { // before they are counted: noting them again changes nothing
		return "", err
	}
	resume, err = f.Apply(ctx, h.counters, h.refuse)
	if err != nil && (resume == "" || resume == first) {
		return "", fmt.Errorf("kpi: nothing of %d records is safe: %w", len(b.Records), err)
	}
	// Also where the batch is folded in part: what lies before resume does not come again. Noting a visit twice changes nothing.
	if err := h.sighter.Visits(ctx, seen); err != nil { // all comes again, of which the counters count nothing twice
		return "", fmt.Errorf("kpi: visitors: %w", err)
	}
	if err := h.latest.write(ctx, f.Lane(), noted); err != nil {
		h.log.WarnContext(ctx, "latest events not noted", "error", err)
	}
	if err != nil {
		h.log.ErrorContext(ctx, "batch folded in part", "resume", resume, "records", len(b.Records), "error", err)
	}
	return resume, nil
}

// reader chooses how images count by the table whose stream it is: the tables hold items of different kinds, some
// with no attribute in common, so the stream's own name is what tells for certain.
func (h *handler) reader(table string, noted arrivals, seen *sightings) (func([]event.Attr) ([]kpi.Move, error), error) {
	switch table {
	case h.events:
		return func(image []event.Attr) ([]kpi.Move, error) {
			e, err := event.FromAttrs(image)
			if err != nil {
				return nil, err
			}
			if !e.Erased {
				noted.add(e)
				seen.add(e)
			}
			return kpi.Moves(e), nil
		}, nil
	case h.journeys:
		return countJourney, nil
	}
	return nil, fmt.Errorf("kpi: the stream of table %q is neither that of EVENTS_TABLE %q nor of JOURNEYS_TABLE %q", table, h.events, h.journeys)
}

// countJourney reads an image of Journeys: records carry what they count, links and aliases carry nothing.
func countJourney(image []event.Attr) ([]kpi.Move, error) {
	for _, a := range image {
		if a.Name == "moves" {
			return kpi.DecodeMoves(a.Value)
		}
	}
	return nil, nil
}

// erasure reports that an erasure has put an item, counted already, elsewhere: under its new key, or away from its old one.
func erasure(r *stream.Record) bool {
	return r.Op == stream.Insert && attr(r.New, "erased") != "" || r.Op == stream.Remove && attr(r.Old, "erased") != ""
}

// uncounted reports a record that a rebuild has made, whose recount sets the counters right itself.
func uncounted(r *stream.Record) bool {
	return attr(r.New, "uncounted") != "" && (r.Old == nil || attr(r.Old, "uncounted") != "")
}

// changesOf is the new less the old.
func changesOf(r *stream.Record, old, now []kpi.Move) []kpi.Move {
	if r.Old == nil {
		return now
	}
	return kpi.Changes(old, now)
}

// read decodes a record and says what it moved and moves now. What its time to live removed stays counted.
func read(raw []byte, moves func([]event.Attr) ([]kpi.Move, error)) (r stream.Record, old, now []kpi.Move, err error) {
	r, err = stream.Decode(raw)
	if err != nil || r.Op == stream.Remove && r.TTL {
		return r, nil, nil, err
	}
	if r.Old != nil {
		if old, err = moves(r.Old); err != nil {
			return r, nil, nil, err
		}
	}
	if r.New != nil {
		if now, err = moves(r.New); err != nil {
			return r, nil, nil, err
		}
	}
	if r.New == nil && r.Old == nil && !(r.Op == stream.Remove && r.Whole) { // of two who remove an item at once, DynamoDB Local tells of both
		return r, nil, nil, errors.New("kpi: the record has no image: the stream's view must be NEW_AND_OLD_IMAGES")
	}
	return r, old, now, nil
}
