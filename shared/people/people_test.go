package people

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// orders are those of four people and one of nobody, at small times.
func orders() []Order {
	return []Order{
		{Person: "b", Time: 120, Number: 1, First: 120, Value: 50, Net: 0, Invited: true, Cycle: -1},
		{Person: "a", Time: 10, Number: 1, First: 10, Value: 100, Net: 90, Influenced: true, Cycle: -1},
		{Person: "a", Time: 110, Number: 2, First: 10, Value: 30, Net: 30, Deal: true, Cycle: 100},
		{Person: "a", Time: 199, Renewal: true, First: 10, Value: 20, Net: 20, Cycle: -1},
		{Person: "c", Time: 100, Number: 1, First: 100, Value: 40, Net: 40, Deal: true, Influenced: true, Cycle: 31},
		{Person: "c", Time: 150, Number: 2, First: 100, Value: 10, Net: 10, Deal: true, Cycle: -1},
		{Person: "d", Time: 95, Number: 1, First: 95, Value: 5, Net: 5, Cycle: -1},
		{Time: 130, Value: 7, Net: 7, Cycle: -1},
		{Person: "d", Time: 200, Number: 2, First: 95, Value: 8, Net: 8, Cycle: -1},
	}
}

// Ensures the counts of spans: ends are half-open, nobody is no customer, renewals are no purchases, a deal without a lead
// has no cycle, and activity looks back from both ends.
func TestCount(t *testing.T) {
	l := Open(orders())
	for _, c := range []struct {
		name   string
		span   Span
		active int64
		want   Figures
	}{
		{"the hundred in the middle", Span{100, 200}, 100, Figures{
			Customers: 3, NewCustomers: 2, Buyers: 3, Repeaters: 1, Referred: 1, ActiveStart: 2, Retained: 1,
			Orders: 6, WonDeals: 3, Gross: 157, Net: 107, Influenced: 40, Cycles: 2, CycleSum: 131, CycleMiddle: 131,
		}},
		{"nothing", Span{300, 400}, 50, Figures{}},
		{"an order at the end is outside", Span{96, 100}, 5, Figures{ActiveStart: 1, Retained: 1}},
		{"who ordered exactly the window ago is active", Span{101, 102}, 6, Figures{ActiveStart: 2, Retained: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, l.Count(c.span, c.active)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Ensures that the median is of the middle, or halfway between the two middles.
func TestCycleMedian(t *testing.T) {
	for _, c := range []struct {
		cycles []int64
		twice  int64
	}{{nil, 0}, {[]int64{5}, 10}, {[]int64{9, 1}, 10}, {[]int64{9, 1, 2}, 4}, {[]int64{4, 8, 1, 100}, 12}} {
		var f Figures
		f.cycle(c.cycles)
		if f.CycleMiddle != c.twice {
			t.Errorf("%v: got %d, want %d", c.cycles, f.CycleMiddle, c.twice)
		}
	}
}

// Ensures that months are pooled: who was lost over who was there, and customers of all months together.
func TestPredict(t *testing.T) {
	got := Open(orders()).Predict([]Span{{0, 100}, {100, 200}}, 50)
	want := Outlook{Net: 202, CustomerMonths: 8, Lost: 1, Start: 1}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Ensures cohorts by first order and what they did later, renewals included.
func TestCohorts(t *testing.T) {
	got := Open(orders()).Cohorts([]Span{{0, 100}, {100, 200}, {200, 300}})
	want := []Cohort{
		{Span: 0, Size: 2, Periods: []Period{{2, 2, 95}, {1, 2, 50}, {1, 1, 8}}},
		{Span: 1, Size: 2, Periods: []Period{{2, 3, 50}, {}}},
		{Span: 2, Periods: []Period{{}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Ensures, for any orders, what must always hold: bounds, retention and churn over one set, cohorts that sum to the new.
func TestCountLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []Order
		number := map[string]int{}
		for i := range rapid.IntRange(0, 60).Draw(t, "orders") {
			p := fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "person"))
			number[p]++
			list = append(list, Order{Person: p, Time: int64(i * 7), Number: number[p], Value: 3, Net: 2, Invited: i%3 == 0, Cycle: -1})
		}
		l := Open(list)
		f := l.Count(Span{50, 300}, rapid.Int64Range(1, 400).Draw(t, "active"))
		if f.Retained > f.ActiveStart || f.NewCustomers > f.Customers || f.Repeaters > f.Buyers || f.Referred > f.NewCustomers || f.Net > f.Gross {
			t.Fatalf("out of bounds: %+v", f)
		}
		var joined int64
		for _, c := range l.Cohorts([]Span{{50, 150}, {150, 300}}) {
			joined += c.Size
			for _, p := range c.Periods {
				if p.Customers > c.Size || p.Customers > p.Orders {
					t.Fatalf("a cohort of %d has %+v", c.Size, p)
				}
			}
		}
		if joined != f.NewCustomers {
			t.Fatalf("cohorts hold %d, %d are new", joined, f.NewCustomers)
		}
	})
}
