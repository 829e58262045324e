// Package sweep keeps in S3 what one reading of the whole tables finds of everybody, so that whoever else needs it that night need not
// read them again: the identity index, who bought what, and the touches, by site. The files expire.
package sweep

import (
	"cmp"
	"encoding/json"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/settings"
)

// Root is the prefix of everything here.
const Root = "sweeps/"

// Buyer is the person of a conversion that counts, and the conversion's goal.
type Buyer struct{ Person, Goal string }

// Touch is one of a person: Of is its strongest id, Click that of the click of ours that made it, if one did, Time Unix milliseconds.
type Touch struct {
	Of, ID, Type, Channel, Click string
	Time                         int64
}

// Element is one thing that was found; the others are nil.
type Element struct {
	Link  *journey.Link
	Buyer *Buyer
	Touch *Touch
}

// TouchOf is what matters of an event; false: it is no touch of a person.
func TouchOf(e *event.Event) (Touch, bool) {
	ids := e.IDs()
	if len(ids) == 0 || e.Kind() != event.KindTouch || e.Channel == "" || !e.Human() {
		return Touch{}, false
	}
	return Touch{Of: ids[0], ID: e.ID, Type: e.Type, Channel: e.Channel, Click: e.ClickIDs[settings.ClickParam], Time: e.Time}, true
}

// BuyerOf is what matters of a conversion's record; false: it does not count.
func BuyerOf(r journey.Record) (Buyer, bool) {
	var c struct {
		Person string `json:"p"`
		Counts int64  `json:"n"`
		Goal   string `json:"g"`
	}
	if r.Void() || json.Unmarshal([]byte(r.Body), &c) != nil {
		return Buyer{}, false
	}
	return Buyer{c.Person, cmp.Or(c.Goal, settings.DefaultGoal)}, c.Counts == 1 && c.Person != ""
}

// Stands passes over the second of two mirrored links.
func Stands(l journey.Link) bool { return !l.Mirrored() || l.From < l.To }
