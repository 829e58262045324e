package journey

import (
	"slices"

	"tributary/shared/event"
)

// soldPieces are what the sales of a cluster say of the visits, carts and invites that any of their reporters named, as of
// the revisions at which their records stand now. Of several sessions, say of a confirmation page that was loaded again the
// next day, the sale belongs to the one that its record tells. Others, and other names of the sale, are told so: a slow
// handler may be about to say that it belongs there.
func (w *world) soldPieces(revs map[string]int64) []piece {
	var list []piece
	for _, s := range w.sales {
		part, ids := w.part(s), s.ids()
		for _, named := range []struct {
			kind string
			of   func(*event.Event) string
		}{
			{KindVisit, func(e *event.Event) string { return e.SessionID }},
			{KindCart, func(e *event.Event) string { return e.CartID }},
			{KindInvite, func(e *event.Event) string { return e.InviteID }},
		} {
			told := s.detail(named.of)
			for _, node := range s.named(named.of) {
				sales := map[string]Part{}
				for _, o := range s.orders {
					p := Part{Rev: revs[o.node]}
					if o.node == s.node && node == told {
						p = part
						p.Rev = revs[o.node]
					}
					if p.Rev > 0 {
						sales[o.node] = p
					}
				}
				if len(sales) > 0 {
					list = append(list, piece{spot: spot{named.kind, node}, told: Told{Sales: sales}, ids: ids})
				}
			}
		}
	}
	return list
}

// part is what a sale says of where it belongs; nothing where it counts as neither an order nor a conversion.
func (w *world) part(s *sale) Part {
	e, goal := s.stands(), w.goalOf(s)
	switch {
	case e == nil || w.once[s] != nil || w.kindOf(s) == kindTrial:
		return Part{}
	case w.isOrder(s) || w.kindOf(s) == kindRenewal && goal.Kind == "order":
		return Part{Time: e.Time, Order: true}
	}
	return Part{Time: e.Time, Goal: goal.ID}
}

// named are the answers of all reporters, each once.
func (s *sale) named(of func(*event.Event) string) []string {
	var list []string
	for _, e := range s.told {
		if v := of(e); v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// ids are the ids of all its events, each once.
func (s *sale) ids() []string {
	var list []string
	for _, e := range s.events {
		for _, id := range e.IDs() {
			if !slices.Contains(list, id) {
				list = append(list, id)
			}
		}
	}
	return list
}
