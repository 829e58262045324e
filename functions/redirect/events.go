package main

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"unicode/utf8"

	"tributary/shared/agent"
	"tributary/shared/click"
	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/recipient"
	"tributary/shared/settings"
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

// door judges the request and makes the click's id. Who follows a link that no person sees is a scanner.
func (h *handler) door(r *httpapi.Request, f follow, way click.Way) (event.Door, string) {
	d := h.in.Door(event.TrustPublic)
	d.Agent, d.AgentReason = agent.Judge(r.Headers)
	if way.Honeypot {
		d.Agent, d.AgentReason = event.AgentScanner, agent.Honeypot
	}
	return d, click.ID(d.NewID(), f.kind, f.name)
}

// items are the events of a request: the click, and for a mail's recipient the e-mail click, which bears the same click's id.
// A token that no key signed is nobody's and stays out; one that cannot be looked up now goes along, to be judged later.
func (h *handler) items(ctx context.Context, r *httpapi.Request, f follow, way click.Way, d event.Door, id string) []ingest.Item {
	fields := common(r, f, way, id)
	if recipient.Is(f.token) {
		if digest, err := h.in.Recipient(ctx, f.site, f.token); err != nil {
			fields.Set("user_id", f.token)
		} else if digest != "" {
			fields.Set("email", digest)
		}
	}
	known := fields.Has("user_id") || fields.Has("email")
	fields.Set("type", "click")
	fields.Set("id", id)
	fields.Set("anonymous_id", visitor(r, id))
	items := []ingest.Item{item(r, fields, d)}
	if known {
		fields.Set("type", "email_clicked")
		fields.Set("id", id+".mail")
		fields.Del("anonymous_id")
		items = append(items, item(r, fields, d))
	}
	return items
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

// visitor is who follows the link: without a cookie of ours nobody who is known, so that each click is one of its own.
func visitor(_ *httpapi.Request, id string) string { return id }
