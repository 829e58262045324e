package journey

import (
	"slices"
	"testing"

	"tributary/shared/event"
)

// Ensures that a referral tool's word on a sale makes none, moves none, and yet tells its invite, whatever comes first.
func TestAttachedMakesNoSale(t *testing.T) {
	tool := &event.Event{ID: "r", Type: "conversion", Time: 1, Trust: event.TrustWebhook, OrderAliases: []string{"ch_1"}, InviteID: "i", Props: `{"attached":true}`, Site: "s"}
	payment := &event.Event{ID: "p", Type: "conversion", Time: 5, Trust: event.TrustWebhook, OrderID: "in_1", OrderAliases: []string{"ch_1"}, HasValue: true, Value: 100, Currency: "USD", Site: "s"}
	page := &event.Event{ID: "x", Type: "conversion", Time: 9, OrderID: "in_1", HasValue: true, Value: 90, Currency: "USD", Site: "s"}
	if sales := salesOf([]*event.Event{tool}); len(sales) != 1 || sales[0].stands() != nil {
		t.Error("a referral tool alone makes a sale")
	}
	for _, others := range [][]*event.Event{{payment}, {page}, {payment, page}} {
		events := append(slices.Clone(others), tool)
		if len(others) == 1 && others[0] == page {
			tool.OrderAliases = []string{"in_1"}
		}
		slices.SortFunc(events, compareEvents)
		sales := salesOf(events)
		if len(sales) != 1 {
			t.Fatalf("%d sales, want 1", len(sales))
		}
		s := sales[0]
		if s.stands() != others[0] || s.priced() != others[0] || s.detail(func(e *event.Event) string { return e.InviteID }) != "i" || s.node != "O#in_1" {
			t.Errorf("%s: stands %v, node %s", others[0].ID, s.stands(), s.node)
		}
		tool.OrderAliases = []string{"ch_1"}
	}
}
