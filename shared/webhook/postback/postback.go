// Package postback reads what affiliate networks call from server to server:
//
//	GET /hooks/{connection}?token=…&click_id={…}&payout={…}&status={…}&txid={…}
//
// A transaction is one order, whatever is told of it: pending makes it, approved settles its amount, rejected takes it back.
// What came is told apart by transaction and status, so a network may call again and in any order.
package postback

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"tributary/shared/fault"
	"tributary/shared/money"
	"tributary/shared/settings"
	"tributary/shared/webhook"
)

// Provider is every network that calls a URL of ours.
var Provider = webhook.Provider{
	Name: "postback", Title: "affiliate networks", Scheme: webhook.Token{}, Read: Read, Get: true,
	Check:  func(c *settings.Connection) error { _, err := parse(c.Postback); return err },
	Events: "`pending`, `approved`, `rejected` of a transaction: cost or revenue, as `postback` says (below)", Verification: "token of 16 characters or more as `?token=`; `addresses`",
	Replay: "transaction and status", Retries: "few, or none",
}

// maxExtra is how many parameters that mean nothing to us are kept.
const maxExtra = 15

// call is one postback.
type call struct {
	*says
	connection string
	query      url.Values
	used       map[string]bool
	at         time.Time
}

// Read says what a postback means. POST may carry the same as a form.
func Read(c *settings.Connection, d *webhook.Delivery) (webhook.Meaning, error) {
	s, err := parse(c.Postback)
	if err != nil {
		return webhook.Meaning{}, err
	}
	q, err := url.ParseQuery(d.Query)
	if err != nil {
		return webhook.Meaning{}, fault.New(fault.InvalidQuery, "", "the query cannot be read; the network must write values as a URL's")
	}
	if form, ok := d.Form(); ok {
		for name, v := range form {
			q[name] = v
		}
	}
	p := &call{says: s, connection: c.ID, query: q, used: map[string]bool{webhook.TokenParam: true}, at: d.Now}
	drafts, err := p.drafts()
	return webhook.Meaning{Events: drafts}, err
}

// get is a parameter by our name for it. One whose macro the network did not know is as good as absent.
func (p *call) get(name string) string {
	known := names[name]
	if own := p.Params[name]; own != "" {
		known = []string{own}
	}
	found := ""
	for _, param := range known {
		v := strings.TrimSpace(p.query.Get(param))
		p.used[param] = p.used[param] || p.query.Has(param)
		if found == "" && !isMacro(v) {
			found = v
		}
	}
	return found
}

// isMacro knows what stands where a macro was not replaced: {payout}, ${payout}, [payout], #payout#, %payout%, !!payout!!.
func isMacro(v string) bool {
	for _, pair := range [][2]string{{"{", "}"}, {"${", "}"}, {"[", "]"}, {"#", "#"}, {"%", "%"}, {"!!", "!!"}, {"<", ">"}} {
		if len(v) > 2 && strings.HasPrefix(v, pair[0]) && strings.HasSuffix(v, pair[1]) {
			return true
		}
	}
	return false
}

// need is a parameter without which a postback says nothing.
func (p *call) need(name string) (string, error) {
	if v := p.get(name); v != "" {
		return v, nil
	}
	return "", fault.New(fault.MissingField, name, "the postback has no %s, or the network did not replace its macro; mend the URL at the network", name)
}

func (p *call) drafts() ([]webhook.Draft, error) {
	txid, err := p.need("txid")
	if err != nil {
		return nil, err
	}
	word := p.get("status")
	state := p.state(word)
	if state == "" {
		return []webhook.Draft{p.draft("postback_"+strings.ToLower(word), txid, word)}, nil
	}
	if p.Payout == asRevenue {
		return p.sale(txid, state, "payout")
	}
	cost, err := p.cost(txid, state)
	if err != nil || !p.Sales {
		return []webhook.Draft{cost}, err
	}
	sale, err := p.sale(txid, state, "amount")
	return append([]webhook.Draft{cost}, sale...), err
}

// draft begins an event of a transaction.
func (p *call) draft(typ, txid, state string) webhook.Draft {
	d := webhook.Draft{"id": p.connection + ":" + txid + ":" + state, "type": typ}
	if at := p.time(); at != 0 {
		d["time"] = at
	}
	props := map[string]any{"status": state, "transaction": txid, "order": p.get("order_id")}
	for name := range names {
		p.get(name) // what is a name of ours is no property
	}
	for name, v := range p.query {
		if !p.used[name] && len(props) < maxExtra && len(name) <= 64 && !isMacro(v[0]) {
			props[name] = v[0]
		}
	}
	d["props"] = props
	return d
}

// time is when the network says that it happened, Unix milliseconds; 0 where it does not.
func (p *call) time() int64 {
	s := p.get("time")
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 {
		if n < 100_000_000_000 {
			n *= 1000
		}
		return n
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMilli()
		}
	}
	return 0
}

// who puts in what the click id says of the person. A click of ours is, without a cookie, a person of its own.
func (p *call) who(d webhook.Draft) {
	click := p.get("click_id")
	switch p.Click {
	case "anonymous_id":
		d["anonymous_id"] = click
		if click != "" {
			d["click_ids"] = map[string]string{"trb": click}
		}
	case "user_id":
		d["user_id"] = click
	default:
		if click != "" {
			d["click_ids"] = map[string]string{p.Click: click}
		}
	}
}

// ranks order the states of one transaction: a later one stands, in whatever order they come.
var ranks = map[string]int64{pending: 1, approved: 2, rejected: 3}

// cost is what the transaction costs: nothing while it is pending and when it is rejected. It is one spend event whose
// versions take each other's place.
func (p *call) cost(txid, state string) (webhook.Draft, error) {
	d := p.draft("spend", txid, state)
	d["id"], d["version"] = p.connection+":"+txid, ranks[state]
	d["channel"], d["campaign"] = p.Channel, webhook.Text(p.get("campaign"), p.Campaign)
	d["currency"] = p.currency()
	if d["time"] == nil {
		d["date"] = p.at.UTC().Format(time.DateOnly)
	}
	d["cost_micros"] = int64(0)
	if state != approved {
		return d, nil
	}
	payout, err := p.need("payout")
	if err != nil {
		return nil, err
	}
	micros, err := money.ParseMicros(amount(payout))
	if err != nil || micros < 0 {
		return nil, fault.New(fault.InvalidAmount, "payout", "this is no payout; the network must write it like 12.50")
	}
	d["cost_micros"] = micros
	return d, nil
}

// sale is the transaction as an order whose value the parameter tells.
func (p *call) sale(txid, state, value string) ([]webhook.Draft, error) {
	order := p.get("order_id")
	if p.Payout == asRevenue || order == "" {
		order = p.connection + ":" + txid
	}
	if state == rejected {
		d := p.draft("refund", txid, state)
		d["order_id"] = order
		d["props"].(map[string]any)["refund_id"] = rejected
		return []webhook.Draft{d}, nil
	}
	text, err := p.need(value)
	if err != nil {
		return nil, err
	}
	d := p.draft("conversion", txid, state)
	d["order_id"], d["goal"], d["currency"] = order, webhook.Text(p.get("goal"), p.Goal), p.currency()
	if p.Sales {
		d["id"] = d["id"].(string) + ":sale"
	}
	if d["value_minor"], err = p.minor(text); err != nil {
		return nil, err
	}
	props := d["props"].(map[string]any)
	if props[value] = text; state == approved {
		props["revised"] = 1 // it takes the place of what was pending, whichever came first
	}
	p.who(d)
	return []webhook.Draft{d}, nil
}

// minor reads an amount of money. Networks pay fractions of a cent: they are rounded, half away from zero, and the amount as
// it was said stays a property.
func (p *call) minor(text string) (any, error) {
	exp, ok := money.Exponent(p.currency())
	if !ok {
		return nil, fault.New(fault.MissingField, "currency", "the postback names no ISO 4217 currency; set the connection's postback.currency")
	}
	micros, err := money.ParseMicros(amount(text))
	if err != nil || micros < 0 {
		return nil, fault.New(fault.InvalidAmount, "payout", "this is no amount; the network must write it like 12.50")
	}
	unit := int64(1)
	for range 6 - exp {
		unit *= 10
	}
	return (micros + unit/2) / unit, nil
}

func (p *call) currency() string { return strings.ToUpper(webhook.Text(p.get("currency"), p.Currency)) }

// amount takes a currency's sign away and a decimal comma for a point.
func amount(s string) string {
	s = strings.Trim(s, "$€£ ")
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	return s
}
