package journey

import (
	"encoding/json"
	"fmt"

	"tributary/shared/event"
)

// Place names a record.
type Place struct{ Kind, Node string }

// GatheredBy are the records, other than of sales and messages, of which an event tells something.
func GatheredBy(e *event.Event) []Place {
	var list []Place
	for _, p := range piecesOf(e) {
		if p.kind != KindMessage {
			list = append(list, Place{p.kind, p.node})
		}
	}
	if e.SessionID != "" && e.Human() {
		list = append(list, Place{KindVisit, e.SessionID})
	}
	return list
}

// MessagesTo is where RecordsUnder finds the messages to an id.
func MessagesTo(id string) string { return id + between }

// IsSale tells the node of a sale from a person's id.
func IsSale(node string) bool { return isSale(node) }

// Without is a conversion's record without its person, whose pseudonym takes the place, and without what tells of a browser: click
// ids, session, cart, the ids of touches. Channels, campaigns and pages stay, and so every model's credit. False: it is none of the
// person's, or erased already.
func (r Record) Without(ids map[string]bool, pseudonym string) (Record, bool, error) {
	if r.Rev == 0 || r.Erased || r.Void() {
		return r, false, nil
	}
	c, err := r.Conversion()
	if err != nil || !ids[c.Person] {
		return r, false, err
	}
	c.Person, c.Session, c.Cart = pseudonym, "", ""
	if c.Invite != "" {
		c.Invite = pseudonym // it was invited
	}
	for i := range c.Visits {
		if ids[c.Visits[i].Person] {
			c.Visits[i].Person = ""
		}
	}
	for i := range c.Touches {
		c.Touches[i].ID, c.Touches[i].ClickIDs = fmt.Sprintf("%04d", i), nil // in the order of before: models break ties by id
	}
	body, err := json.Marshal(c)
	r.Body, r.Erased = string(body), true
	return r, true, err
}

// WithoutEvent is a gathered record without what an event of an erased person told of itself; false: it is without.
func (r Record) WithoutEvent(e *event.Event, ids map[string]bool, pseudonym string) (Record, bool, error) {
	if r.Rev == 0 || r.Erased {
		return r, false, nil
	}
	t, err := r.Told()
	if err != nil {
		return r, false, err
	}
	was := r.Body
	if o := t.Opening; o != nil && (o.ID == e.ID || ids[o.Sender]) {
		o.forget(ids, pseudonym)
		for _, v := range t.Visits {
			v.forget(ids, pseudonym)
		}
	}
	if t.Reach != nil && t.Reach.Event == e.ID {
		t.Reach.Event = ""
	}
	r.Body = encode(&t)
	return r, r.Body != was, nil
}

// Unaddressed is a message's record without whose it was and what it opened with, under a node of its own.
func (r Record) Unaddressed(node string) (Record, error) {
	t, err := r.Told()
	if err != nil {
		return r, err
	}
	for _, o := range []*Opening{t.Opening, t.Before} {
		if o != nil {
			o.forget(nil, "")
		}
	}
	t.Clicks = nil
	r.Node, r.Body, r.Rev, r.Erased = node, encode(&t), 0, true
	return r, nil
}

func (o *Opening) forget(ids map[string]bool, pseudonym string) {
	o.ID, o.ClickIDs, o.Session = "", nil, ""
	if ids[o.Sender] {
		o.Sender = pseudonym
	}
}
