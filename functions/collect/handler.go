// Command collect is the door for events as JSON: POST /e for anybody, POST /v1/events for senders with a key.
//
// Trigger: the HTTP API's routes POST and OPTIONS /e, POST /v1/events.
// Reads: sites' settings and keys from Config, a site at most every 30 seconds.
// Writes: events into Events, several at once; refused input, within a budget, into Quarantine.
// A second run: events with ids are stored once, and the repetition is answered as duplicates. Events without ids are new
// every time, so only a batch of events with ids is safe to send again.
package main

import (
	"context"
	"encoding/json"
	"net/http"

	"tributary/shared/agent"
	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/settings"
)

// Bounds of a request.
const (
	publicBytes, publicEvents = 1 << 20, 50
	keyedBytes, keyedEvents   = 4 << 20, 500
)

// Keys knows stored API keys by the SHA-256 (hex) of their secret; see store.Store.
type Keys interface {
	HasKey(ctx context.Context, sha256 string) (bool, error)
}

type handler struct {
	in    *ingest.Ingest
	keys  Keys
	admin string // SHA-256 (hex) of the first key
}

// serve answers one request. Every answer of /e may be read by any origin's page, refusals included.
func (h *handler) serve(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	if r.RequestContext.HTTP.Method == http.MethodOptions {
		return httpapi.Preflight("POST"), nil
	}
	keyed := r.RouteKey == "POST /v1/events"
	res, err := h.collect(ctx, r, keyed)
	if f := fault.Of(err); f != nil {
		res, err = refuse(f), nil
	}
	if err == nil && !keyed {
		httpapi.Share(&res, r, nil)
	}
	return res, err
}

// collect reads the batch and stores what it can.
func (h *handler) collect(ctx context.Context, r *httpapi.Request, keyed bool) (httpapi.Response, error) {
	limit, trust := publicBytes, event.TrustPublic
	if keyed {
		limit, trust = keyedBytes, event.TrustKeyed
		if err := httpapi.Authorize(ctx, r, h.admin, h.keys.HasKey); err != nil {
			return httpapi.Response{}, err
		}
	}
	body, err := httpapi.Body(r, limit)
	if err != nil {
		return httpapi.Response{}, err
	}
	b := &batch{in: h.in, door: h.in.Door(trust), dry: httpapi.DryRun(r)}
	if err := h.open(b, body, r, keyed); err != nil {
		f := fault.Of(err)
		h.in.Refuse(ctx, "", "", string(body[:min(len(body), 4<<10)]), f)
		return httpapi.Response{}, err
	}
	b.read(ctx)
	if !b.dry {
		b.put(ctx)
	}
	return b.answer(ctx), nil
}

// open reads the envelope; its errors are faults. An app that shows a key is no browser: it is not judged by its agent.
func (h *handler) open(b *batch, body []byte, r *httpapi.Request, keyed bool) error {
	env, err := readEnvelope(body)
	if err != nil {
		return err
	}
	if b.door.SentAt = env.sentAt; env.appKey != "" && !keyed {
		b.appKey = settings.KeyHash(env.appKey)
	}
	if !keyed && b.appKey == "" {
		b.door.Agent, b.door.AgentReason = agent.Judge(r.Headers)
	}
	most := publicEvents
	if keyed {
		most = keyedEvents
	}
	switch n := len(env.events); {
	case n == 0:
		return fault.New(fault.MissingField, "events", `send {"events":[{"type":"page_view",…}]} with at least one event`)
	case n > most:
		return fault.New(fault.TooMany, "events", "the batch has %d events; send at most %d at a time", n, most)
	}
	b.items = make([]item, len(env.events))
	for i, raw := range env.events {
		b.items[i].raw = raw
	}
	return nil
}

// item is one event of a batch and what became of it.
type item struct {
	raw     json.RawMessage
	e       *event.Event
	outcome outcome
	err     error
}
