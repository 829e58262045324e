package journey

import (
	"slices"

	"tributary/shared/event"
)

// Kinds of sale (props.kind). A renewal is revenue, a trial is not.
const (
	kindOrder   = "order"
	kindDeal    = "deal"
	kindTrial   = "trial"
	kindRenewal = "renewal"
)

// kind is what the reporters say that the sale is: the first who says so, the most trusted first. Some do not know: a payment
// is the same to a payment tool whatever it is for.
func (s *sale) kind() string {
	return s.detail(func(e *event.Event) string { return property(e, "kind") })
}

// subscription is what the sale is a payment of.
func (s *sale) subscription() string {
	return s.detail(func(e *event.Event) string { return property(e, "subscription") })
}

// kindOf is the sale's kind, as the person's other sales let it be.
func (w *world) kindOf(s *sale) string {
	if w.begun[s] {
		return kindOrder
	}
	return s.kind()
}

// begun are the renewals that are no renewals: the first payment of a subscription after its trial. Without a trial that is
// known nothing says that a renewal is the first, as history may begin in the middle of a subscription.
func begun(sales []*sale) map[*sale]bool {
	ordered := slices.DeleteFunc(slices.Clone(sales), func(s *sale) bool { return s.stands() == nil || s.subscription() == "" })
	slices.SortFunc(ordered, func(a, b *sale) int { return compareEvents(a.stands(), b.stands()) })
	state, first := map[string]string{}, map[*sale]bool{}
	for _, s := range ordered {
		switch id, kind := s.subscription(), s.kind(); {
		case kind == kindTrial && state[id] == "":
			state[id] = kindTrial
		case kind == kindTrial:
		case state[id] == kindTrial:
			state[id] = kindOrder
			first[s] = kind == kindRenewal
		default:
			state[id] = kindOrder
		}
	}
	return first
}
