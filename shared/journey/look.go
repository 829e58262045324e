package journey

import (
	"cmp"
	"context"
	"slices"

	"tributary/shared/event"
)

// Candidates are the nodes that an id as people know it may stand for, the likeliest first: a user, a provider's id, an
// e-mail address or a phone number, plain or hashed, an anonymous id, an order.
func Candidates(id string) []string {
	list := []string{userPrefix + id, "P#" + id}
	if hash, err := event.HashEmail(id); err == nil {
		list = append(list, mailPrefix+hash)
	}
	if hash, err := event.HashPhone(id); err == nil {
		list = append(list, "F#"+hash)
	}
	return append(list, anonPrefix+id, orderPrefix+id)
}

// View is what is known of one person, as of now.
type View struct {
	Person      string       // strongest id, typed; empty for a sale without any id
	IDs         []string     // typed, strongest first
	Touches     []Touch      // the latest maxTouches, oldest first
	Conversions []Conversion // oldest first
}

// Look reads what is known of the person whom the first known of the candidates names, or who placed the order it names;
// false when none is known. It writes nothing.
func (r *Restater) Look(ctx context.Context, site string, candidates []string) (View, bool, error) {
	node, err := r.known(ctx, site, candidates)
	if node == "" || err != nil {
		return View{}, false, err
	}
	seeds, _, err := r.expand(ctx, site, []string{node})
	if err != nil {
		return View{}, false, err
	}
	c, err := r.gather(ctx, site, seeds)
	if err != nil {
		return View{}, false, err
	}
	if c.Site, c.Goals, err = r.settings(ctx, site); err != nil {
		return View{}, false, err
	}
	return newWorld(c).view(node), true, nil
}

// known is the first candidate with links or events; empty when there is none.
func (r *Restater) known(ctx context.Context, site string, candidates []string) (string, error) {
	for _, node := range candidates {
		links, err := r.Links.Links(ctx, site, node)
		if err != nil {
			return "", err
		}
		if len(links) > 0 {
			return node, nil
		}
		events, err := r.Events.HomeEvents(ctx, site, node)
		if err != nil {
			return "", err
		}
		if len(events) > 0 {
			return node, nil
		}
	}
	return "", nil
}

// view is the world seen from one node.
func (w *world) view(node string) View {
	var v View
	if isOrder(node) {
		for _, s := range w.sales {
			if slices.ContainsFunc(s.orders, func(o *order) bool { return o.node == node }) {
				v.Person = w.personOf(s)
			}
		}
	} else {
		v.Person = w.people.named(node)
	}
	if v.Person != "" {
		v.IDs = w.people.person.ids(v.Person)
		v.Touches = w.keep(w.touches[v.Person], nil)
	}
	v.Conversions = w.conversionsOf(v.Person, node)
	return v
}

// conversionsOf are a person's conversions, those of which only the record is left included; without a person, the one of
// the order.
func (w *world) conversionsOf(person, node string) []Conversion {
	var list []Conversion
	known := map[string]bool{}
	for _, s := range w.sales {
		named := false
		for _, o := range s.orders {
			known[o.node], named = true, named || o.node == node
		}
		if s.stands() != nil && w.once[s] == nil && w.personOf(s) == person && (person != "" || named) {
			c, _ := w.conversion(s)
			list = append(list, c)
		}
	}
	for node, r := range w.Records {
		if known[node] || r.Time == 0 {
			continue
		}
		if c, err := r.Conversion(); err == nil && c.Person != "" && w.people.named(c.Person) == person {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b Conversion) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Event, b.Event)) })
	return list
}
