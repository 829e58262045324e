package event

import (
	"hash/fnv"
	"slices"
	"strconv"
)

// shards spreads events that know no person, order or thing over the table.
const shards = 64

// Kind sorts the event by its canonical type; a type that stands here in no case is KindOther.
func (e *Event) Kind() Kind {
	if e.Reached != "" && e.Type != "identify" {
		return KindConversion
	}
	switch e.Type {
	case "conversion", "refund", "refund_reversed", "lead", "opportunity", "opportunity_lost", "cancel":
		return KindConversion
	case "identify":
		return KindLink
	case "impression", "click", "visit", "email_opened", "email_clicked":
		return KindTouch
	}
	return KindOther
}

// SortKey is "<kind>#<id>", so that one query from C to T is a person's marketing history.
func (e *Event) SortKey() string { return string(rune(e.Kind())) + "#" + e.ID }

// IDs are the person's typed ids, strongest first: U# user, P# provider, E# e-mail, F# phone, A# anonymous.
func (e *Event) IDs() []string {
	var ids []string
	add := func(prefix, id string) {
		if id != "" {
			ids = append(ids, prefix+id)
		}
	}
	add("U#", e.UserID)
	for _, id := range e.ProviderIDs {
		add("P#", id)
	}
	add("E#", e.Email)
	add("F#", e.Phone)
	add("A#", e.AnonymousID)
	if e.LinkedID != e.AnonymousID {
		add("A#", e.LinkedID)
	}
	return ids
}

// Home is the partition that holds the event, below its site: the order (or, where only an alias is known, that alias)
// it belongs to, else its strongest id, else its post, invite or cart, else one of 64 shards.
func (e *Event) Home() string {
	switch {
	case e.OrderID != "":
		return "O#" + e.OrderID
	case len(e.OrderAliases) > 0:
		return "O#" + e.OrderAliases[0]
	case e.UserID != "":
		return "U#" + e.UserID
	case len(e.ProviderIDs) > 0:
		return "P#" + e.ProviderIDs[0]
	case e.Email != "":
		return "E#" + e.Email
	case e.Phone != "":
		return "F#" + e.Phone
	case e.AnonymousID != "":
		return "A#" + e.AnonymousID
	case e.PostID != "":
		return "R#" + e.PostID
	case e.InviteID != "":
		return "I#" + e.InviteID
	case e.CartID != "":
		return "K#" + e.CartID
	}
	h := fnv.New64a()
	h.Write([]byte(e.ID))
	return "S#" + strconv.FormatUint(h.Sum64()%shards, 10)
}

// Sells reports a conversion: told as such, or of a goal whose match the event is.
func (e *Event) Sells() bool { return e.Type == "conversion" || e.Reached != "" }

// GoalReached is the goal of a conversion; empty for the default one.
func (e *Event) GoalReached() string {
	if e.Type == "conversion" {
		return e.Goal
	}
	return e.Reached
}

// Human reports that KPIs count the event.
func (e *Event) Human() bool { return e.Agent == "" || e.Agent == AgentHuman }

// Known reports that the type stands in the contract's table; any other is counted under its own name.
func Known(typ string) bool { return slices.Contains(known, typ) }
