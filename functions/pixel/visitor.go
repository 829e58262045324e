package main

import (
	"strings"
	"time"

	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/visitor"
)

// meet tells the door who asks, and on which page: a picture in a page without scripts says neither.
func (h *handler) meet(d *event.Door, r *httpapi.Request, b *visitor.Browser) {
	if page := r.Headers["referer"]; strings.HasPrefix(page, "https://") || strings.HasPrefix(page, "http://") {
		d.Page = page
	}
	if b.FirstParty() {
		d.Visitor = b.ID
	}
	if b.Keeps() && (d.Agent == "" || d.Agent == event.AgentHuman) {
		d.NewVisitor = func() string { return h.newVisitor(d.Now, b) }
	}
}

// newVisitor is the id of a browser whose page names none: the cookie's, else a new one; empty if there is no randomness.
func (h *handler) newVisitor(now int64, b *visitor.Browser) string {
	if b.ID != "" {
		return b.ID
	}
	id, err := visitor.New(time.UnixMilli(now), h.random)
	if err != nil {
		return ""
	}
	return id
}

// cookieFor is the Set-Cookie line that keeps the event's visitor for the next 400 days, or takes the cookie away; empty for none.
// What the site's settings took out of the event is gone from it by now: nobody gets a cookie whom the site does not follow.
func cookieFor(b *visitor.Browser, it ingest.Item) string {
	if it.Err != nil || it.Outcome == ingest.Spilled {
		return ""
	}
	if !visitor.Made(it.Event.AnonymousID) && visitor.Objects(it.Event.Consent) {
		return b.Forget()
	}
	return b.Cookie(it.Event.AnonymousID)
}
