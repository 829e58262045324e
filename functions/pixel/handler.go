// Command pixel is one door for anybody: GET /p.gif.
//
// Trigger: the HTTP API's routes GET, HEAD and OPTIONS /p.gif.
// Reads: a site's settings from Config, at most every 30 seconds.
// Writes: one event into Events, or into the bucket's spill/ while the store does not take it; refused input, within a
// budget, into Quarantine.
// A second run: an event with an id is stored once, and the repetition is a duplicate. A hit without an id is a new event
// every time, so it is not safe to retry.
// Answers: always the picture and 200, whatever happened; the header X-Tributary says what.
package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"tributary/shared/agent"
	"tributary/shared/consent"
	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/store"
	"tributary/shared/visitor"
)

// onePixel is a transparent picture of one pixel: 43 bytes, in base64.
const onePixel = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="

// patience bounds how long a page waits for its picture when neither the store nor S3 answers.
const patience = 2 * time.Second

type handler struct {
	in      *ingest.Ingest
	cookies visitor.Domains // where a browser's id is kept in a cookie
	random  io.Reader       // of new ids
}

// serve answers one request. It returns no error: a page must never show a broken picture.
func (h *handler) serve(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	switch r.RequestContext.HTTP.Method {
	case http.MethodOptions:
		return httpapi.Preflight("GET, HEAD"), nil
	case http.MethodHead: // asks about the picture; nobody saw it
		res := picture("not counted: HEAD")
		res.Body, res.IsBase64Encoded = "", false
		return res, nil
	}
	if httpapi.DryRun(r) {
		return h.preview(ctx, r)
	}
	verdict, cookie := h.store(ctx, r)
	res := picture(verdict)
	if cookie != "" {
		res.Cookies = []string{cookie}
	}
	return res, nil
}

// store makes an event of the query, takes it in and returns the verdict and the cookie to set.
func (h *handler) store(ctx context.Context, r *httpapi.Request) (verdict, cookie string) {
	b := h.cookies.See(r.Headers, r.Cookies)
	e, d, err := h.read(r, &b)
	it := ingest.Item{Event: e, Raw: r.RawQueryString, Err: err}
	if err == nil {
		it.Outcome, it.Err = h.in.TakeOne(ctx, d, e, it.Raw)
	}
	return h.verdict(ctx, d, it), cookieFor(&b, it)
}

// read makes an event of the query. With a refusal comes what the event is filed under, if anything.
func (h *handler) read(r *httpapi.Request, b *visitor.Browser) (*event.Event, event.Door, error) {
	d := h.in.Door(event.TrustPublic)
	d.Agent, d.AgentReason = agent.Judge(r.Headers)
	consent.See(&d, r.Headers, r.RequestContext.HTTP.SourceIP)
	d.Dry = httpapi.DryRun(r)
	h.meet(&d, r, b)
	e, err := event.ParseQuery(r.RawQueryString, d)
	return e, d, err
}

// verdict is what X-Tributary says: whether the event counts, or why not. Refusals and failures are counted here.
func (h *handler) verdict(ctx context.Context, d event.Door, it ingest.Item) string {
	if f := fault.Of(it.Err); f != nil {
		h.in.RefuseItem(ctx, d, ingest.Sender{}, it, f)
		return "invalid: " + printable(string(f.Code)+" "+f.Field)
	}
	switch {
	case errors.Is(it.Err, ingest.ErrDropped):
		return "not counted: consent"
	case it.Err != nil:
		h.in.Failed(ctx, 1, it.Err)
		return "failed: " + string(fault.StoreUnavailable)
	case it.Outcome == store.Duplicate || it.Outcome == store.Superseded:
		return "duplicate"
	case !it.Event.Human():
		return it.Event.Agent
	case it.Event.Clamped:
		return "clamped"
	}
	return "accepted"
}

// preview answers a dry run: what would be stored and counted, as JSON.
func (h *handler) preview(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b := h.cookies.See(r.Headers, r.Cookies)
	e, d, err := h.read(r, &b)
	if err == nil {
		err = h.in.Prepare(ctx, e, d, "")
	}
	if errors.Is(err, ingest.ErrDropped) {
		return httpapi.JSON(http.StatusOK, map[string]any{"dry_run": true, "dropped": 1, "events": []any{}}), nil
	}
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, map[string]any{"dry_run": true, "events": []any{ingest.Preview(0, e)}}), nil
}
