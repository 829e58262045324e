package journey

import (
	"cmp"
	"slices"
	"strconv"

	"tributary/shared/event"
)

// sale is everything known of one sale: all that came under its order, or under any of its aliases.
type sale struct {
	node    string         // canonical: an order, or the single conversion
	orders  []*order       // every name of it, sorted by node
	events  []*event.Event // of kind conversion, of people, ordered by time and id
	told    []*event.Event // its conversions, the most trusted first, then the earliest
	refunds []*event.Event // refunds and their reversals, ordered by time and id
}

// order is one name of a sale, and what decides which of them is canonical.
type order struct {
	node     string
	sold     bool         // some conversion names it
	aliased  bool         // another order says that it is its alias
	declares bool         // it says that others are its aliases
	first    *event.Event // earliest event under it; nil for an alias that nothing came under
}

// salesOf groups the events of kind conversion by sale. Bots sell nothing.
func salesOf(events []*event.Event) []*sale {
	g := grouping{}
	for _, e := range events {
		if node := saleOf(e); node != "" && e.Kind() == event.KindConversion && e.Human() {
			g.add(node, e)
		}
	}
	sales := make([]*sale, 0, len(g))
	seen := map[*sale]bool{}
	for _, s := range g {
		if !seen[s] {
			seen[s] = true
			s.settle()
			sales = append(sales, s)
		}
	}
	slices.SortFunc(sales, func(a, b *sale) int { return cmp.Compare(a.node, b.node) })
	return sales
}

// grouping finds the sale of a node.
type grouping map[string]*sale

func (g grouping) of(node string) *sale {
	s, ok := g[node]
	if !ok {
		s = &sale{orders: []*order{{node: node}}}
		g[node] = s
	}
	return s
}

// add takes one event, which comes in order of time and id, and joins the orders that it names.
func (g grouping) add(node string, e *event.Event) {
	s := g.of(node)
	s.events = append(s.events, e)
	o := s.order(node)
	o.sold = o.sold || e.Sells() && !attached(e)
	if o.first == nil {
		o.first = e
	}
	for _, alias := range e.OrderAliases {
		if other := orderPrefix + alias; other != node && isOrder(node) {
			o.declares = true
			g.join(node, other)
			g.of(other).order(other).aliased = true
		}
	}
}

// join makes one sale of two orders.
func (g grouping) join(a, b string) {
	s, t := g.of(a), g.of(b)
	if s == t {
		return
	}
	s.orders, s.events = append(s.orders, t.orders...), append(s.events, t.events...)
	for _, o := range t.orders {
		g[o.node] = s
	}
}

func (s *sale) order(node string) *order {
	i := slices.IndexFunc(s.orders, func(o *order) bool { return o.node == node })
	return s.orders[i]
}

// settle sorts what was gathered and chooses the canonical order: one that was sold, that is nobody's alias, that declares
// aliases, the earliest.
func (s *sale) settle() {
	slices.SortFunc(s.orders, func(a, b *order) int { return cmp.Compare(a.node, b.node) })
	slices.SortFunc(s.events, compareEvents)
	s.node = slices.MinFunc(s.orders, compareOrders).node
	for _, e := range s.events {
		switch {
		case e.Sells():
			s.told = append(s.told, e)
		case e.Type == "refund" || e.Type == "refund_reversed":
			s.refunds = append(s.refunds, e)
		}
	}
	slices.SortStableFunc(s.told, func(a, b *event.Event) int {
		return cmp.Or(yesFirst(!attached(a), !attached(b)), cmp.Compare(b.Trust, a.Trust))
	})
	if len(s.told) > 0 && attached(s.told[0]) {
		s.told = nil
	}
}

func compareOrders(a, b *order) int {
	if c := cmp.Or(yesFirst(a.sold, b.sold), yesFirst(b.aliased, a.aliased), yesFirst(a.declares, b.declares), yesFirst(a.first != nil, b.first != nil)); c != 0 {
		return c
	}
	if a.first != nil {
		if c := compareEvents(a.first, b.first); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.node, b.node)
}

func yesFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// compareEvents orders events by when they happened, then by id. One id under two homes is told apart by its hash.
func compareEvents(a, b *event.Event) int {
	return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Hash, b.Hash), cmp.Compare(a.Home(), b.Home()))
}

// edges links the ids of all the sale's events: each one's strongest with the first one's. The ids within one event are in
// the identity index already.
func (s *sale) edges(add func(a, b string, time int64, event string)) {
	first := ""
	for _, e := range s.events {
		ids := e.IDs()
		switch {
		case len(ids) == 0:
		case first == "":
			first = ids[0]
		default:
			add(first, ids[0], e.Time, e.ID)
		}
	}
}

// stands is the reporter whose word counts; nil when only refunds are known.
func (s *sale) stands() *event.Event {
	if len(s.told) == 0 {
		return nil
	}
	return s.told[0]
}

// buyer is the strongest id of the most trusted reporter who names a person, else of the first refund that does.
func (s *sale) buyer() string {
	for _, e := range slices.Concat(s.told, s.refunds) {
		if ids := e.IDs(); len(ids) > 0 {
			return ids[0]
		}
	}
	return ""
}

// priced is the most trusted reporter who tells a value; nil when none does. Among equals the first stands, unless one
// revised what it said (props.revised, Unix milliseconds): then its latest word does.
func (s *sale) priced() *event.Event {
	var best *event.Event
	var latest int64
	for _, e := range s.told {
		if !e.HasValue {
			continue
		}
		at, err := strconv.ParseInt(property(e, "revised"), 10, 64)
		switch {
		case best == nil:
			best, latest = e, at
		case e.Trust == best.Trust && err == nil && at > latest:
			best, latest = e, at
		}
	}
	return best
}

// detail is the first of the reporters' answers, the most trusted first.
func (s *sale) detail(of func(*event.Event) string) string {
	for _, e := range s.told {
		if v := of(e); v != "" {
			return v
		}
	}
	return ""
}

// aliases are the sale's other order ids.
func (s *sale) aliases() []string {
	var list []string
	for _, o := range s.orders {
		if o.node != s.node {
			list = append(list, o.node[len(orderPrefix):])
		}
	}
	return list
}
