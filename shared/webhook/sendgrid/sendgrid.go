// Package sendgrid reads SendGrid's event webhook: an array of what happened to messages. A message is its id and its
// recipient; unique arguments may name the person and the campaign.
package sendgrid

import (
	"strings"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
)

// Provider is SendGrid.
var Provider = webhook.Provider{
	Name: "sendgrid", Title: "SendGrid", Scheme: webhook.SendGrid{}, Read: Read,
	Events:       "`processed` (sent), `deferred`, `delivered`, `bounce` (hard; `blocked`: soft), `open` (`sg_machine_open`: a proxy's), `click`, `spamreport`, `unsubscribe`, `group_unsubscribe`; others under their own name",
	Verification: "ECDSA P-256 of time and body, under the public key that SendGrid shows",
	Replay:       "time within 26 h; each element's `sg_event_id`", Retries: "for 24 h, with growing gaps",
}

// types are what SendGrid's names mean. A dropped message was never sent, so it bounced nowhere: it keeps its name.
var types = map[string]string{
	"processed": "email_sent", "deferred": "email_deferred", "delivered": "email_delivered", "bounce": "email_bounced", "open": "email_opened",
	"click": "email_clicked", "spamreport": "email_complained", "unsubscribe": "email_unsubscribed", "group_unsubscribe": "email_unsubscribed",
}

// Read says what the elements of a delivery mean, one by one.
func Read(_ *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	if !v.IsArray() {
		return webhook.Meaning{}, fault.New(fault.InvalidJSON, "", "this is no array of SendGrid's events")
	}
	var m webhook.Meaning
	for one := range v.Each() {
		m.Events = append(m.Events, draft(one))
	}
	return m, nil
}

// draft is one element.
func draft(v payload.Value) webhook.Draft {
	name := v.Get("event").Text()
	message, _, _ := strings.Cut(v.Get("sg_message_id").Text(), ".") // behind the dot stands which server sent it
	d := webhook.Draft{
		"id": webhook.Prefixed("sendgrid", v.Get("sg_event_id").Text()), "type": webhook.Text(types[name], name),
		"email": webhook.Email(v.Get("email").Text()), "message_id": webhook.Text(message, v.Get("smtp-id").Text()),
		"channel": "Email", "campaign": webhook.Text(v.Get("campaign").Text(), v.Get("singlesend_name").Text(), v.Get("marketing_campaign_name").Text(), category(v)),
		"user_id": v.Get("user_id").Text(), "anonymous_id": v.Get("anonymous_id").Text(), "page": v.Get("url").Text(),
	}
	if at := v.Get("timestamp").Int(); at > 0 {
		d["time"] = at * 1000
	}
	props := map[string]any{"reason": short(v.Get("reason").Text()), "status": v.Get("status").Text(), "attempt": v.Get("attempt").Text()}
	switch name {
	case "bounce":
		props["bounce"] = map[bool]string{true: "soft", false: "hard"}[v.Get("type").Text() == "blocked"]
	case "open":
		if v.Get("sg_machine_open").Text() == "true" {
			d["agent"] = event.AgentMailProxy
		}
	}
	d["props"] = props
	return d
}

// category is the first; a message may have one or a list.
func category(v payload.Value) string {
	c := v.Get("category")
	return webhook.Text(c.Text(), c.First().Text())
}

// short is what is kept of a mail server's words; they may repeat the address.
func short(s string) string {
	if strings.Contains(s, "@") {
		s, _, _ = strings.Cut(s, " ")
	}
	if len(s) > 100 {
		s = strings.ToValidUTF8(s[:100], "")
	}
	return s
}
