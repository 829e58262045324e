// Command import reads files of ad spend from the bucket.
//
// Trigger: EventBridge, for every object that is put below imports/: by hand, by a platform's own export, or by webhook
// for what came to a connection of spend. A function of its own, as it alone may take events back.
// Reads: the file, its connection and site in Config, the set's manifest there.
// Writes: spend events, in the place of those of an older file; manifests in Config; the outcome into the bucket, below
// imported/; refused rows, within a budget, into Quarantine.
// A second run: changes nothing. It finishes what a failed one began (shared/spend/ledger).
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"tributary/shared/archive"
	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/settings"
	"tributary/shared/spend"
	"tributary/shared/spend/ledger"
)

// Files reads what was put and keeps the outcome; see archive.Archive.
type Files interface {
	Get(ctx context.Context, key string, limit int64) ([]byte, error)
	PutOnce(ctx context.Context, key, contentType string, body []byte) error
}

// Connections knows what a connection says of its files; see store.Store.
type Connections interface {
	Connection(ctx context.Context, id string) (settings.Connection, bool, error)
}

type handler struct {
	files       Files
	connections Connections
	in          *ingest.Ingest
	ledger      *ledger.Ledger
	log         *slog.Logger
}

// created is what is read of EventBridge's "Object Created". Its keys are plain, unlike those of S3's own notifications.
type created struct {
	Time   time.Time `json:"time"`
	Detail struct {
		Object struct {
			Key  string `json:"key"`
			Size int64  `json:"size"`
		} `json:"object"`
	} `json:"detail"`
}

// Invoke takes one file. An error has Lambda try again; what is wrong with the file is none, but its outcome.
func (h *handler) Invoke(ctx context.Context, e created) error {
	key := e.Detail.Object.Key
	if e.Detail.Object.Size == 0 || strings.HasSuffix(key, "/") || !strings.HasPrefix(key, inFolder) {
		h.log.InfoContext(ctx, "passed over: a folder, or nobody's", "key", key)
		return nil
	}
	f, err := parseKey(key)
	f.at = e.Time
	o := newOutcome(f)
	if err == nil {
		err = h.take(ctx, f, &o)
	}
	if ff := fault.Of(err); ff != nil {
		o.Error, err = ff, nil
		h.in.Refuse(ctx, f.site, "", f.key, ff)
	}
	if err != nil {
		return fmt.Errorf("import: %s: %w", f.key, err)
	}
	obs.Count(ctx, h.log, "imported_rows", o.Rows, "outcome", o.status())
	return h.conclude(ctx, f, o)
}

// take reads a file and replaces its sets. Errors are faults about the file, or the store's.
func (h *handler) take(ctx context.Context, f file, o *outcome) error {
	c, found, err := h.connections.Connection(ctx, f.connection)
	if err != nil {
		return err
	}
	if found && (c.Provider != "spend" || c.Site != f.site) {
		return fault.New(fault.InvalidField, "connection", "the connection %q is not one of spend of site %q; put the file below imports/%s/ and the id of one that is", f.connection, f.site, f.site)
	}
	says, err := spend.Parse(c.Spend)
	if err != nil {
		return err
	}
	body, err := h.files.Get(ctx, f.key, spend.MaxBytes)
	switch {
	case errors.Is(err, archive.ErrTooLarge):
		return fault.New(fault.TooLarge, "", "the file has more than %d bytes; split it by day", spend.MaxBytes)
	case errors.Is(err, archive.ErrNotFound):
		return fault.New(fault.NotFound, "", "the file was taken away before it was read; put it again")
	case err != nil:
		return err
	}
	read, err := spend.Read(body, says)
	if err != nil {
		return err
	}
	o.read(&read)
	return h.replace(ctx, f, &read, o)
}

// replace puts every set in its place. A set of which the door refuses a row is left as it was.
func (h *handler) replace(ctx context.Context, f file, read *spend.File, o *outcome) error {
	for i := range read.Sets {
		s := &read.Sets[i]
		events, refused, err := h.events(ctx, f, s)
		if err != nil {
			return err
		}
		if len(refused) > 0 {
			o.refuse(refused)
			continue
		}
		place := ledger.Place{Site: f.site, Connection: f.connection, Day: s.Day}
		became, removed, err := h.ledger.Replace(ctx, place, events, f.version())
		if err != nil {
			return err
		}
		o.Days = append(o.Days, dayOutcome{Day: s.Day, Outcome: became, Rows: len(s.Rows), Removed: removed})
	}
	for _, r := range o.Refused[:min(len(o.Refused), maxListed)] {
		h.in.Refuse(ctx, f.site, "", fmt.Sprintf("%s, line %d", f.key, r.Line), r.Fault)
	}
	return nil
}

// events makes a set's events, ready to be put, or says which rows the site does not take.
func (h *handler) events(ctx context.Context, f file, s *spend.Set) ([]*event.Event, []spend.Refusal, error) {
	door := h.in.Door(event.TrustWebhook)
	var refused []spend.Refusal
	list := make([]*event.Event, 0, len(s.Rows))
	for i := range s.Rows {
		raw, err := s.Draft(f.site, f.connection, &s.Rows[i], f.version())
		if err != nil {
			return nil, nil, err
		}
		e, err := event.Parse(raw, door)
		if err == nil {
			err = h.in.Prepare(ctx, e, door, "")
		}
		ff := fault.Of(err)
		switch {
		case ff != nil:
			refused = append(refused, spend.Refusal{Line: s.Rows[i].Line, Fault: ff})
		case err != nil:
			return nil, nil, err
		default:
			list = append(list, e)
		}
	}
	return list, refused, nil
}
