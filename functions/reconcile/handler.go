// Command reconcile recounts what the counters should hold from the events and the records that stand, and tells the drift,
// which must be 0. It can mend it, restate every record, as after a change of settings, and make all that is derived of Events anew.
//
// Trigger: a schedule every hour, which begins one recount a day, after midnight of the default site, and goes on with it until it is done; an invocation.
// Reads: Events and Journeys, each once a recount, in segments; the counters of the closed hours within retention; settings.
// Writes: reconcile/<run>.json in S3; below reconcile-parts/ what a run needs to go on, and below sweeps/ what reports need of the
// tables that it has read; with mend the counters and
// sketches of visitors that drifted; with restate the records; with rebuild all that is derived.
// A second run: goes on where the first stopped. A segment is counted whole or again, and a report is written once. A mend is
// written only over the very figures that were judged.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"tributary/shared/archive"
	"tributary/shared/fault"
	"tributary/shared/journey"
	"tributary/shared/obs"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// handler serves invocations. It is safe for concurrent use.
type handler struct {
	store    *store.Store
	archive  *archive.Archive
	restater *journey.Restater
	now      func() time.Time
	log      *slog.Logger
	segments int   // parts of a table
	held     int   // counters in memory before they are written down
	sketched int   // items of sketches likewise
	page     int32 // events read at once; 0: as many as come
}

// What a segment that is counted holds: some 60 MB of counters, of sketches 30 MB where all are of busy hours, and 10 MB of what is swept.
const (
	heldCounters = 100_000
	heldSketches = 2_000
	heldSwept    = 50_000
)

func newHandler(s *store.Store, a *archive.Archive, now func() time.Time) *handler {
	return &handler{
		store: s, archive: a, now: now, log: slog.Default(), segments: segments, held: heldCounters, sketched: heldSketches,
		restater: &journey.Restater{Links: s, Records: s, Events: s, Settings: s, Now: now, Cause: "restate"},
	}
}

// input is an invocation: the schedule's time alone, or what to do.
type input struct {
	ScheduledTime string `json:"scheduled_time"`
	Run           string `json:"run"`     // goes on with the run of this name, or begins it
	Settled       string `json:"settled"` // RFC 3339: everything before is known to be counted; a day before the run began
	Mend          bool   `json:"mend"`
	Rebuild       bool   `json:"rebuild"` // make whatever is derived of Events anew, then recount and mend
	Restate       bool   `json:"restate"` // write every record anew as settings and events have it now, instead of a recount
	Site          string `json:"site"`    // restate only this site
}

// answer says how far a run is. Of the figures, all are 0 until it is done.
type answer struct {
	Run       string             `json:"run"`
	Done      bool               `json:"done"` // false: invoke again with this run
	Judged    int64              `json:"judged"`
	Unsettled int64              `json:"unsettled"` // counters in which something may still be on its way
	Drifting  int64              `json:"drifting"`  // measures that are not what they should be
	Drift     map[string]measure `json:"drift,omitempty"`
	Mended    int64              `json:"mended"`
	Report    string             `json:"report,omitempty"` // its key in the bucket
}

// measure sums the drift of a measure: of how many counters, and by how much, whichever way.
type measure struct {
	Counters int64 `json:"counters"`
	Amount   int64 `json:"amount"`
}

// margin is kept of the time that a run has, so that the answer gets out.
const margin = 20 * time.Second

// handle serves one invocation. An input that is wrong is answered with its fault: trying again would not mend it.
func (h *handler) handle(ctx context.Context, raw json.RawMessage) (any, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
		defer cancel()
	}
	in, err := parse(raw)
	if err == nil {
		var out any
		if out, err = h.serve(ctx, in); err == nil {
			return out, nil
		}
	}
	if f := fault.Of(err); f != nil {
		return map[string]*fault.Fault{"error": f}, nil
	}
	return nil, err
}

func parse(raw []byte) (input, error) {
	in := input{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return in, fault.New(fault.InvalidJSON, "", `the input cannot be read (%v); send {}, {"mend":true}, {"restate":true} or {"rebuild":true}`, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return in, fault.New(fault.InvalidJSON, "", "the input goes on after its end; send one object")
	}
	switch {
	case in.ScheduledTime != "" && in != (input{ScheduledTime: in.ScheduledTime}):
		return in, fault.New(fault.InvalidField, "scheduled_time", "it stands alone")
	case in.Restate && (in.Mend || in.Rebuild || in.Settled != ""):
		return in, fault.New(fault.InvalidField, "restate", "records are restated first and recounted in a run of its own, a day later")
	case !in.Restate && in.Site != "":
		return in, fault.New(fault.InvalidField, "site", "a recount is of all sites; leave site out")
	}
	return in, nil
}

func (h *handler) serve(ctx context.Context, in input) (any, error) {
	if in.ScheduledTime != "" {
		at, err := time.Parse(time.RFC3339, in.ScheduledTime)
		if err != nil {
			return nil, fault.New(fault.InvalidField, "scheduled_time", "%q is no time like 2026-03-01T00:35:00Z", in.ScheduledTime)
		}
		if in.Run, err = h.nightOf(ctx, at); err != nil {
			return nil, err
		}
		if err := h.restateChanged(ctx); err != nil {
			return nil, err
		}
		lately, done, err := h.goOn(ctx)
		if err != nil || !done {
			return &answer{Run: in.Run}, err
		}
		in.Mend = lately
	}
	if in.Run == "" {
		in.Run = h.now().UTC().Format("2006-01-02T15-04-05.000Z")
	}
	if err := checkRun(in.Run); err != nil {
		return nil, err
	}
	if in.Restate {
		return h.restate(ctx, in.Run, in.Site)
	}
	return h.recount(ctx, in)
}

// nightOf names the recount of a day. The day is the default site's: what its recount reads after midnight serves its reports too.
func (h *handler) nightOf(ctx context.Context, at time.Time) (string, error) {
	site, _, err := h.store.Site(ctx, settings.DefaultID) // which always exists
	return at.In(site.Location()).Format(time.DateOnly), err
}

// checkRun refuses a name that is no part of a key.
func checkRun(name string) error {
	for _, r := range name {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '.' {
			return fault.New(fault.InvalidField, "run", "a run's name is made of letters, digits, - and .")
		}
	}
	if len(name) > 64 {
		return fault.New(fault.InvalidField, "run", "a run's name has at most 64 characters")
	}
	return nil
}

// finished tells the metrics what a recount found. The alarm watches drift_counters, which has no dimension.
func (h *handler) finished(ctx context.Context, a *answer) {
	obs.Count(ctx, h.log, "drift_counters", int(a.Drifting))
	for name, m := range a.Drift {
		obs.Count(ctx, h.log, "drift", int(m.Counters), "measure", name)
	}
	h.log.InfoContext(ctx, "recounted", "run", a.Run, "judged", a.Judged, "unsettled", a.Unsettled, "drifting", a.Drifting, "mended", a.Mended)
}

// wrap names what a run was doing.
func wrap(err error, run, what string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reconcile: run %s: %s: %w", run, what, err)
}
