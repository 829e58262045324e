package journey

import (
	"tributary/shared/attribution"
	"tributary/shared/event"
	"tributary/shared/settings"
)

// noon is when most conversions of these tests happen: 2026-03-01T12:00Z.
const (
	noon = int64(1772366400000)
	day  = attribution.Day
	hour = day / 24
)

// change adjusts an event that is being made.
type change func(*event.Event)

// made is an event of a keyed sender.
func made(typ, id string, at int64, changes ...change) *event.Event {
	e := &event.Event{
		ID: id, Type: typ, Site: "s", Time: at, Received: at, Agent: event.AgentHuman, Trust: event.TrustKeyed, Hash: "hash of " + id,
	}
	for _, c := range changes {
		c(e)
	}
	return e
}

func user(id string) change { return func(e *event.Event) { e.UserID = id } }
func anon(id string) change { return func(e *event.Event) { e.AnonymousID = id } }
func mail(id string) change { return func(e *event.Event) { e.Email = id } }
func props(p string) change { return func(e *event.Event) { e.Props = p } }
func goal(id string) change { return func(e *event.Event) { e.Goal = id } }
func trust(t event.Trust) change {
	return func(e *event.Event) { e.Trust = t }
}

func under(id string, aliases ...string) change {
	return func(e *event.Event) { e.OrderID, e.OrderAliases = id, aliases }
}
func alias(ids ...string) change { return func(e *event.Event) { e.OrderAliases = ids } }
func value(minor int64, currency string) change {
	return func(e *event.Event) { e.HasValue, e.Value, e.Currency = true, minor, currency }
}
func channel(name string) change { return func(e *event.Event) { e.Channel = name } }
func bot(e *event.Event)         { e.Agent = event.AgentBot }

// visit is a touch by an anonymous id.
func visit(id, by string, at int64, changes ...change) *event.Event {
	return made("visit", id, at, append([]change{anon(by), channel("Email")}, changes...)...)
}

// sold is a conversion of 100.00 USD at noon by user u, under order o.
func sold(id string, changes ...change) *event.Event {
	return made("conversion", id, noon, append([]change{under("o"), user("u"), value(10_000, "USD")}, changes...)...)
}

// back is a refund of order o.
func back(id string, at int64, changes ...change) *event.Event {
	return made("refund", id, at, append([]change{under("o")}, changes...)...)
}

func testSite() settings.Site {
	s := settings.DefaultSite("s")
	s.FX = []settings.FXRate{
		{Currency: "EUR", From: "2025-01-01", Rate: "1.10"},
		{Currency: "EUR", From: "2026-03-05", Rate: "1.20"},
		{Currency: "JPY", From: "2025-01-01", Rate: "0.0065"},
	}
	return s
}
