// Command redirect sends people on: GET /c/{link} to a link's stored target, GET /r/{code} to a referral program's.
//
// Trigger: the HTTP API's routes GET and HEAD /c/{link} and /r/{code}.
// Reads: links, programs, codes and a site's settings from Config, each at most every 30 seconds.
// Writes: a click into Events, and an e-mail click where m and u name a message and its recipient; refused input, within a
// budget, into Quarantine; what the store does not take in time into S3.
// A second run: every request is a click of its own, as every hit is; it is not safe to retry.
// Answers: 302 to the target with the click's id, also when nothing could be stored; never to an address out of the request.
package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/obs"
	"tributary/shared/settings"
	"tributary/shared/visitor"
)

// patience bounds how long somebody waits to be sent on.
const patience = 2 * time.Second

type handler struct {
	in      *ingest.Ingest
	log     *slog.Logger
	cookies visitor.Domains // where a browser's id is kept in a cookie
	random  io.Reader       // of new ids
}

// serve answers one request. It returns no error: somebody is waiting for a page.
func (h *handler) serve(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	f := followed(r)
	way, found, err := h.in.Way(ctx, f.site, f.kind, f.name)
	switch {
	case err != nil:
		h.log.ErrorContext(ctx, "a link cannot be read", "site", f.site, "link", f.name, "error", err)
		return away(), nil
	case !found || settings.CheckTarget("target", way.Target) != nil:
		obs.Count(ctx, h.log, "unknown_links", 1, "door", "redirect")
		return unknown(), nil
	}
	if r.RequestContext.HTTP.Method == http.MethodHead { // asks where the link leads; nobody followed it
		return sendOn(way.Target, "not counted: HEAD"), nil
	}
	c := h.clicked(ctx, r, f, way)
	if httpapi.DryRun(r) {
		return h.preview(ctx, c)
	}
	h.in.Take(ctx, c.door, ingest.Sender{}, c.items)
	res := sendOn(c.target(way), h.verdict(ctx, c))
	if cookie := c.cookie(); cookie != "" {
		res.Cookies = []string{cookie}
	}
	return res, nil
}

// verdict is what X-Tributary says of the click; what was refused or lost is counted.
func (h *handler) verdict(ctx context.Context, c *clicked) string {
	verdict, lost := "accepted", 0
	for i := range c.items {
		it := &c.items[i]
		switch f := fault.Of(it.Err); {
		case f != nil:
			verdict = "not counted: " + string(f.Code)
			h.in.RefuseItem(ctx, c.door, ingest.Sender{}, *it, f)
		case errors.Is(it.Err, ingest.ErrDropped):
			verdict = "not counted: consent"
		case it.Err != nil:
			verdict, lost = "failed: "+string(fault.StoreUnavailable), lost+1
		case i == 0 && !it.Event.Human():
			verdict = it.Event.Agent
		}
	}
	if lost > 0 {
		h.in.Failed(ctx, lost, c.items[0].Err)
	}
	return verdict
}

// preview answers a dry run: what would be stored and counted, as JSON.
func (h *handler) preview(ctx context.Context, c *clicked) (httpapi.Response, error) {
	list, dropped := make([]any, 0, len(c.items)), 0
	for i, it := range c.items {
		err := it.Err
		if err == nil {
			err = h.in.Prepare(ctx, it.Event, c.door, "")
		}
		switch {
		case errors.Is(err, ingest.ErrDropped):
			dropped++
		case err != nil:
			return httpapi.Response{}, err
		default:
			list = append(list, ingest.Preview(i, it.Event))
		}
	}
	answer := map[string]any{"dry_run": true, "events": list}
	if dropped > 0 {
		answer["dropped"] = dropped
	}
	return httpapi.JSON(http.StatusOK, answer), nil
}
