package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/webhook/receive"
)

// quarantined answers one entry; of a webhook's delivery with all that was kept of it, its body in base64.
func (s *server) quarantined(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	q, err := s.keptOne(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	answer := struct {
		entry
		Delivery json.RawMessage `json:"delivery,omitempty"`
	}{entry: entryOf(q)}
	if isDelivery(q) {
		if answer.Delivery, err = s.store.Delivery(ctx, q.ID); err != nil {
			return httpapi.Response{}, err
		}
	}
	return httpapi.JSON(http.StatusOK, answer), nil
}

// replayed is the answer to a replay.
type replayed struct {
	ID         string `json:"id"`
	Accepted   int    `json:"accepted"`
	Duplicates int    `json:"duplicates"`
	Replayed   int64  `json:"replayed"` // when it was taken in first, Unix milliseconds
}

// replay takes an entry in again, after a fix, by the path of its door, and notes when. What is refused still is answered with
// the reason, and the entry stays as it is. A second replay finds duplicates.
func (s *server) replay(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	q, err := s.keptOne(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	answer := replayed{ID: q.ID}
	if isDelivery(q) {
		answer.Accepted, answer.Duplicates, err = s.replayDelivery(ctx, q)
	} else {
		answer.Accepted, answer.Duplicates, err = s.replayEvent(ctx, q)
	}
	if err != nil {
		return httpapi.Response{}, err
	}
	if q.Replayed == 0 {
		q.Replayed = s.now().UnixMilli()
		if err := s.store.Keep(ctx, q); err != nil {
			return httpapi.Response{}, err
		}
	}
	answer.Replayed = q.Replayed
	return httpapi.JSON(http.StatusOK, answer), nil
}

// replayEvent reads settings afresh: they may be the fix.
func (s *server) replayEvent(ctx context.Context, q store.Quarantined) (accepted, duplicates int, err error) {
	outcome, err := ingest.New(q.Door, s.store, s.now, s.log).Replay(ctx, q)
	switch {
	case errors.Is(err, ingest.ErrDropped): // the site keeps nothing of this visitor
		return 0, 0, nil
	case err != nil:
		return 0, 0, err
	case outcome == store.Duplicate || outcome == store.Superseded:
		return 0, 1, nil
	}
	return 1, 0, nil
}

// replayDelivery reads a delivery again without its signature, which was verified when it came.
func (s *server) replayDelivery(ctx context.Context, q store.Quarantined) (accepted, duplicates int, err error) {
	whole, err := s.store.Delivery(ctx, q.ID)
	if err != nil {
		return 0, 0, err
	}
	in := ingest.New("webhook", s.store, s.now, s.log)
	result, err := receive.New(in, s.store, keptAlready{s.store}, s.now, s.log).Again(ctx, whole)
	if err == nil && result.Kept != nil {
		err = result.Kept
	}
	return result.Accepted, result.Duplicates, err
}

// keptAlready is where a replayed delivery goes that is refused still: it is there. What it gives others to do is new.
type keptAlready struct{ store *store.Store }

// PutTask is the store's.
func (k keptAlready) PutTask(ctx context.Context, t store.Task) error { return k.store.PutTask(ctx, t) }

// KeepDelivery has nothing to do.
func (keptAlready) KeepDelivery(context.Context, store.Quarantined, []byte) error { return nil }

// Spend lets every token pass: the delivery was verified when it came.
func (keptAlready) Spend(context.Context, string, string, string, int64) (bool, error) {
	return true, nil
}

// keptOne finds the entry that a path names: of the query's site, else of the default one or of none.
func (s *server) keptOne(ctx context.Context, r *httpapi.Request) (store.Quarantined, error) {
	query, err := httpapi.Query(r)
	if err != nil {
		return store.Quarantined{}, err
	}
	sites := []string{settings.DefaultID, ""}
	if site := query.Get("site"); site == "-" {
		sites = sites[1:]
	} else if site != "" {
		if err := settings.CheckID("site", site); err != nil {
			return store.Quarantined{}, err
		}
		sites = []string{site}
	}
	for _, site := range sites {
		q, found, err := s.store.KeptOne(ctx, site, r.PathParameters["id"])
		if err != nil || found {
			return q, err
		}
	}
	return store.Quarantined{}, fault.New(fault.NotFound, "id", "there is no such entry; GET /v1/quarantine?site=… lists them, site=- those of no site")
}

// isDelivery reports that an entry is a webhook's delivery.
func isDelivery(q store.Quarantined) bool { return strings.HasPrefix(q.Door, "webhook:") }
