package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Ensures that a change is told in units that people use, and that ids stay as they are.
func TestChangesAsShown(t *testing.T) {
	p := &pen{document: &document{Currency: "EUR", Exponent: 2}}
	for _, c := range []struct {
		name string
		in   changeDoc
		want [3]string
	}{
		{"an order", changeDoc{"O#my_order", Refunded, "129.00", "64.50"}, [3]string{"Order my_order", "129.00", "64.50"}},
		{"an event, new", changeDoc{"N#e1", Added, "", "7.00 EUR"}, [3]string{"Event e1", none, "7.00 EUR"}},
		{"a cost", changeDoc{"spring_sale (Email)", Spent, "1321660000", ""}, [3]string{"spring_sale (Email)", "EUR\u00a01,321.66", none}},
		{"a span", changeDoc{"view_lookback_ms", Set, "86400000", "5184000000"}, [3]string{"View lookback", "1 day", "60 days"}},
		{"the model", changeDoc{"model", Set, "last_touch", "w_shaped"}, [3]string{"Model", "Last touch", "W-shaped"}},
		{"a campaign", changeDoc{"campaign my_sale", Set, "", "name a_b, half_life_ms 604800000"}, [3]string{"Campaign my_sale", none, "name a_b, half life 7 days"}},
		{"a number that is no span", changeDoc{"O#1", Relabelled, "604800000", "x"}, [3]string{"Order 1", "604800000", "x"}},
	} {
		got := [3]string{p.subject(&c.in), p.was(&c.in, c.in.From), p.was(&c.in, c.in.To)}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}
