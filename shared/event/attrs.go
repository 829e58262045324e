package event

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// attribute binds one stored name to its field. Exactly one of the pointers is set; order is the order on the wire.
type attribute struct {
	name string
	text *string
	num  *int64
	flag *bool
	list *[]string
	dict *map[string]string
}

// attributes is the whole mapping.
type attributes [46]attribute

// attributes is the one mapping between an event and its flat attributes; the names are the contract's. Value, cost,
// score and trust have rules of their own in Attrs and FromAttrs.
func (e *Event) attributes() attributes {
	return attributes{
		{name: "id", text: &e.ID},
		{name: "type", text: &e.Type},
		{name: "site", text: &e.Site},
		{name: "time", num: &e.Time},
		{name: "received", num: &e.Received},
		{name: "anonymous_id", text: &e.AnonymousID},
		{name: "linked_id", text: &e.LinkedID},
		{name: "user_id", text: &e.UserID},
		{name: "email", text: &e.Email},
		{name: "phone", text: &e.Phone},
		{name: "provider_ids", list: &e.ProviderIDs},
		{name: "session_id", text: &e.SessionID},
		{name: "campaign", text: &e.Campaign},
		{name: "campaign_id", text: &e.CampaignID},
		{name: "channel", text: &e.Channel},
		{name: "channel_rule", text: &e.ChannelRule},
		{name: "source", text: &e.Source},
		{name: "medium", text: &e.Medium},
		{name: "content", text: &e.Content},
		{name: "term", text: &e.Term},
		{name: "click_ids", dict: &e.ClickIDs},
		{name: "page", text: &e.Page},
		{name: "referrer", text: &e.Referrer},
		{name: "link", text: &e.Link},
		{name: "goal", text: &e.Goal},
		{name: "reached", text: &e.Reached},
		{name: "currency", text: &e.Currency},
		{name: "order_id", text: &e.OrderID},
		{name: "order_aliases", list: &e.OrderAliases},
		{name: "cart_id", text: &e.CartID},
		{name: "message_id", text: &e.MessageID},
		{name: "invite_id", text: &e.InviteID},
		{name: "post_id", text: &e.PostID},
		{name: "items", text: &e.Items},
		{name: "props", text: &e.Props},
		{name: "traits", text: &e.Traits},
		{name: "consent", text: &e.Consent},
		{name: "agent", text: &e.Agent},
		{name: "agent_reason", text: &e.AgentReason},
		{name: "clamped", flag: &e.Clamped},
		{name: "quarter", flag: &e.Quarter},
		{name: "version", num: &e.Version},
		{name: "hash", text: &e.Hash},
		{name: "ttl", num: &e.TTL},
		{name: "date", text: &e.Date},
		{name: "erased", flag: &e.Erased},
	}
}

// Attrs lists what is present as flat attributes; what is absent, and the agent of a person, is left out.
func (e *Event) Attrs() []Attr { return e.AppendAttrs(make([]Attr, 0, 24)) }

// AppendAttrs is Attrs, appended to out.
func (e *Event) AppendAttrs(out []Attr) []Attr {
	table := e.attributes()
	for i := range table {
		a := &table[i]
		switch {
		case a.text != nil:
			if *a.text != "" && (a.text != &e.Agent || !e.Human()) {
				out = append(out, Attr{Name: a.name, Value: *a.text})
			}
		case a.num != nil:
			out = appendNumber(out, a.name, *a.num, *a.num != 0)
		case a.flag != nil:
			out = appendNumber(out, a.name, 1, *a.flag)
		case a.list != nil:
			out = appendJSON(out, a.name, *a.list, len(*a.list))
		default:
			out = appendJSON(out, a.name, *a.dict, len(*a.dict))
		}
	}
	out = appendNumber(out, "value_minor", e.Value, e.HasValue)
	out = appendNumber(out, "cost_micros", e.Cost, e.HasCost)
	out = appendNumber(out, "score", int64(e.Score), e.Score != 0)
	return appendNumber(out, "trust", int64(e.Trust), e.Trust != 0)
}

func appendNumber(out []Attr, name string, n int64, present bool) []Attr {
	if !present {
		return out
	}
	return append(out, Attr{Name: name, Number: true, Value: strconv.FormatInt(n, 10)})
}

// appendJSON writes v canonically: encoding/json sorts a map's keys.
func appendJSON(out []Attr, name string, v any, n int) []Attr {
	if n == 0 {
		return out
	}
	b, err := json.Marshal(v)
	if err != nil { // strings always encode
		return out
	}
	return append(out, Attr{Name: name, Value: string(b)})
}

// FromAttrs is the inverse of Attrs. Names it does not know (keys, newer fields) are passed over; an event without id,
// type, site or time, or with an attribute of the wrong kind, is an error.
func FromAttrs(attrs []Attr) (*Event, error) {
	e, err := fromAttrs(attrs)
	if err == nil && e.Time == 0 {
		return nil, fmt.Errorf("event: attributes lack the time")
	}
	return e, err
}

// fromAttrs is FromAttrs of an event that may have no time yet.
func fromAttrs(attrs []Attr) (*Event, error) {
	e := &Event{}
	table := e.attributes()
	for i := range attrs {
		if err := e.set(&table, &attrs[i]); err != nil {
			return nil, err
		}
	}
	if e.ID == "" || e.Type == "" || e.Site == "" {
		return nil, fmt.Errorf("event: attributes lack id, type or site")
	}
	if e.Agent == "" {
		e.Agent = AgentHuman
	}
	return e, nil
}

// set stores one attribute in its field.
func (e *Event) set(table *attributes, a *Attr) error {
	switch a.Name {
	case "value_minor":
		e.HasValue = true
		return number(a, &e.Value)
	case "cost_micros":
		e.HasCost = true
		return number(a, &e.Cost)
	case "score", "trust":
		var n int64
		if err := number(a, &n); err != nil {
			return err
		}
		if a.Name == "score" {
			e.Score = int(n)
		} else {
			e.Trust = Trust(n)
		}
		return nil
	}
	for i := range table {
		if table[i].name == a.Name {
			return table[i].read(a)
		}
	}
	return nil
}

// read decodes a into the field that t names.
func (t *attribute) read(a *Attr) error {
	switch {
	case t.num != nil:
		return number(a, t.num)
	case t.flag != nil:
		var n int64
		err := number(a, &n)
		*t.flag = n != 0
		return err
	case a.Number:
		return fmt.Errorf("event: attribute %s is a number, not text", a.Name)
	case t.text != nil:
		*t.text = a.Value
		return nil
	case t.list != nil:
		return unmarshal(a, t.list)
	}
	return unmarshal(a, t.dict)
}

func number(a *Attr, to *int64) error {
	n, err := strconv.ParseInt(a.Value, 10, 64)
	if err != nil || !a.Number {
		return fmt.Errorf("event: attribute %s is %q, not an integer", a.Name, a.Value)
	}
	*to = n
	return nil
}

func unmarshal(a *Attr, to any) error {
	if err := json.Unmarshal([]byte(a.Value), to); err != nil {
		return fmt.Errorf("event: attribute %s: %w", a.Name, err)
	}
	return nil
}
