package event

import (
	"encoding/json"
	"strings"

	"tributary/shared/fault"
)

// DefaultSite is where an event belongs that names no site.
const DefaultSite = "default"

// Parse reads one event of contract.md section 2 as it came through d. Every refusal is a fault.Fault that names the
// field. Fields that the contract does not know are kept as properties, so that what a newer sender says is not lost. The
// event is not ready to be stored before Admit has placed it in time. With a refusal comes, where the input could be read
// at all, an event that holds its site and id and nothing that may be relied on.
func Parse(raw []byte, d Door) (*Event, error) {
	s, err := decode(raw)
	if err != nil {
		return nil, err
	}
	return s.event(d)
}

// event makes an event of a sender's fields.
func (s sent) event(d Door) (*Event, error) {
	names := s.names()
	hash := s.hash(names)
	if s.expand() {
		names = s.names()
	}
	e := &Event{Received: d.Now, Trust: d.Trust, Agent: d.Agent, AgentReason: d.AgentReason, Hash: hash}
	if err := first(e.fill(s, names), e.judge(s, d)); err != nil {
		return s.label(), err
	}
	e.complete(d)
	if err := e.needs(); err != nil {
		return s.label(), err
	}
	return e, nil
}

// label is what a refused event is filed under, and what its visitor says of consent.
func (s sent) label() *Event {
	e := &Event{Site: DefaultSite}
	for _, name := range [...]string{"id", "site", "consent"} {
		to, limit := e.text(name)
		if v, ok := s[name].(string); ok && v != "" {
			_ = setText(to, name, v, limit) // what does not fit is left out
		}
	}
	return e
}

// fill copies every field to its place; the first that does not fit, in order of name, is the refusal.
func (e *Event) fill(s sent, names []string) error {
	props := map[string]any{}
	for _, name := range names {
		if err := e.field(name, s[name], s, props); err != nil {
			return err
		}
	}
	if e.Type == "" {
		return fault.New(fault.MissingField, "type", "say what happened, like \"page_view\" or \"conversion\"")
	}
	return first(e.amounts(s), e.keepProps(props))
}

// field copies one field; what is no field of the contract goes into props.
func (e *Event) field(name string, v any, s sent, props map[string]any) error {
	if to, limit := e.text(name); to != nil {
		return setText(to, name, v, limit)
	}
	switch name {
	case "value", "value_minor", "cost", "cost_micros", "agent", "sent_at":
		return nil // amounts and agent come once everything else is known; sent_at belongs to the door
	case "email", "phone":
		return e.person(name, v)
	case "time":
		return e.clock(v)
	case "score":
		return e.rate(v)
	case "order_aliases":
		return setList(&e.OrderAliases, name, v)
	case "provider_ids":
		return setList(&e.ProviderIDs, name, v)
	case "click_ids":
		return setTexts(&e.ClickIDs, name, v)
	case "items":
		return setJSON[[]any](&e.Items, name, v, "an array of objects")
	case "traits":
		return e.keepTraits(v)
	case "props":
		return addProps(props, v)
	case "date", "version":
		if isSpend(s) {
			return e.spend(name, v)
		}
	}
	return unknown(props, name, v)
}

// unknown keeps a field that the contract does not have as a property, unless it is one of the contract's in another
// case, which would be lost to every figure.
func unknown(props map[string]any, name string, v any) error {
	if lower := strings.ToLower(name); lower != name && IsField(lower) {
		return fault.New(fault.InvalidField, join("", name), "names are lower case: write %s", lower)
	}
	if _, both := props[name]; !both {
		props[name] = v
	}
	return nil
}

// IsField reports that the contract has a field of that name.
func IsField(name string) bool {
	switch name {
	case "value", "value_minor", "cost", "cost_micros", "agent", "email", "phone", "time", "score", "order_aliases", "provider_ids",
		"click_ids", "items", "traits", "props", "date":
		return true
	}
	to, _ := new(Event).text(name)
	return to != nil
}

// text is the place and the size of a field that is plain text; nil for any other.
func (e *Event) text(name string) (*string, int) {
	switch name {
	case "id":
		return &e.ID, maxID
	case "type":
		return &e.Type, maxName
	case "site":
		return &e.Site, maxName
	case "anonymous_id":
		return &e.AnonymousID, maxID
	case "linked_id":
		return &e.LinkedID, maxID
	case "user_id":
		return &e.UserID, maxID
	case "session_id":
		return &e.SessionID, maxID
	case "campaign":
		return &e.Campaign, maxID
	case "campaign_id":
		return &e.CampaignID, maxID
	case "channel":
		return &e.Channel, maxName
	case "source":
		return &e.Source, maxID
	case "medium":
		return &e.Medium, maxID
	case "content":
		return &e.Content, maxID
	case "term":
		return &e.Term, maxID
	case "page":
		return &e.Page, maxURL
	case "referrer":
		return &e.Referrer, maxURL
	}
	return e.textOfThings(name)
}

// textOfThings goes on where text ends: what the event is about.
func (e *Event) textOfThings(name string) (*string, int) {
	switch name {
	case "link":
		return &e.Link, maxID
	case "goal":
		return &e.Goal, maxName
	case "currency":
		return &e.Currency, 3
	case "order_id":
		return &e.OrderID, maxID
	case "cart_id":
		return &e.CartID, maxID
	case "message_id":
		return &e.MessageID, maxID
	case "invite_id":
		return &e.InviteID, maxID
	case "post_id":
		return &e.PostID, maxID
	case "consent":
		return &e.Consent, maxName
	}
	return nil, 0
}

// judge takes the agent: a public door's own judgement, a keyed sender's word.
func (e *Event) judge(s sent, d Door) error {
	v := s["agent"]
	if !present(v) {
		return nil
	}
	if d.Trust == TrustPublic {
		return fault.New(fault.InvalidField, "agent", "only a sender with a key may say who acted; leave agent out")
	}
	switch v {
	case AgentHuman, AgentBot, AgentPrefetch, AgentMailProxy, AgentScanner:
		e.Agent, e.AgentReason = v.(string), "sender"
		if v == AgentHuman {
			e.AgentReason = ""
		}
		return nil
	}
	return fault.New(fault.InvalidField, "agent", "use human, bot, prefetch, mail_proxy or scanner")
}

// complete resolves synonyms and fills what has a default.
func (e *Event) complete(d Door) {
	switch e.Type {
	case "pageview":
		e.Type = "page_view"
	case "generate_lead":
		e.Type = "lead"
	case "purchase":
		e.Type, e.Goal = "conversion", or(e.Goal, "purchase")
	case "sign_up":
		e.Type, e.Goal = "conversion", or(e.Goal, "sign_up")
	case "goal":
		e.Type = "conversion"
	case "conversion":
		e.Goal = or(e.Goal, "purchase")
	}
	e.Site, e.Agent = or(e.Site, DefaultSite), or(e.Agent, AgentHuman)
	e.Source, e.Medium = strings.ToLower(e.Source), strings.ToLower(e.Medium)
	e.claim(d)
	e.Page, _, _ = strings.Cut(e.Page, "#")
	e.hideAddresses()
	if e.ID == "" {
		e.ID = d.NewID()
	}
}

// isSpend reports that the sender's fields are spend, which alone has a date and a version.
func isSpend(s sent) bool { return s["type"] == "spend" }

// or is a, or b when a is empty.
func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// whole reads an integer that JSON gave as a number.
func whole(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}
