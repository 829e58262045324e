package journey

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tributary/shared/event"
)

// people tells which ids are one person. An edge of the identity index joins the persons of its ends, the earliest first;
// an edge that would make one person of two stays out. An anonymous id so belongs to the first person it was linked to.
type people struct {
	person forest // what the edges that were let in have joined
	raw    forest // what all edges join: the component inside which any edge may change any person
	edges  []edge // in the order in which they were tried
}

// edge is a link between two ids without a direction.
type edge struct {
	a, b  string // a is the stronger, or the lesser of two alike
	time  int64
	event string
}

// traits is what a set of ids holds.
type traits struct{ users, mails, anons int }

// strength ranks ids by their prefix, the strongest first.
const strength = "UPEFA"

func strengthOf(id string) int { return strings.IndexByte(strength, id[0]) }

// unite builds the persons of a cluster from its links between ids and from what its sales say.
func unite(links []Link, sales []*sale) *people {
	p := &people{person: forest{}, raw: forest{}, edges: edgesOf(links, sales)}
	for _, e := range p.edges {
		p.raw.join(e.a, e.b)
		p.join(e)
	}
	return p
}

// edgesOf are the edges between ids that links and sales give, each by its earliest evidence, in the order in which they are tried.
func edgesOf(links []Link, sales []*sale) []edge {
	known := map[[2]string]edge{}
	add := func(a, b string, time int64, event string) {
		if c := cmp.Compare(strengthOf(a), strengthOf(b)); c > 0 || c == 0 && a > b {
			a, b = b, a
		}
		if was, ok := known[[2]string{a, b}]; a != b && (!ok || earlier(time, event, was.time, was.event)) {
			known[[2]string{a, b}] = edge{a, b, time, event}
		}
	}
	for _, l := range links {
		if !isSale(l.From) && !isSale(l.To) {
			add(l.From, l.To, l.Time, l.Event)
		}
	}
	for _, s := range sales {
		s.edges(add)
	}
	return slices.SortedFunc(maps.Values(known), func(x, y edge) int {
		return cmp.Or(cmp.Compare(x.time, y.time), cmp.Compare(x.event, y.event),
			cmp.Compare(strengthOf(x.b), strengthOf(y.b)), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
}

// join lets an edge in unless it would merge two user ids, or, over an anonymous id, two e-mail addresses: two people who
// buy on one device as guests are two.
func (p *people) join(e edge) {
	a, b := p.person.traits(e.a), p.person.traits(e.b)
	if p.person.find(e.a) == p.person.find(e.b) || a.users > 0 && b.users > 0 {
		return
	}
	if strings.HasPrefix(e.b, anonPrefix) && a.mails > 0 && b.mails > 0 {
		return
	}
	p.person.join(e.a, e.b)
}

// of is the person of an event, that of its strongest id; empty when it has none.
func (p *people) of(e *event.Event) string {
	ids := e.IDs()
	if len(ids) == 0 {
		return ""
	}
	return p.named(ids[0])
}

// named is the person of an id: its strongest id, the lesser of several alike.
func (p *people) named(id string) string { return p.person.ids(id)[0] }

// evidence writes what the persons around an id rest on. While nothing in its raw component can be refused, the set of its
// ids says all; else every edge counts with its time, as an earlier one may move an id to another person and a still
// earlier one back again.
func (p *people) evidence(id string, write func(parts ...string)) {
	t := p.raw.traits(id)
	write(p.raw.ids(id)...)
	if t.users < 2 && (t.mails < 2 || t.anons == 0) {
		return
	}
	root := p.raw.find(id)
	for _, e := range p.edges {
		if p.raw.find(e.a) == root {
			write(e.a, e.b, decimal(e.time), e.event)
		}
	}
}

// forest is a union-find whose sets know their members.
type forest map[string]*tree

type tree struct {
	ids    []string // strongest first
	traits traits
}

// tree is the set of an id, made when it has none.
func (f forest) tree(id string) *tree {
	t, ok := f[id]
	if !ok {
		t = &tree{ids: []string{id}}
		switch id[:2] {
		case userPrefix:
			t.traits.users = 1
		case mailPrefix:
			t.traits.mails = 1
		case anonPrefix:
			t.traits.anons = 1
		}
		f[id] = t
	}
	return t
}

func (f forest) find(id string) string   { return f.tree(id).ids[0] }
func (f forest) ids(id string) []string  { return f.tree(id).ids }
func (f forest) traits(id string) traits { return f.tree(id).traits }
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(strengthOf(a), strengthOf(b)), cmp.Compare(a, b))
}

func (t traits) plus(o traits) traits {
	return traits{t.users + o.users, t.mails + o.mails, t.anons + o.anons}
}

// join makes one set of two.
func (f forest) join(a, b string) {
	x, y := f.tree(a), f.tree(b)
	if x == y {
		return
	}
	x.ids, x.traits = append(x.ids, y.ids...), x.traits.plus(y.traits)
	slices.SortFunc(x.ids, compareIDs)
	for _, id := range y.ids {
		f[id] = x
	}
}
