package main

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"tributary/shared/agent"
	"tributary/shared/click"
	"tributary/shared/consent"
	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/recipient"
	"tributary/shared/settings"
	"tributary/shared/visitor"
)

// Bounds of what is read of a request, in bytes: a message's id, and the page that had the link.
const (
	maxMessage  = 512
	maxReferrer = 2 << 10
)

// follow is what a request follows.
type follow struct {
	site string
	kind click.Kind
	name string // of the link or the code

	message, token string // of a mail: its id and its recipient's token
}

// followed reads a request: the last part of its path names the link or code, s the site, m and u a mail's message and
// recipient. Of a parameter that stands twice the first counts; what cannot be read is passed over.
func followed(r *httpapi.Request) follow {
	q, _ := url.ParseQuery(r.RawQueryString)
	f := follow{site: cmp.Or(q.Get("s"), settings.DefaultID), kind: click.Link, name: r.RawPath[strings.LastIndexByte(r.RawPath, '/')+1:]}
	if strings.HasSuffix(r.RouteKey, "/r/{code}") {
		f.kind = click.Code
		return f
	}
	if m := q.Get("m"); m != "" && len(m) <= maxMessage && utf8.ValidString(m) {
		f.kind, f.message, f.token = click.Mail, m, q.Get("u")
	}
	return f
}

// clicked is one click on its way.
type clicked struct {
	door    event.Door
	browser visitor.Browser
	id      string
	items   []ingest.Item // the click, and behind it the mail's
}

// clicked judges a request and makes the click's id and events. Who follows a link that no person sees is a scanner.
func (h *handler) clicked(ctx context.Context, r *httpapi.Request, f follow, way click.Way) *clicked {
	c := &clicked{door: h.in.Door(event.TrustPublic), browser: h.cookies.Navigate(r.Headers["host"], r.Headers, r.Cookies)}
	d := &c.door
	d.Agent, d.AgentReason = agent.Judge(r.Headers)
	consent.See(d, r.Headers, r.RequestContext.HTTP.SourceIP)
	d.Dry = httpapi.DryRun(r)
	if way.Honeypot {
		d.Agent, d.AgentReason = event.AgentScanner, agent.Honeypot
	}
	c.id = click.ID(d.NewID(), f.kind, f.name)
	h.fill(ctx, c, r, f, way)
	return c
}

// fill makes the events of a click: the click itself, and for a mail's recipient the e-mail click, which bears the same click's
// id. A token that no key signed is nobody's and stays out; one that cannot be looked up now goes along, to be judged later.
func (h *handler) fill(ctx context.Context, c *clicked, r *httpapi.Request, f follow, way click.Way) {
	fields := common(r, f, way, c.id)
	if recipient.Is(f.token) {
		if digest, err := h.in.Recipient(ctx, f.site, f.token); err != nil {
			fields.Set("user_id", f.token)
		} else if digest != "" {
			fields.Set("email", digest)
		}
	}
	known := fields.Has("user_id") || fields.Has("email")
	fields.Set("type", "click")
	fields.Set("id", c.id)
	if v := h.visitor(c); v != c.id || !fields.Has("email") { // whom the mail names needs no id that nobody meets again
		fields.Set("anonymous_id", v)
	}
	c.items = []ingest.Item{item(r, fields, c.door)}
	if known {
		fields.Set("type", "email_clicked")
		fields.Set("id", c.id+".mail")
		fields.Del("anonymous_id")
		c.items = append(c.items, item(r, fields, c.door))
	}
}

// visitor is who follows the link: whom the cookie names, else a person who gets one; without cookies nobody who is known,
// so that each click is one of its own.
func (h *handler) visitor(c *clicked) string {
	if c.browser.ID != "" {
		return c.browser.ID
	}
	if c.browser.Keeps() && c.door.Agent == event.AgentHuman {
		if id, err := visitor.New(time.UnixMilli(c.door.Now), h.random); err == nil {
			return id
		}
	}
	return c.id
}

// target is where the visitor is sent, with the click's id unless nothing shall be known of the visitor: then it is gone from
// the event too, and while that could not be judged, an objection stands.
func (c *clicked) target(way click.Way) string {
	it := &c.items[0]
	unjudged := it.Err != nil || it.Outcome == ingest.Spilled
	objects := errors.Is(it.Err, ingest.ErrDropped) || unjudged && (c.door.GPC || c.door.DNT)
	if objects || it.Err == nil && it.Event.ClickIDs["trb"] == "" {
		return way.Target
	}
	return click.Target(way.Target, way.ClickParam, c.id)
}

// cookie is the Set-Cookie line that keeps the click's visitor for the next 400 days, or takes the cookie away; empty for none.
// Nobody gets one whom the site does not follow: such a visitor's id is gone from the event by now.
func (c *clicked) cookie() string {
	it := &c.items[0]
	switch {
	case it.Err != nil || it.Outcome == ingest.Spilled:
		return ""
	case it.Event.Consent == "denied":
		return c.browser.Forget()
	}
	return c.browser.Cookie(it.Event.AnonymousID)
}

// common are the fields of every event of a click: what the link says, and where it was found. The target stands for the
// page, so that its tags count where the link has none.
func common(r *httpapi.Request, f follow, way click.Way, id string) url.Values {
	via, fields := way.Via(f.kind), url.Values{}
	for name, v := range map[string]string{
		"site": f.site, "link": via.Link, "campaign": via.Campaign, "channel": via.Channel, "source": via.Source, "medium": via.Medium,
		"invite_id": via.Invite, "page": way.Target, "trb": id, "message_id": f.message, "p.program": way.Program, "p.advocate": way.Advocate,
	} {
		if v != "" {
			fields.Set(name, v)
		}
	}
	if ref := r.Headers["referer"]; ref != "" && len(ref) <= maxReferrer && utf8.ValidString(ref) {
		fields.Set("referrer", ref)
	}
	return fields
}

// item reads fields as the pixel would.
func item(r *httpapi.Request, fields url.Values, d event.Door) ingest.Item {
	e, err := event.ParseQuery(fields.Encode(), d)
	if e == nil {
		e = &event.Event{}
	}
	return ingest.Item{Event: e, Raw: r.RawQueryString, Err: err}
}
