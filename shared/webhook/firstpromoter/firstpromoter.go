// Package firstpromoter reads FirstPromoter's webhooks of both versions: v1 {"event":{id,type,created_at},"data":{…}}, v2
// {"event_id","event_type","changes","data","timestamp"}. A lead, or referral, is the invite; a reward, or commission, names
// the payment by the event_id that FirstPromoter was told. Amounts are cents of the account's currency (referral.currency).
package firstpromoter

import (
	"encoding/json"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/payload"
	"tributary/shared/webhook/referral"
)

// Provider is FirstPromoter.
var Provider = webhook.Provider{
	Name: "firstpromoter", Title: "FirstPromoter", Scheme: webhook.Token{}, Read: Read, Check: referral.Check,
	Events:       "v1 `lead_signup`, `reward_created`; v2 `referral.created` (invite and sign-up), `commission.created`, `commission.updated` (denied), `commission.deleted`: rewards and their reversal, the sale attached to the order; others under their own name",
	Verification: "none of its own: token of 16 characters or more in a header of yours, or `/hooks/{connection}~{token}`",
	Replay:       "`event.id` or `event_id`; a reward's own id", Retries: "v1 none; v2 3, by 20 min",
}

// note is a webhook of either version.
type note struct {
	id, typ, at string
	data        payload.Value
	changes     payload.Value
}

func open(v payload.Value) note {
	if e := v.Get("event"); e.IsObject() {
		return note{id: e.Get("id").Text(), typ: e.Get("type").Text(), at: e.Get("created_at").Text(), data: v.Get("data")}
	}
	return note{id: v.Get("event_id").Text(), typ: v.Get("event_type").Text(), at: v.Get("timestamp").Text(), data: v.Get("data"), changes: v.Get("changes")}
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
	e := open(v)
	if e.id == "" || e.typ == "" {
		return webhook.Meaning{}, fault.New(fault.MissingField, "event", "this is no webhook of FirstPromoter's: it has no event with id and type")
	}
	n := &referral.Notice{Says: says, ID: "firstpromoter:" + e.id, Time: e.at, Props: map[string]any{"object": e.data.Get("id").Text(), "status": webhook.Text(e.data.Get("status").Text(), e.data.Get("state").Text())}}
	drafts := e.drafts(n)
	if drafts == nil {
		drafts = n.Own(e.typ, referral.Person{})
	}
	return webhook.Meaning{Events: drafts}, nil
}

func (e *note) drafts(n *referral.Notice) []webhook.Draft {
	switch e.typ {
	case "lead_signup", "referral.created":
		return n.SignUp(invite(e.data), friend(e.data), advocate(e.data), true)
	case "reward_created", "commission.created":
		return e.reward(n, false)
	case "commission.deleted":
		return e.reward(n, true)
	case "commission.updated":
		if to := last(e.changes.Get("status")); to == "denied" || to == "rejected" || to == "refunded" {
			return e.reward(n, true)
		}
	}
	return nil
}

// last is the new value of a change [old, new].
func last(v payload.Value) string {
	s := ""
	for one := range v.Each() {
		s = one.Text()
	}
	return s
}

// reward is a commission, with the sale that it is of; only cash costs money.
func (e *note) reward(n *referral.Notice, reversed bool) []webhook.Draft {
	o := e.data
	lead := o.Get("lead")
	if !lead.IsObject() {
		lead = o.Get("referral")
	}
	orders := webhook.Texts(o.Get("event_id").Text())
	var drafts []webhook.Draft
	if !reversed {
		value := webhook.Text(o.Get("original_sale_amount").Text(), o.Get("sale_amount").Text(), o.Get("conversion_amount").Text())
		drafts = n.Sale(invite(lead), friend(lead), orders, json.Number(value), o.Get("original_sale_currency").Text())
	}
	if unit := o.Get("unit").Text(); unit != "" && unit != "cash" {
		return drafts
	}
	return append(drafts, n.Reward(webhook.Prefixed("firstpromoter", o.Get("id").Text()), invite(lead), orders, webhook.Decimal(o.Get("amount").Text(), 2), "", reversed)...)
}

func invite(lead payload.Value) string {
	return webhook.Prefixed("firstpromoter", lead.Get("id").Text())
}

func friend(lead payload.Value) referral.Person {
	return referral.Person{UserID: lead.Get("uid").Text(), Email: lead.Get("email").Text(), ProviderIDs: webhook.Texts(webhook.Prefixed("firstpromoter:lead", lead.Get("id").Text()))}
}

func advocate(data payload.Value) referral.Person {
	p := data.Get("promoter")
	if !p.IsObject() {
		p = data.Get("promoter_campaign", "promoter")
	}
	return referral.Person{Email: p.Get("email").Text(), ProviderIDs: webhook.Texts(webhook.Prefixed("firstpromoter:promoter", p.Get("id").Text()))}
}
