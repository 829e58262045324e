package journey

import (
	"cmp"
	"slices"

	"tributary/shared/event"
)

// Contacts is how often a person met the site's marketing within the look-back before a conversion, whatever the site takes
// for a touch.
type Contacts struct {
	Impressions int64 `json:"i,omitempty"`
	Clicks      int64 `json:"c,omitempty"`
	Visits      int64 `json:"v,omitempty"`
}

// isContact reports an impression, a click or a visit by a person.
func isContact(e *event.Event) bool {
	return e.Human() && (e.Type == "impression" || e.Type == "click" || e.Type == "visit")
}

// contactsOf counts a person's contacts from lookback milliseconds before a time until then, both included.
func (w *world) contactsOf(person string, at, lookback int64) Contacts {
	var c Contacts
	list := w.contacts[person]
	from, _ := slices.BinarySearchFunc(list, at-lookback, func(e *event.Event, t int64) int { return cmp.Compare(e.Time, t) })
	for _, e := range list[from:] {
		if e.Time > at {
			break
		}
		switch e.Type {
		case "impression":
			c.Impressions++
		case "click":
			c.Clicks++
		default:
			c.Visits++
		}
	}
	return c
}

// write adds the counts to what a digest covers: they only grow as events come in.
func (c Contacts) write(d *digest) {
	d.write("contacts", decimal(c.Impressions), decimal(c.Clicks), decimal(c.Visits))
}
