package journey

import (
	"encoding/json"
	"fmt"
)

// Brief is the part of a Conversion that says who bought, without the touches: what figures about persons are read from.
// Fields and names are Conversion's.
type Brief struct {
	Event      string   `json:"e"`
	Time       int64    `json:"t"`
	Goal       string   `json:"g"`
	Kind       string   `json:"k"`
	Primary    bool     `json:"pr"`
	Counts     int64    `json:"n"`
	Orders     int64    `json:"no"`
	Value      int64    `json:"v"`
	Net        int64    `json:"nv"`
	Person     string   `json:"p"`
	Number     int      `json:"on"`
	First      int64    `json:"of"`
	Invite     string   `json:"i"`
	Lead       int64    `json:"l"`
	Influenced bool     `json:"in"`
	Visits     []Seen   `json:"vi"`
	Contacts   Contacts `json:"ct"`
}

// Brief decodes a record's body without its touches; a void record is an error.
func (r Record) Brief() (Brief, error) {
	var b Brief
	if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
		return b, fmt.Errorf("journey: record %s: %w", r.Node, err)
	}
	return b, nil
}

// Renewal reports a payment that goes on from an order before it.
func (b *Brief) Renewal() bool { return b.Kind == kindRenewal }

// Deal reports a won deal.
func (b *Brief) Deal() bool { return b.Kind == kindDeal }
