package journey

import (
	"cmp"
	"context"
	"slices"

	"tributary/shared/event"
	"tributary/shared/visitors"
)

// Sighter notes visits of people of whom more is known than the visit tells; see package visitors. What it holds only grows.
type Sighter interface {
	Persons(ctx context.Context, list []visitors.Sighting) error
}

// sight notes the visits of people with several ids, and of customers: those of the batch and, where it has made one person
// of several ids, all that came before. Like the records they are made of what is stored once the links are written.
func (b *batch) sight(ctx context.Context, groups []group) {
	if b.Sighter == nil {
		return
	}
	each(len(groups), func(i int) {
		list, err := b.sightings(ctx, groups[i])
		if err == nil && len(list) > 0 {
			err = b.Sighter.Persons(ctx, list)
		}
		if err != nil {
			b.fail(err, groups[i].inputs...)
		}
	})
}

// sightings are a group's.
func (b *batch) sightings(ctx context.Context, g group) ([]visitors.Sighting, error) {
	ids := slices.DeleteFunc(g.nodes.sorted(), isSale)
	if len(ids) < 2 && len(g.sales) == 0 {
		return nil, nil
	}
	visits, err := b.visits(ctx, g, ids)
	if err != nil || len(visits) == 0 {
		return nil, err
	}
	links, err := b.links(ctx, b.id, ids)
	if err != nil {
		return nil, err
	}
	told := slices.SortedFunc(slices.Values(g.sales), compareEvents)
	sales := salesOf(slices.CompactFunc(told, func(x, y *event.Event) bool { return compareEvents(x, y) == 0 }))
	p := unite(links, sales)
	customers := since(p, sales)
	var list []visitors.Sighting
	for _, e := range visits {
		s := visitors.Sighting{Site: b.id, At: e.Time, Quarter: e.Quarter, Ids: p.person.ids(e.IDs()[0])}
		first, bought := customers[s.Ids[0]]
		if s.Customer = bought && first < e.Time; s.Customer || len(s.Ids) > 1 {
			list = append(list, s)
		}
	}
	return list, nil
}

// visits are those among a group's inputs, and all of its ids where an input has joined some.
func (b *batch) visits(ctx context.Context, g group, ids []string) ([]*event.Event, error) {
	var list []*event.Event
	joined := false
	for _, i := range g.inputs {
		list = append(list, b.inputs[i].Event)
		joined = joined || b.gives[i] && len(b.inputs[i].Event.IDs()) > 1
	}
	if joined {
		stored, err := b.events(ctx, b.id, ids)
		if err != nil {
			return nil, err
		}
		list = append(list, stored...)
	}
	list = slices.DeleteFunc(list, func(e *event.Event) bool { return e.Type != "visit" || !e.Human() || len(e.IDs()) == 0 })
	slices.SortFunc(list, func(x, y *event.Event) int { return cmp.Or(compareEvents(x, y), cmp.Compare(x.Received, y.Received)) })
	return slices.CompactFunc(list, func(x, y *event.Event) bool { return compareEvents(x, y) == 0 }), nil
}

// since is when each person ordered first.
func since(p *people, sales []*sale) map[string]int64 {
	first := map[string]int64{}
	for _, s := range sales {
		e, id := s.stands(), s.buyer()
		if e == nil || id == "" || s.kind() == kindTrial {
			continue
		}
		person := p.named(id)
		if at, known := first[person]; !known || e.Time < at {
			first[person] = e.Time
		}
	}
	return first
}
