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
		{"an order", changeDoc{ID: "O#my_order", Reason: Refunded, From: "129.00", To: "64.50"}, [3]string{"Order my_order", "129.00", "64.50"}},
		{"an event, new", changeDoc{ID: "N#e1", Reason: Added, From: "", To: "7.00 EUR"}, [3]string{"Event e1", none, "7.00 EUR"}},
		{"a cost", changeDoc{ID: "spring_sale (Email)", Reason: Spent, From: "1321660000", To: ""}, [3]string{"spring_sale (Email)", "EUR\u00a01,321.66", none}},
		{"a span", changeDoc{ID: "view_lookback_ms", Reason: Set, From: "86400000", To: "5184000000"}, [3]string{"View lookback", "1 day", "60 days"}},
		{"the model", changeDoc{ID: "model", Reason: Set, From: "last_touch", To: "w_shaped"}, [3]string{"Model", "Last touch", "W-shaped"}},
		{"a campaign", changeDoc{ID: "campaign my_sale", Reason: Set, From: "", To: "name a_b, half_life_ms 604800000"}, [3]string{"Campaign my_sale", none, "name a_b, half life 7 days"}},
		{"a number that is no span", changeDoc{ID: "O#1", Reason: Relabelled, From: "604800000", To: "x"}, [3]string{"Order 1", "604800000", "x"}},
	} {
		got := [3]string{p.subject(&c.in), p.was(&c.in, c.in.From), p.was(&c.in, c.in.To)}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// Ensures that the column of what wrote a record is there where any change tells it, and names events and jobs.
func TestChangesTellWhatWroteARecord(t *testing.T) {
	p := &pen{document: &document{Currency: "EUR", Exponent: 2}}
	for _, c := range []struct {
		name string
		in   []changeDoc
		want []string // the last heading, then the last cell of each row
	}{
		{"nothing told", []changeDoc{{ID: "O#1", Reason: Refunded, From: "2.00", To: "1.00"}}, []string{"Now", "1.00"}},
		{"an event, events, jobs, a setting", []changeDoc{
			{ID: "O#1", Reason: Refunded, Because: []string{"r-1"}},
			{ID: "O#2", Reason: Touched, Because: []string{"v-1", "v-2"}},
			{ID: "O#3", Reason: Touched, Because: []string{"restate"}},
			{ID: "O#4", Reason: Touched, Because: []string{"rebuild"}},
			{ID: "O#5", Reason: Forgotten, Because: []string{"erasure"}},
			{ID: "model", Reason: Set, From: "linear", To: "last_touch"},
		}, []string{
			"Its record was last written because of", "event r-1", "events v-1, v-2", "a restatement by today's settings", "a rebuild of all records", "an erasure", none,
		}},
	} {
		list := p.changeList(c.in)
		got := []string{list.Head[len(list.Head)-1].Text}
		for _, row := range list.Rows {
			if len(row.Cells) != len(list.Head)-1 {
				t.Errorf("%s: %s has %d cells beside %d headings", c.name, row.Name, len(row.Cells), len(list.Head))
			}
			got = append(got, row.Cells[len(row.Cells)-1].Text)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}
