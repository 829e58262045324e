package journey

import "tributary/shared/event"

// refundTotal is the property of a refund whose value is all that was given back of its charge (props.charge) so far, as
// payment tools tell who asks for no single refunds.
const refundTotal = "refund_total"

// upTo books what a total tells beyond the refunds of its charge that name themselves and happened up to then, and beyond
// the totals before. So whichever of the two is told, or both, in whatever order they arrive, each cent counts once. Of a
// refund that failed later the gross amount counts here: its reversal takes it back.
func (l *ledger) upTo(e *event.Event, all []*event.Event, sums map[string]int64) {
	charge, seen := property(e, "charge"), map[string]bool{}
	rest := e.Value - sums[charge]
	for _, other := range all {
		id := property(other, "refund_id")
		if other.Type != "refund" || other.Time > e.Time || id == "" || seen[id] || property(other, "charge") != charge {
			continue
		}
		seen[id] = true
		rest -= other.Value
	}
	if rest <= 0 || !e.HasValue {
		return
	}
	sums[charge] += rest
	l.book(e.Time, charge, convert(l.site, rest, e.Currency, e.Time))
}
