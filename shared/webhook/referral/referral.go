// Package referral is what referral tools have in common: an advocate's invite, a friend's sign-up, the sale that it led to
// and the reward that it cost. The sale is somebody else's, a shop's or a payment tool's: the tool names its order and tells
// the invite, and makes no sale by itself (props.attached), unless the connection says that nobody else reports it.
package referral

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/money"
	"tributary/shared/settings"
	"tributary/shared/webhook"
)

// Says is what a connection says of its referral tool.
type Says struct {
	Sales    bool   `json:"sales"`    // no shop or payment tool reports the sales: the tool's own count
	Currency string `json:"currency"` // where the tool names none
}

// Parse reads the settings; all errors are faults.
func Parse(c *settings.Connection) (Says, error) {
	var s Says
	if c == nil || len(c.Referral) == 0 {
		return s, nil
	}
	d := json.NewDecoder(bytes.NewReader(c.Referral))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fault.New(fault.InvalidField, "referral", `it must be like {"sales":false,"currency":"USD"}: %s`, strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return s, fault.New(fault.InvalidField, "referral", "there is more behind its closing brace")
	}
	if _, known := money.Exponent(s.Currency); s.Currency != "" && !known {
		return s, fault.New(fault.UnknownCurrency, "referral.currency", "this is no ISO 4217 currency; use three capital letters like USD")
	}
	return s, nil
}

// Check refuses settings that cannot be followed.
func Check(c *settings.Connection) error {
	_, err := Parse(c)
	return err
}

// Person is an advocate or a friend, by whatever ids the tool has.
type Person struct {
	UserID, AnonymousID, Email string
	ProviderIDs                []string
}

func (p Person) known() bool {
	return p.UserID != "" || p.AnonymousID != "" || webhook.Email(p.Email) != "" || len(p.ProviderIDs) > 0
}

func (p Person) into(d webhook.Draft) {
	d["user_id"], d["anonymous_id"], d["email"], d["provider_ids"] = p.UserID, p.AnonymousID, webhook.Email(p.Email), webhook.Texts(p.ProviderIDs...)
}

// Notice is one delivery's event: what all its drafts share.
type Notice struct {
	Says
	ID    string // of the event, as the tool's own
	Time  any
	Props map[string]any
}

func (n *Notice) draft(typ, suffix string, p Person) webhook.Draft {
	d := webhook.Draft{"id": n.ID + suffix, "type": typ}
	if n.Time != nil && n.Time != "" {
		d["time"] = n.Time
	}
	props := map[string]any{}
	for name, v := range n.Props {
		props[name] = v
	}
	d["props"] = props
	p.into(d)
	return d
}

// Own is an event under its own name.
func (n *Notice) Own(typ string, p Person) []webhook.Draft {
	return []webhook.Draft{n.draft(typ, "", p)}
}

// Invite is an advocate's invite.
func (n *Notice) Invite(invite string, advocate Person) []webhook.Draft {
	if invite == "" || !advocate.known() {
		return nil
	}
	d := n.draft("invite", "", advocate)
	d["invite_id"] = invite
	return []webhook.Draft{d}
}

// SignUp is a friend who took an invite up. Where the tool tells of no invite before, the invite comes along.
func (n *Notice) SignUp(invite string, friend, advocate Person, first bool) []webhook.Draft {
	if invite == "" || !friend.known() {
		return nil
	}
	d := n.draft("invite_signup", "", friend)
	d["invite_id"] = invite
	drafts := []webhook.Draft{d}
	if first && advocate.known() {
		i := n.draft("invite", "/invite", advocate)
		i["invite_id"] = invite
		drafts = append(drafts, i)
	}
	return drafts
}

// Sale is what a friend bought: the order's names, the tool's own last. Value is in minor units.
func (n *Notice) Sale(invite string, friend Person, orders []string, value json.Number, currency string) []webhook.Draft {
	orders = webhook.Texts(orders...)
	if len(orders) == 0 {
		return nil
	}
	d := n.draft("conversion", "/sale", friend)
	d["invite_id"], d["order_id"], d["order_aliases"] = invite, orders[0], orders[1:]
	props := d["props"].(map[string]any)
	if !n.Sales {
		props["attached"] = true
		return []webhook.Draft{d}
	}
	if value != "" {
		d["value_minor"], d["currency"] = value, n.currency(currency)
	}
	return []webhook.Draft{d}
}

// Refund takes a sale back that nobody else reports; where somebody does it is theirs to tell, and nil.
func (n *Notice) Refund(orders []string, refund string, value json.Number, currency string) []webhook.Draft {
	orders = webhook.Texts(orders...)
	if !n.Sales || len(orders) == 0 {
		return nil
	}
	d := n.draft("refund", "/refund", Person{})
	d["order_id"], d["order_aliases"] = orders[0], orders[1:]
	if d["props"].(map[string]any)["refund_id"] = refund; value != "" {
		d["value_minor"], d["currency"] = value, n.currency(currency)
	}
	return []webhook.Draft{d}
}

// Reward is what an advocate, or a friend, gets; cost is a decimal of the currency's unit. It costs once and is reversed once,
// under the reward's own id, whichever events tell of it.
func (n *Notice) Reward(reward, invite string, orders []string, cost, currency string, reversed bool) []webhook.Draft {
	orders = webhook.Texts(orders...)
	negative := strings.HasPrefix(cost, "-")
	micros, err := money.ParseMicros(strings.TrimPrefix(cost, "-"))
	if reward == "" || err != nil || micros == 0 || len(orders) == 0 && invite == "" {
		return nil
	}
	typ, id := "reward", reward
	if reversed || negative {
		typ, id = "reward_reversed", reward+"/reversed"
	}
	d := n.draft(typ, "", Person{})
	d["id"], d["invite_id"], d["order_aliases"] = id, invite, orders
	d["cost_micros"], d["currency"] = micros, n.currency(currency)
	return []webhook.Draft{d}
}

func (n *Notice) currency(s string) string { return strings.ToUpper(webhook.Text(s, n.Currency)) }
