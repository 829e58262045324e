// Package rewardful reads Rewardful's webhooks: {"object":{…},"event":{"id","type","created_at"}}. A referral is the invite; a
// sale names Stripe's charge, invoice or the merchant's own id of the order.
package rewardful

import (
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
	"tributary/shared/webhook/referral"
)

// Provider is Rewardful.
var Provider = webhook.Provider{
	Name: "rewardful", Title: "Rewardful", Scheme: webhook.Rewardful, Read: Read, Check: referral.Check,
	Events:       "`referral.created` (invite), `referral.lead` (sign-up), `sale.created`, `sale.refunded`: attached to the order; `commission.created`, `commission.voided`, `commission.deleted`: rewards and their reversal; others under their own name",
	Verification: "`X-Rewardful-Signature`: HMAC-SHA256 of the body", Replay: "the event's `id`; a reward's own id", Retries: "not documented",
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
	e, o := v.Get("event"), v.Get("object")
	typ := e.Get("type").Text()
	if typ == "" || e.Get("id").Text() == "" {
		return webhook.Meaning{}, fault.New(fault.MissingField, "event", "this is no webhook of Rewardful's: it has no event with id and type")
	}
	n := &referral.Notice{Says: says, ID: "rewardful:" + e.Get("id").Text(), Time: e.Get("created_at").Text(), Props: map[string]any{"object": o.Get("id").Text()}}
	drafts := read(n, typ, o)
	if drafts == nil {
		drafts = n.Own(typ, referral.Person{})
	}
	return webhook.Meaning{Events: drafts}, nil
}

func read(n *referral.Notice, typ string, o payload.Value) []webhook.Draft {
	switch typ {
	case "referral.created":
		return n.Invite(invite(o), advocate(o))
	case "referral.lead":
		return n.SignUp(invite(o), friend(o), advocate(o), false)
	case "sale.created":
		return n.Sale(invite(o.Get("referral")), friend(o.Get("referral")), orders(o), o.Get("sale_amount_cents").Number(), o.Get("currency").Text())
	case "sale.refunded":
		return n.Refund(orders(o), webhook.Prefixed("rewardful", o.Get("id").Text()), o.Get("refund_amount_cents").Number(), o.Get("currency").Text())
	case "commission.created", "commission.voided", "commission.deleted":
		sale := o.Get("sale")
		return n.Reward(webhook.Prefixed("rewardful", o.Get("id").Text()), invite(sale.Get("referral")), orders(sale),
			webhook.Decimal(o.Get("amount").Text(), 2), o.Get("currency").Text(), typ != "commission.created")
	}
	return nil
}

func invite(r payload.Value) string { return webhook.Prefixed("rewardful", r.Get("id").Text()) }

// advocate is the affiliate of a referral, by its link.
func advocate(r payload.Value) referral.Person {
	a := r.Get("affiliate")
	return referral.Person{Email: a.Get("email").Text(), ProviderIDs: webhook.Texts(webhook.Prefixed("rewardful:affiliate", webhook.Text(a.Get("id").Text(), r.Get("link", "affiliate_id").Text())))}
}

// friend is the referral's customer; Stripe's id is the one that Stripe's own webhooks have.
func friend(r payload.Value) referral.Person {
	c := r.Get("customer")
	p := referral.Person{Email: c.Get("email").Text(), ProviderIDs: webhook.Texts(webhook.Prefixed("stripe", r.Get("stripe_customer_id").Text()))}
	if c.Get("platform").Text() == "other" {
		p.UserID = c.Get("id").Text()
	}
	return p
}

func orders(sale payload.Value) []string {
	return webhook.Texts(sale.Get("external_id").Text(), sale.Get("stripe_invoice_id").Text(), sale.Get("stripe_charge_id").Text(), webhook.Prefixed("rewardful", sale.Get("id").Text()))
}
