package journey

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Kinds of record that are gathered piece by piece: what the events under one key have told so far. A visit's key is its
// session, a cart's, an invite's and a post's its id, a message's its recipient and its id.
const (
	KindVisit   = "visit"
	KindCart    = "cart"
	KindMessage = "message"
	KindInvite  = "invite"
	KindPost    = "post"
)

// Told is the body of a gathered record. All of it only ever grows, or moves one way: two of them join to the same whatever
// the order, and joining one again changes nothing (a join-semilattice). So a record needs no event but those that are new
// to it, and an event may be told any number of times. Each kind uses some of the fields.
type Told struct {
	Opening *Opening            `json:"o,omitempty"` // what it is booked by: the earliest visit, add to cart, sent, invite or post
	Before  *Opening            `json:"b,omitempty"` // of a message, the earliest of what its mailer did with it, while nobody told that it was sent
	Pages   []int64             `json:"p,omitempty"` // of a visit, the pages that it landed on (pageMark)
	Steps   map[string][]int64  `json:"x,omitempty"` // of a visit, when each step was taken, in order; see stepOf
	Carts   []string            `json:"c,omitempty"` // of a visit, the carts that it filled
	Visits  map[string]*Opening `json:"v,omitempty"` // of a cart, the visits that filled it, by session
	Sales   map[string]Part     `json:"s,omitempty"` // the sales that name the record, by node
	Marks   []string            `json:"m,omitempty"` // what happened to a message or an invite
	Clicks  []string            `json:"k,omitempty"` // of a message (clickTold)
	Counted map[string]Counted  `json:"n,omitempty"` // of those clicks that clicks count, by the click
	Reach   *Reach              `json:"r,omitempty"` // of a post, as it was told last
}

// Opening is the event that a record is booked by: at its time, under its channel, campaign and so on.
type Opening struct {
	Touch
	Session string `json:"ss,omitempty"`
	Sender  string `json:"by,omitempty"` // of an invite, the strongest id of who sent it
}

// Part is what a sale says of a record that one of its reporters named, as of a revision of the sale's own record.
type Part struct {
	Rev   int64  `json:"r"`
	Time  int64  `json:"t,omitempty"` // of the sale; 0: it does not belong here, or not any more
	Order bool   `json:"o,omitempty"` // it counts as an order
	Goal  string `json:"g,omitempty"` // of what is no order
}

// Reach is what a post told of its audience, the newest event that tells any of it.
type Reach struct {
	Time        int64  `json:"t"`
	Event       string `json:"e"`
	Reach       int64  `json:"r,omitempty"`
	Impressions int64  `json:"i,omitempty"`
	Followers   int64  `json:"f,omitempty"`
}

// Marks of messages and invites.
const (
	markOpened  = "opened"
	markClicked = "clicked"
	markHard    = "hard" // bounced for good
	markSoft    = "soft" // bounced for now
	markSignUp  = "signup"
)

// Bounds of a visit's record: the earliest of each.
const (
	maxTimes = 20 // of one step
	maxNames = 40 // of steps
	maxSet   = 20 // pages, carts and visits
)

// join adds what another told.
func (t *Told) join(o *Told) {
	t.Opening = earliest(t.Opening, o.Opening)
	t.Before = earliest(t.Before, o.Before)
	if t.Opening != nil {
		t.Before = nil
	}
	t.Pages, t.Carts, t.Marks = union(t.Pages, o.Pages, maxSet), union(t.Carts, o.Carts, maxSet), union(t.Marks, o.Marks, maxSet)
	t.joinClicks(o)
	t.joinSteps(o.Steps)
	for session, v := range o.Visits {
		put(&t.Visits, session, earliest(t.Visits[session], v))
	}
	least(t.Visits, maxSet)
	for node, p := range o.Sales {
		if was, ok := t.Sales[node]; !ok || was.olderThan(p) {
			put(&t.Sales, node, p)
		}
	}
	if o.Reach != nil && (t.Reach == nil || t.Reach.compare(o.Reach) < 0) {
		t.Reach = o.Reach
	}
}

// olderThan reports that a later revision says something else. One that says the same adds nothing: whatever comes between
// the two revisions is older than both.
func (p Part) olderThan(o Part) bool {
	same := p
	same.Rev = o.Rev
	return p.Rev < o.Rev && same != o
}

// compare orders what posts told by time; two events of one id are told apart by what they say.
func (r *Reach) compare(o *Reach) int {
	return cmp.Or(cmp.Compare(r.Time, o.Time), cmp.Compare(r.Event, o.Event),
		cmp.Compare(r.Reach, o.Reach), cmp.Compare(r.Impressions, o.Impressions), cmp.Compare(r.Followers, o.Followers))
}

// joinSteps merges the times of steps. Views of the pages that the visit landed on are no steps.
func (t *Told) joinSteps(more map[string][]int64) {
	for name, times := range more {
		put(&t.Steps, name, union(t.Steps[name], times, maxTimes))
	}
	if views := t.Steps[viewStep]; len(views) > 0 {
		if views = firstViews(views, t.Pages); len(views) == 0 {
			delete(t.Steps, viewStep)
		} else {
			t.Steps[viewStep] = views
		}
	}
	least(t.Steps, maxNames)
}

// earliest is the opening that stands: by time and id, and whatever tells two apart that share both.
func earliest(a, b *Opening) *Opening {
	switch {
	case a == nil:
		return b
	case b == nil || compareOpenings(a, b) <= 0:
		return a
	}
	return b
}

func compareOpenings(a, b *Opening) int {
	if c := cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID)); c != 0 {
		return c
	}
	return cmp.Compare(encode(a), encode(b))
}

// union merges two sorted sets and keeps the least.
func union[T cmp.Ordered](a, b []T, most int) []T {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), most)]
}

// least drops the greatest keys beyond a number.
func least[V any](m map[string]V, most int) {
	if len(m) <= most {
		return
	}
	for _, k := range slices.Sorted(maps.Keys(m))[most:] {
		delete(m, k)
	}
}

func put[V any](m *map[string]V, k string, v V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[k] = v
}

// Told decodes the body of a gathered record; an empty one has told nothing.
func (r Record) Told() (Told, error) {
	var t Told
	if r.Body == "" {
		return t, nil
	}
	if err := json.Unmarshal([]byte(r.Body), &t); err != nil {
		return t, fmt.Errorf("journey: record %s: %w", r.Node, err)
	}
	return t, nil
}

// encode is canonical: encoding/json sorts the keys of maps, and sets are sorted.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // strings, integers and flags always encode
		return ""
	}
	return string(b)
}

// sold reports that an order belongs to the record.
func (t *Told) sold() bool {
	for _, p := range t.Sales {
		if p.Order && p.Time > 0 {
			return true
		}
	}
	return false
}

func (t *Told) marked(mark string) bool { return slices.Contains(t.Marks, mark) }
