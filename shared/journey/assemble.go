package journey

import (
	"cmp"
	"encoding/json"
	"slices"

	"tributary/shared/attribution"
	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// longest is the longest look-back that settings allow, in milliseconds: a record keeps the touches within it.
const longest = 90 * attribution.Day

// maxTouches is how many touches a record keeps, the latest ones.
const maxTouches = 1000

// Cluster is all that the records of some people are made of. Records are those of every sale's node, as they are stored.
type Cluster struct {
	Site    settings.Site
	Goals   []settings.Goal
	Links   []Link
	Events  []*event.Event
	Records map[string]Record
}

// Assemble makes the records of a cluster, in order of node: one for each sale, and a void one for each order that is
// another's alias and for each conversion of a goal that a person reaches only once. Each carries the revision that was
// read. It is a pure function, in which neither the order of events nor that of links matters. An order whose events are
// gone (their time to live is over) has its record left alone.
func Assemble(c *Cluster) []Record { return newWorld(c).records() }

// world is a cluster with its people and sales told apart.
type world struct {
	*Cluster
	people   *people
	sales    []*sale
	begun    map[*sale]bool            // renewals that are the first to be paid after a trial
	once     map[*sale]*sale           // sales of a goal that their person had reached before -> the first
	touches  map[string][]*event.Event // the site's, by person, ordered by time and id, each id once
	more     map[string][]*event.Event // likewise, those that only campaigns with touch types of their own take
	left     map[string][]*event.Event // touches that do not count: see settle
	behind   map[*event.Event][]string // of touches: see Touch.Behind
	contacts map[string][]*event.Event // likewise, impressions, clicks and visits whatever the site takes for a touch
	leads    map[string]int64          // the person's first
	chances  map[string]int64          // the person's first opportunity
	orders   map[string][]placed       // by person, ordered by time and event id
	primary  map[string][]placed       // likewise, whatever counts as a conversion of the site
}

// placed is an order, or another conversion, among its person's.
type placed struct {
	node, event string
	time        int64
}

func newWorld(c *Cluster) *world {
	slices.SortFunc(c.Events, compareEvents)
	// A batch may bring one event twice; what is read from its home comes once.
	c.Events = slices.CompactFunc(c.Events, func(a, b *event.Event) bool { return compareEvents(a, b) == 0 && a.Type == b.Type })
	w := &world{
		Cluster: c, sales: salesOf(c.Events), once: map[*sale]*sale{}, contacts: map[string][]*event.Event{},
		touches: map[string][]*event.Event{}, more: map[string][]*event.Event{}, left: map[string][]*event.Event{}, behind: map[*event.Event][]string{},
		leads: map[string]int64{}, chances: map[string]int64{}, orders: map[string][]placed{}, primary: map[string][]placed{},
	}
	w.people = unite(c.Links, w.sales)
	seen := map[string]bool{}
	for _, e := range c.Events {
		w.place(e, seen)
	}
	w.settle(seen)
	w.reached()
	w.begun = begun(w.sales)
	w.number()
	return w
}

// place files a touch or a stage under its person.
func (w *world) place(e *event.Event, seen map[string]bool) {
	person := w.people.of(e)
	if person == "" || !e.Human() {
		return
	}
	if key := "contact " + e.ID; isContact(e) && !seen[key] {
		seen[key] = true
		w.contacts[person] = append(w.contacts[person], e)
	}
	switch {
	case slices.Contains(w.Site.TouchTypes, e.Type) && e.Channel != "" && !seen[e.ID]:
		seen[e.ID] = true
		w.touches[person] = append(w.touches[person], e)
	case e.Channel != "" && !slices.Contains(w.Site.TouchTypes, e.Type) && w.Site.IsTouch(e.Type) && !seen["more "+e.ID]:
		seen["more "+e.ID] = true
		w.more[person] = append(w.more[person], e)
	case e.Type == "lead" && w.leads[person] == 0:
		w.leads[person] = e.Time
	case e.Type == "opportunity" && w.chances[person] == 0:
		w.chances[person] = e.Time
	}
}

// reached finds the conversions without an order that come after the first of a goal which counts once a person.
func (w *world) reached() {
	first := map[[2]string]*sale{}
	single := slices.DeleteFunc(slices.Clone(w.sales), func(s *sale) bool { return isOrder(s.node) })
	slices.SortFunc(single, func(a, b *sale) int { return compareEvents(a.stands(), b.stands()) })
	for _, s := range single {
		goal, person := w.goalOf(s), w.personOf(s)
		if !goal.Once || person == "" {
			continue
		}
		key := [2]string{goal.ID, person}
		if first[key] == nil {
			first[key] = s
		} else {
			w.once[s] = first[key]
		}
	}
}

// number puts each person's orders, and all that converts, in a row. Those of which only the record is left stand there too.
func (w *world) number() {
	known, goals := map[string]bool{}, w.Site.PrimaryGoals(w.Goals)
	for _, s := range w.sales {
		for _, o := range s.orders {
			known[o.node] = true
		}
		person, e := w.personOf(s), s.stands()
		if person == "" || e == nil || w.once[s] != nil {
			continue
		}
		at := placed{s.node, e.ID, e.Time}
		if w.isOrder(s) {
			w.orders[person] = append(w.orders[person], at)
		}
		if kind := w.kindOf(s); kind != kindTrial && kind != kindRenewal && slices.Contains(goals, w.goalOf(s).ID) {
			w.primary[person] = append(w.primary[person], at)
		}
	}
	for node, r := range w.Records {
		if known[node] || r.Void() {
			continue
		}
		c, err := r.Conversion()
		if err != nil || c.Person == "" {
			continue
		}
		person, at := w.people.named(c.Person), placed{node, c.Event, c.Time}
		if c.Number > 0 {
			w.orders[person] = append(w.orders[person], at)
		}
		if c.Counts > 0 && slices.Contains(goals, cmp.Or(c.Goal, settings.DefaultGoal)) {
			w.primary[person] = append(w.primary[person], at)
		}
	}
	for _, rows := range []map[string][]placed{w.orders, w.primary} {
		for _, list := range rows {
			slices.SortFunc(list, comparePlaced)
		}
	}
}

func comparePlaced(a, b placed) int {
	return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.event, b.event), cmp.Compare(a.node, b.node))
}

// before are the conversions of a sale's person that came before it.
func (w *world) before(s *sale, person string) []placed {
	list, e := w.primary[person], s.stands()
	if e == nil {
		return nil
	}
	at, _ := slices.BinarySearchFunc(list, placed{s.node, e.ID, e.Time}, comparePlaced)
	return list[:at]
}

// personOf is the person who bought; empty when no reporter names one.
func (w *world) personOf(s *sale) string {
	if id := s.buyer(); id != "" {
		return w.people.named(id)
	}
	return ""
}

// goalOf is the goal of a sale: a refund without a sale is of the default one.
func (w *world) goalOf(s *sale) settings.Goal {
	id := cmp.Or(s.detail((*event.Event).GoalReached), settings.DefaultGoal)
	for _, g := range w.Goals {
		if g.ID == id {
			return g
		}
	}
	g := settings.Goal{ID: id, Kind: settings.GoalCustom}
	if id == settings.DefaultGoal {
		g.Kind = settings.GoalOrder
	}
	return g
}

// isOrder reports a sale that makes its person a customer.
func (w *world) isOrder(s *sale) bool {
	kind := w.kindOf(s)
	return s.stands() != nil && w.once[s] == nil && w.goalOf(s).Kind == settings.GoalOrder && kind != kindTrial && kind != kindRenewal
}

// records makes every record, in order of node.
func (w *world) records() []Record {
	var list []Record
	for _, s := range w.sales {
		for _, o := range s.orders {
			switch {
			case o.node == s.node && w.once[s] == nil:
				// A cancellation alone makes no record; a refund alone waits in one.
				if len(s.told)+len(s.refunds) > 0 {
					list = w.add(list, w.record(s))
				}
			case o.first != nil || w.Records[o.node].Rev > 0:
				list = w.add(list, w.void(s, o.node))
			}
		}
	}
	slices.SortFunc(list, func(a, b Record) int { return cmp.Compare(a.Node, b.Node) })
	return list
}

func (w *world) add(list []Record, r Record) []Record {
	r.Rev = w.Records[r.Node].Rev
	return append(list, r)
}

// void is the record of an order that is another's alias, or of a goal reached again. It is written even where none was
// before: a handler that is behind may be about to write one.
func (w *world) void(s *sale, node string) Record {
	d := newDigest("void", node, s.node)
	for _, o := range s.orders {
		if o.first != nil {
			d.write(o.node, o.first.ID, decimal(o.first.Time), flag(o.sold), flag(o.aliased), flag(o.declares))
		} else {
			d.write(o.node)
		}
	}
	if first := w.once[s]; first != nil {
		d.write(first.node)
		w.people.evidence(s.buyer(), d.write)
	}
	return Record{Node: node, Digest: d.text()}
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// record is the record of a sale.
func (w *world) record(s *sale) Record {
	c, moves := w.conversion(s)
	body, err := json.Marshal(c)
	if err != nil { // strings and integers always encode
		body = nil
	}
	r := Record{Node: s.node, Digest: w.digest(s, &c), Moves: kpi.EncodeMoves(moves), Body: string(body)}
	if s.stands() != nil {
		r.Time = c.Time
	}
	return r
}

// digest covers what a sale's record was made of; see the type.
func (w *world) digest(s *sale, c *Conversion) string {
	goal := w.goalOf(s)
	d := newDigest("sale", s.node, w.Site.Currency, flag(w.Site.Fractional()), goal.ID, goal.Kind, flag(goal.Once), flag(c.Primary),
		string(c.Model), decimal(c.Lookback), decimal(c.HalfLife), decimal(c.ViewLookback), flag(c.ExcludeDirect), flag(c.Reset), decimal(c.Value), decimal(c.Net), flag(c.Unconverted))
	for _, o := range s.orders {
		d.write(o.node)
	}
	for _, e := range s.events {
		d.write(e.ID, e.Hash, decimal(e.Time), decimal(int64(e.Trust)))
	}
	for _, r := range c.Refunds {
		d.write(r.ID, decimal(r.Time), decimal(r.Amount))
	}
	if w.begun[s] {
		d.write("begun")
	}
	person := c.Person
	if person == "" {
		return d.text()
	}
	w.people.evidence(person, d.write)
	d.write(decimal(c.Lead), decimal(c.Opportunity))
	for _, t := range window(w.touches[person], c.Time) {
		d.write(append([]string{t.ID, t.Hash}, w.behind[t]...)...)
	}
	for i, t := range window(w.more[person], c.Time) {
		if i == 0 {
			d.write(append([]string{"types"}, w.Site.TouchTypes...)...)
		}
		d.write(append([]string{"more", t.ID, t.Hash}, w.behind[t]...)...)
	}
	for _, t := range window(w.left[person], c.Time) {
		d.write("left", t.ID, t.Hash)
	}
	for _, o := range w.orders[person] {
		if o.node == s.node {
			break
		}
		d.write(o.node, o.event, decimal(o.time))
	}
	c.Contacts.write(d)
	d.write("visits")
	for _, e := range w.visitsOf(c) {
		d.write(e.ID, e.Hash)
	}
	d.write("primary")
	for _, o := range w.before(s, person) {
		d.write(o.node, o.event, decimal(o.time))
	}
	return d.text()
}

// window is the part of a person's touches within the longest look-back of a time, both ends included.
func window(touches []*event.Event, at int64) []*event.Event {
	from, _ := slices.BinarySearchFunc(touches, at-longest, func(e *event.Event, t int64) int { return cmp.Compare(e.Time, t) })
	to, _ := slices.BinarySearchFunc(touches, at+1, func(e *event.Event, t int64) int { return cmp.Compare(e.Time, t) })
	return touches[from:max(from, to)]
}
