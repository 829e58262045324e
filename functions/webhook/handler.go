// Command webhook is the door of senders who sign: POST /hooks/{connection}, and GET for postbacks.
//
// Trigger: the HTTP API's routes POST and GET /hooks/{connection}.
// Reads: connections and sites' settings from Config, each at most every 30 seconds.
// Writes: events into Events, each once, or into the bucket's spill/ while the store does not take them; what was verified and
// cannot be read, whole, into Quarantine.
// A second run: the provider's ids make every event a duplicate, so a sender's retry completes what is missing.
package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/obs"
	"tributary/shared/webhook"
	"tributary/shared/webhook/receive"
)

// maxBody is the largest delivery that is taken.
const maxBody = 1 << 20

// retryAfter is what a sender is asked to wait, in seconds, when nothing could be kept.
const retryAfter = "5"

// Receiver takes a delivery to a connection; see receive.Receiver.
type Receiver interface {
	Take(ctx context.Context, connection string, d *webhook.Delivery, dry bool) (receive.Result, error)
}

type handler struct {
	to  Receiver
	now func() time.Time
	log *slog.Logger
}

// serve answers one delivery: 200 once it is kept, also a second time. What is the sender's fault is a 4xx; our own is 503,
// never a 4xx, of which some senders take as a reason not to try again.
func (h *handler) serve(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	body, err := httpapi.Body(r, maxBody)
	if err != nil {
		return httpapi.Response{}, err
	}
	id, token, _ := strings.Cut(strings.TrimPrefix(r.RawPath, "/hooks/"), "~")
	result, err := h.to.Take(ctx, id, delivery(r, token, body, h.now()), httpapi.DryRun(r))
	switch {
	case err == nil:
		return httpapi.JSON(http.StatusOK, result), nil
	case fault.Of(err) != nil:
		return httpapi.Response{}, err
	}
	h.log.ErrorContext(ctx, "a delivery could not be kept", "request_id", r.RequestContext.RequestID, "error", err)
	obs.Count(ctx, h.log, "store_failures", 1, "door", "webhook")
	res := httpapi.Refuse(fault.New(fault.StoreUnavailable, "", "the delivery could not be kept; send it again"))
	res.Headers["retry-after"] = retryAfter
	return res, nil
}

// delivery is the request as the sender made it.
func delivery(r *httpapi.Request, token string, body []byte, now time.Time) *webhook.Delivery {
	address := "https://" + r.Headers["host"] + r.RawPath
	if r.RawQueryString != "" {
		address += "?" + r.RawQueryString
	}
	if t, err := url.PathUnescape(token); err == nil {
		token = t
	}
	return &webhook.Delivery{
		Method: r.RequestContext.HTTP.Method, URL: address, Header: r.Headers, Query: r.RawQueryString, Path: token,
		Body: body, Source: r.RequestContext.HTTP.SourceIP, Now: now,
	}
}
