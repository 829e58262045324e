// Command collect is the door for events as JSON: POST /e for anybody, POST /v1/events for senders with a key. It also serves
// the scripts that make such events of a page, /t.js and /x.js.
//
// Trigger: the HTTP API's routes POST and OPTIONS /e, POST /v1/events, GET and HEAD /t.js, GET /x.js.
// Reads: sites' settings and keys from Config, a site at most every 30 seconds.
// Writes: events into Events, several at once, or into the bucket's spill/ while the store does not take them; refused
// input, within a budget, into Quarantine.
// A second run: events with ids are stored once, and the repetition is answered as duplicates. Events without ids are new
// every time, so only a batch of events with ids is safe to send again.
package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tributary/shared/agent"
	"tributary/shared/consent"
	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/visitor"
)

// Bounds of a request.
const (
	publicBytes, publicEvents = 1 << 20, 50
	keyedBytes, keyedEvents   = 4 << 20, 500
)

// How long a sender waits at most, where neither the store nor S3 answers or both are slow. A server with a batch would rather wait
// than send it again; the HTTP API waits for 30 s.
const (
	patience      = 10 * time.Second
	patienceKeyed = 25 * time.Second
)

// Keys knows stored API keys by the SHA-256 (hex) of their secret; see store.Store.
type Keys interface {
	HasKey(ctx context.Context, sha256 string) (bool, error)
}

type handler struct {
	in    *ingest.Ingest
	keys  Keys
	admin string // SHA-256 (hex) of the first key

	cookies visitor.Domains // where a browser's id is kept in a cookie
}

// serve answers one request. Every answer of /e may be read by any origin's page, refusals included.
func (h *handler) serve(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	if r.RequestContext.HTTP.Method == http.MethodOptions {
		return httpapi.Preflight("POST"), nil
	}
	if res, ok := script(r); ok {
		return res, nil
	}
	keyed := r.RouteKey == "POST /v1/events"
	res, err := h.collect(ctx, r, keyed)
	switch f := fault.Of(err); {
	case f != nil && keyed:
		res, err = refuse(f), nil
	case f != nil:
		res, err = refusePublic(f), nil
	}
	if err == nil && !keyed {
		httpapi.Share(&res, r, anyHost)
	}
	return res, err
}

// collect reads the batch and stores what it can.
func (h *handler) collect(ctx context.Context, r *httpapi.Request, keyed bool) (httpapi.Response, error) {
	limit, trust, most := publicBytes, event.TrustPublic, patience
	if keyed {
		limit, trust, most = keyedBytes, event.TrustKeyed, patienceKeyed
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	b := &batch{in: h.in, dry: httpapi.DryRun(r)}
	if keyed {
		if err := h.authorize(ctx, b, r); err != nil {
			return httpapi.Response{}, err
		}
	}
	body, err := httpapi.Body(r, limit)
	if err != nil {
		return httpapi.Response{}, err
	}
	b.door = h.in.Door(trust)
	b.door.Dry = b.dry
	if !keyed {
		consent.See(&b.door, r.Headers, r.RequestContext.HTTP.SourceIP)
	}
	if err := h.open(b, body, r, keyed); err != nil {
		raw := string(body[:min(len(body), 4<<10)])
		if !keyed && consent.Objects(b.door, nil) {
			raw = ""
		}
		h.in.Refuse(ctx, "", "", raw, fault.Of(err))
		return httpapi.Response{}, err
	}
	if !keyed {
		b.browser = h.cookies.See(r.Headers, r.Cookies)
	}
	b.read()
	if b.dry {
		b.prepare(ctx)
	} else {
		b.in.Take(ctx, b.door, b.sender, b.items)
	}
	res := b.answer(ctx)
	b.keepVisitor(&res)
	return res, nil
}

// authorize lets a sender with a key pass. A key that cannot be looked up now passes too, but nothing is stored before it
// has been: the events wait in S3.
func (h *handler) authorize(ctx context.Context, b *batch, r *httpapi.Request) error {
	err := httpapi.Authorize(ctx, r, h.admin, h.keys.HasKey)
	var unchecked *ingest.UncheckedKey
	if errors.As(err, &unchecked) && !b.dry {
		b.sender.Key = unchecked.SHA256
		return nil
	}
	return err
}

// open reads the envelope; its errors are faults. An app that shows a key is no browser: it is not judged by its agent.
func (h *handler) open(b *batch, body []byte, r *httpapi.Request, keyed bool) error {
	env, err := readEnvelope(body)
	if err != nil {
		return err
	}
	if b.door.SentAt, b.door.Consent = env.sentAt, env.consent; env.appKey != "" && !keyed {
		b.sender.AppKey = settings.KeyHash(env.appKey)
	}
	if !keyed && b.sender.AppKey == "" {
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
	b.items = make([]ingest.Item, len(env.events))
	for i, raw := range env.events {
		b.items[i].Raw = string(raw)
	}
	return nil
}
