// Package mailgun reads Mailgun's webhooks, JSON and the forms of old: one event of one message and recipient. User variables
// may name the person and the campaign.
package mailgun

import (
	"net/url"
	"strconv"
	"strings"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// Provider is Mailgun.
var Provider = webhook.Provider{
	Name: "mailgun", Title: "Mailgun", Scheme: webhook.Mailgun{}, Read: Read, Once: webhook.MailgunToken,
	Events:       "`accepted` (sent), `delivered`, `failed` (temporary: deferred; permanent: bounced), `opened`, `clicked` (with a `bot`: marked), `complained`, `unsubscribed`; others under their own name",
	Verification: "HMAC-SHA256 of time and token, in the body; the rest of the body is not signed",
	Replay:       "time within 9 h; a token counts for one body; the event's `id`", Retries: "for 8 h",
}

var types = map[string]string{
	"accepted": "email_sent", "delivered": "email_delivered", "opened": "email_opened", "clicked": "email_clicked", "complained": "email_complained",
	"unsubscribed": "email_unsubscribed", "bounced": "email_bounced",
}

// Read says what a delivery means.
func Read(_ *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	if form, ok := d.Form(); ok {
		return webhook.Meaning{Events: []webhook.Draft{fromForm(form)}}, nil
	}
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	e := v.Get("event-data")
	if e.Get("event").Text() == "" {
		return webhook.Meaning{}, fault.New(fault.MissingField, "event-data.event", "this is no event of Mailgun's")
	}
	return webhook.Meaning{Events: []webhook.Draft{draft(e)}}, nil
}

func draft(e payload.Value) webhook.Draft {
	name, variables := e.Get("event").Text(), e.Get("user-variables")
	d := webhook.Draft{
		"id": webhook.Prefixed("mailgun", e.Get("id").Text()), "type": webhook.Text(types[name], name),
		"email": webhook.Email(e.Get("recipient").Text()), "message_id": strings.Trim(e.Get("message", "headers", "message-id").Text(), "<>"),
		"channel": "Email", "campaign": webhook.Text(variables.Get("campaign").Text(), e.Get("campaigns").First().Get("name").Text(), e.Get("tags").First().Text()),
		"user_id": variables.Get("user_id").Text(), "anonymous_id": variables.Get("anonymous_id").Text(), "page": e.Get("url").Text(),
	}
	if at := millis(e.Get("timestamp").Text()); at > 0 {
		d["time"] = at
	}
	props := map[string]any{"reason": e.Get("reason").Text(), "severity": e.Get("severity").Text(), "code": e.Get("delivery-status", "code").Text()}
	if name == "failed" {
		failed(d, props, e)
	}
	if bot := e.Get("client-info", "bot").Text(); bot != "" {
		props["bot"] = bot
		d["agent"] = map[bool]string{true: event.AgentMailProxy, false: event.AgentScanner}[name == "opened"]
	}
	d["props"] = props
	return d
}

// failed tells failures apart: what is tried again is deferred, what was suppressed was never sent and keeps a name of its
// own, what is given up bounced, softly where only the time ran out.
func failed(d webhook.Draft, props map[string]any, e payload.Value) {
	switch reason := e.Get("reason").Text(); {
	case e.Get("severity").Text() == "temporary":
		d["type"] = "email_deferred"
	case strings.HasPrefix(reason, "suppress"):
		d["type"] = "suppressed"
	case reason == "old":
		d["type"], props["bounce"] = "email_bounced", "soft"
	default:
		d["type"], props["bounce"] = "email_bounced", "hard"
	}
}

// fromForm reads a webhook of before 2018.
func fromForm(f url.Values) webhook.Draft {
	name := f.Get("event")
	d := webhook.Draft{
		"type": webhook.Text(types[name], name), "email": webhook.Email(f.Get("recipient")), "channel": "Email",
		"message_id": strings.Trim(webhook.Text(f.Get("Message-Id"), f.Get("message-id")), "<>"), "page": f.Get("url"),
		"campaign": webhook.Text(f.Get("campaign"), f.Get("campaign-name"), f.Get("tag")), "user_id": f.Get("user_id"), "anonymous_id": f.Get("anonymous_id"),
		"id": webhook.Prefixed("mailgun", f.Get("token")),
	}
	if at := millis(f.Get("timestamp")); at > 0 {
		d["time"] = at
	}
	if name == "bounced" {
		d["props"] = map[string]any{"bounce": "hard", "code": f.Get("code")}
	}
	return d
}

// millis reads seconds with a fraction, without a float.
func millis(s string) int64 {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return 0
	}
	ms, err := strconv.ParseInt((fraction + "000")[:3], 10, 64)
	if err != nil {
		ms = 0
	}
	return n*1000 + ms
}
