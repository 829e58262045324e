// Package dub reads Dub's webhooks: {"id","event","createdAt","data":{…}}. Its customer is the invite, as nothing else joins a
// lead with its sale; the partner is the advocate; the sale's invoiceId names the order.
package dub

import (
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
	"tributary/shared/webhook/referral"
)

// Provider is Dub.
var Provider = webhook.Provider{
	Name: "dub", Title: "Dub", Scheme: webhook.Dub, Read: Read, Check: referral.Check,
	Events:       "`lead.created` (invite and sign-up), `sale.created`: attached to the order; `commission.created`: rewards, below zero their reversal; `link.clicked`, `partner.enrolled` and others under their own name",
	Verification: "`Dub-Signature`: HMAC-SHA256 of the body, `whsec_` being part of the key", Replay: "`id`; a commission's own id", Retries: "several; 20 failures in a row turn it off",
}

// Read says what one webhook means.
func Read(c *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	v, err := payload.Parse(d.Body)
	if err != nil {
		return webhook.Meaning{}, err
	}
	says, err := referral.Parse(c)
	if err != nil {
		return webhook.Meaning{}, err
	}
	typ, o := v.Get("event").Text(), v.Get("data")
	if typ == "" || v.Get("id").Text() == "" {
		return webhook.Meaning{}, fault.New(fault.MissingField, "event", "this is no webhook of Dub's: it has no id or no event")
	}
	n := &referral.Notice{Says: says, ID: "dub:" + v.Get("id").Text(), Time: v.Get("createdAt").Text(), Props: map[string]any{
		"link": o.Get("link", "shortLink").Text(), "name": o.Get("eventName").Text(),
	}}
	drafts := read(n, typ, o)
	if drafts == nil {
		drafts = n.Own(typ, referral.Person{})
	}
	return webhook.Meaning{Events: drafts}, nil
}

func read(n *referral.Notice, typ string, o payload.Value) []webhook.Draft {
	switch typ {
	case "lead.created":
		return n.SignUp(invite(o), friend(o), advocate(o), true)
	case "sale.created":
		s := o.Get("sale")
		return n.Sale(invite(o), friend(o), webhook.Texts(s.Get("invoiceId").Text(), o.Get("metadata", "order_id").Text(), o.Get("metadata", "charge").Text()), s.Get("amount").Number(), s.Get("currency").Text())
	case "commission.created":
		return n.Reward(webhook.Prefixed("dub", o.Get("id").Text()), invite(o), webhook.Texts(o.Get("invoiceId").Text()),
			webhook.Decimal(o.Get("earnings").Text(), 2), o.Get("currency").Text(), false)
	}
	return nil
}

func invite(o payload.Value) string {
	return webhook.Prefixed("dub", o.Get("customer", "id").Text())
}

// friend is the customer; its externalId is the merchant's own id of the user.
func friend(o payload.Value) referral.Person {
	c := o.Get("customer")
	return referral.Person{
		UserID: c.Get("externalId").Text(), Email: c.Get("email").Text(),
		ProviderIDs: webhook.Texts(webhook.Prefixed("dub", c.Get("id").Text()), webhook.Prefixed("stripe", c.Get("stripeCustomerId").Text())),
	}
}

func advocate(o payload.Value) referral.Person {
	p := o.Get("partner")
	return referral.Person{Email: p.Get("email").Text(), ProviderIDs: webhook.Texts(webhook.Prefixed("dub", webhook.Text(p.Get("id").Text(), o.Get("link", "partnerId").Text())))}
}
