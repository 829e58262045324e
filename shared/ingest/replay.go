package ingest

import (
	"context"
	"encoding/json"
	"strings"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/store"
)

// Replayable reports whether Replay knows what to do with an entry.
func Replayable(q store.Quarantined) bool {
	o, ok := originOf(q)
	return ok && !o.Cut
}

// Replay takes in an event that was kept aside, as its door would have on its arrival, with the settings of now. It is as safe to
// repeat as the event was, also where its sender gave it no id. A fault says why it is refused still; it is not kept again.
func (in *Ingest) Replay(ctx context.Context, q store.Quarantined) (store.Outcome, error) {
	o, ok := originOf(q)
	switch {
	case !ok:
		return 0, fault.New(fault.NotReplayable, "", "this was no event; mend it where it came from and send it again")
	case o.Cut:
		return 0, fault.New(fault.NotReplayable, "", "only the head of this event was kept; mend it where it came from and send it again")
	}
	d := o.Facts
	d.NewID = func() string { return q.ID }
	e, err := reread(q.Raw, d)
	if err != nil {
		return 0, err
	}
	if err := in.Prepare(ctx, e, d, o.AppKey); err != nil {
		return 0, err
	}
	outcome, err := in.events.PutEvent(ctx, e)
	if err == nil && outcome == store.Conflict {
		err = conflict()
	}
	return outcome, err
}

// reread reads a pixel's query or an event in JSON.
func reread(raw string, d event.Door) (*event.Event, error) {
	if strings.HasPrefix(strings.TrimSpace(raw), "{") {
		return event.Parse([]byte(raw), d)
	}
	return event.ParseQuery(raw, d)
}

// originOf is what the door knew of an entry; false when it did not say.
func originOf(q store.Quarantined) (origin, bool) {
	var o origin
	if q.Origin == "" || json.Unmarshal([]byte(q.Origin), &o) != nil {
		return origin{}, false
	}
	return o, o.Facts.Now > 0
}
