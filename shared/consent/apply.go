package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"tributary/shared/event"
)

// Apply takes out of an event what tier does not keep. day is the anonymous id of Cookieless, empty where none could be
// made. It reports false where nothing is left to store: all of it under Drop, and an event under Count or Cookieless
// that only says who is who. Page and referrer are cut by scrub, which knows addresses.
func Apply(tier Tier, e *event.Event, day string) bool {
	switch {
	case tier == Full:
		return true
	case tier == Drop || e.Kind() == event.KindLink:
		return false
	}
	counted := pure(e)
	if tier == Cookieless {
		counted.AnonymousID = day
		counted.Props, counted.Items = e.Props, e.Items
	}
	*e = counted
	return true
}

// pure names what counting needs. It is a list of what stays, so that a field that comes later is not kept by accident.
func pure(e *event.Event) event.Event {
	return event.Event{
		ID: e.ID, Type: e.Type, Site: e.Site, Time: e.Time, Received: e.Received,
		Campaign: e.Campaign, CampaignID: e.CampaignID, Channel: e.Channel, ChannelRule: e.ChannelRule,
		Source: e.Source, Medium: e.Medium, Content: e.Content, Term: e.Term,
		Page: e.Page, Referrer: e.Referrer, Link: e.Link, Goal: e.Goal, Reached: e.Reached,
		HasValue: e.HasValue, Value: e.Value, HasCost: e.HasCost, Cost: e.Cost, Currency: e.Currency,
		OrderID: e.OrderID, OrderAliases: e.OrderAliases, MessageID: e.MessageID, InviteID: e.InviteID, PostID: e.PostID,
		Score: e.Score, Props: counting(e.Props), Consent: e.Consent,
		Agent: e.Agent, AgentReason: e.AgentReason, Trust: e.Trust, Clamped: e.Clamped, Quarter: e.Quarter,
		Date: e.Date, Version: e.Version, Hash: own(e), TTL: e.TTL,
	}
}

// own ties the content hash to the event's id: two hits of one visitor without ids of their own have the same content, and
// its hash would tell that they are one visitor's.
func own(e *event.Event) string {
	sum := sha256.Sum256([]byte(e.Hash + "\x00" + e.ID))
	return hex.EncodeToString(sum[:16])
}

// counting keeps the properties that figures are made of; each is a word from a short list.
func counting(props string) string {
	if props == "" {
		return ""
	}
	var all, kept map[string]json.RawMessage
	if json.Unmarshal([]byte(props), &all) != nil {
		return ""
	}
	for _, name := range [...]string{"kind", "category", "action", "bounce"} {
		if v, ok := all[name]; ok && len(v) <= 64 {
			if kept == nil {
				kept = map[string]json.RawMessage{}
			}
			kept[name] = v
		}
	}
	if kept == nil {
		return ""
	}
	b, err := json.Marshal(kept)
	if err != nil {
		return ""
	}
	return string(b)
}
