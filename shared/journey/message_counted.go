package journey

import (
	"maps"
	"slices"

	"tributary/shared/burst"
	"tributary/shared/event"
	"tributary/shared/kpi"
)

// maxCounted bounds the names of one click in bytes, so that a record of maxClicks of them fits into an item. A click of longer
// ones stays counted as it came.
const maxCounted = 1_500

// Counted is what a click was counted under when it came, as a person's: all that takes it back should it turn out to be a
// scanner's, which only the clicks around it tell.
type Counted struct {
	Channel  string `json:"c,omitempty"`
	Campaign string `json:"m,omitempty"` // campaign_id where the event has one
	Source   string `json:"s,omitempty"`
	Medium   string `json:"d,omitempty"`
	Content  string `json:"n,omitempty"`
	Term     string `json:"w,omitempty"`
	Page     string `json:"p,omitempty"` // without query
	Link     string `json:"l,omitempty"`
	Goal     string `json:"g,omitempty"`
	Quarter  bool   `json:"q,omitempty"` // its buckets are quarter hours
	Cost     int64  `json:"k,omitempty"` // millionths of Currency's unit
	Currency string `json:"u,omitempty"`
}

// clickCounted is what a person's click tells of the message that holds its link.
func clickCounted(e *event.Event) *Told {
	word := clickTold(e)
	t := &Told{Clicks: []string{word}}
	c := Counted{
		Channel: kpi.Name(e.Channel), Campaign: kpi.Name(kpi.CampaignOf(e)), Source: kpi.Name(e.Source), Medium: kpi.Name(e.Medium),
		Content: kpi.Name(e.Content), Term: kpi.Name(e.Term), Page: kpi.Name(kpi.PageOf(e.Page)), Link: kpi.Name(e.Link), Goal: kpi.Name(e.Goal),
		Quarter: e.Quarter,
	}
	if e.HasCost && e.Cost != 0 {
		c.Cost, c.Currency = e.Cost, e.Currency
	}
	if len(encode(c)) <= maxCounted {
		t.Counted = map[string]Counted{word: c}
	}
	return t
}

// joinClicks adds another's clicks, and keeps what was counted of those that are kept.
func (t *Told) joinClicks(o *Told) {
	t.Clicks = union(t.Clicks, o.Clicks, maxClicks)
	for word, c := range o.Counted {
		put(&t.Counted, word, c)
	}
	maps.DeleteFunc(t.Counted, func(word string, _ Counted) bool {
		_, kept := slices.BinarySearch(t.Clicks, word)
		return !kept
	})
}

// takenBack makes clicks that were counted as a person's a scanner's, under the very counters that they moved.
func (t *Told) takenBack(site string) []kpi.Move {
	if len(t.Counted) == 0 {
		return nil
	}
	var moves []kpi.Move
	scanned := burst.Scanned(t.clicks())
	for word, counted := range t.Counted {
		if c, ok := clickOfWord(word); ok && scanned[c.ID] {
			e := counted.click(site, c.Time)
			was := kpi.Moves(e)
			e.Agent = event.AgentScanner
			moves = append(moves, kpi.Changes(was, kpi.Moves(e))...)
		}
	}
	return moves
}

// click is the event, as far as it is counted.
func (c *Counted) click(site string, at int64) *event.Event {
	return &event.Event{
		Type: "click", Site: site, Time: at, Agent: event.AgentHuman, Quarter: c.Quarter,
		Channel: c.Channel, Campaign: c.Campaign, Source: c.Source, Medium: c.Medium, Content: c.Content, Term: c.Term,
		Page: c.Page, Link: c.Link, Goal: c.Goal, HasCost: c.Cost != 0, Cost: c.Cost, Currency: c.Currency,
	}
}

// ofSomebody reports that an event tells whose it is. A click of nobody known has an id of its own, under which there is no other.
func ofSomebody(e *event.Event) bool {
	ids := e.IDs()
	return len(ids) > 0 && (e.Type != "click" || ids[0] != anonPrefix+e.ID)
}
