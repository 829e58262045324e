package main

import (
	"context"
	"errors"
	"net/http"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/store"
)

// answer is the body of 202 and, with an error, of 400 and 503.
type answer struct {
	Accepted   int              `json:"accepted"`
	Duplicates int              `json:"duplicates"`
	Dropped    int              `json:"dropped,omitempty"` // of visitors who object, by the site's settings
	Rejected   []rejection      `json:"rejected"`
	DryRun     bool             `json:"dry_run,omitempty"`
	Events     []map[string]any `json:"events,omitempty"`
	Error      *fault.Fault     `json:"error,omitempty"`
	Visitor    *who             `json:"visitor,omitempty"` // of /e alone
}

// rejection is why one event of the batch was not taken.
type rejection struct {
	Index int `json:"index"`
	*fault.Fault
}

// answer counts what became of the batch: 202 when anything was accepted (200 for a dry run), else 503 when the store
// is to blame for all or some of it, else 400.
func (b *batch) answer(ctx context.Context) httpapi.Response {
	a := answer{Rejected: []rejection{}, DryRun: b.dry}
	failures, failure := 0, error(nil)
	for i := range b.items {
		it := &b.items[i]
		switch {
		case errors.Is(it.Err, ingest.ErrDropped):
			a.Dropped++
		case it.Err != nil:
			if fault.Of(it.Err) == nil {
				failures, failure = failures+1, it.Err
			}
			a.Rejected = append(a.Rejected, rejection{i, b.refuse(ctx, it)})
		case b.dry:
			a.Accepted++
			a.Events = append(a.Events, ingest.Preview(i, it.Event))
		case it.Outcome == store.Duplicate || it.Outcome == store.Superseded:
			a.Duplicates++
		default:
			a.Accepted++
		}
	}
	if failures > 0 {
		b.in.Failed(ctx, failures, failure)
	}
	if b.door.Trust == event.TrustPublic && failures == 0 {
		w, objects := b.visitor()
		if w.ID == "" && !objects {
			w.ID = b.unsettled()
		}
		a.Visitor = &w
	}
	return a.respond(failures > 0)
}

// respond chooses the status.
func (a *answer) respond(failed bool) httpapi.Response {
	switch {
	case a.Accepted+a.Duplicates+a.Dropped > 0 && a.DryRun:
		return httpapi.JSON(http.StatusOK, a)
	case a.Accepted+a.Duplicates+a.Dropped > 0:
		return httpapi.JSON(http.StatusAccepted, a)
	case failed:
		a.Error = fault.New(fault.StoreUnavailable, "", "no event could be stored; send them again, with the same ids, in a few seconds")
		res := httpapi.JSON(http.StatusServiceUnavailable, a)
		res.Headers["retry-after"] = "2"
		return res
	}
	a.Error = a.Rejected[0].Fault
	if a.Error.Code == fault.Unauthorized { // an app's key is wrong for the site, and so for all its events
		return httpapi.JSON(http.StatusUnauthorized, a)
	}
	return httpapi.JSON(http.StatusBadRequest, a)
}

// refuse answers a request of which nothing was read.
func refuse(f *fault.Fault) httpapi.Response {
	res := httpapi.Refuse(f)
	if f.Code == fault.Unauthorized {
		res.Headers["www-authenticate"] = `Bearer realm="tributary"`
	}
	return res
}
