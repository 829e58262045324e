// Package people counts persons from the orders of a range: customers, who is new, who came back, who left, what they are
// worth, and cohorts by first order (spec: kpis.md). Pure: no AWS, no clock, no settings.
package people

import (
	"cmp"
	"slices"
)

// Order is what a sale says about its person. Times are Unix milliseconds, amounts minor units of the site's currency.
type Order struct {
	Person     string // empty: nobody is known, and nobody becomes a customer
	Time       int64
	Number     int   // the person's nth order; 0: a renewal, or nobody's
	First      int64 // when the person's first order was; 0: not known
	Renewal    bool  // revenue and activity, but no purchase of its own
	Deal       bool
	Invited    bool // an invite led to it
	Influenced bool // a touch that is not Direct stands within the look-back
	Value, Net int64
	Cycle      int64 // of a deal, milliseconds from the person's first lead; negative: there was none before it
}

// Span is a half-open range of time in Unix milliseconds.
type Span struct{ From, To int64 }

// Figures are the counts of one span.
type Figures struct {
	Customers    int64 // persons with an order or a renewal
	NewCustomers int64 // persons whose first order ever is in the span
	Buyers       int64 // persons with a purchase: an order that is no renewal
	Repeaters    int64 // persons with two purchases and more
	Referred     int64 // new customers with an order that an invite led to

	ActiveStart int64 // customers active when the span begins
	Retained    int64 // those of them who are active when it ends

	Orders, WonDeals       int64
	Gross, Net, Influenced int64 // Influenced is the part of Gross
	Cycles                 int64 // won deals with a lead before them
	CycleSum               int64 // milliseconds
	CycleMiddle            int64 // the two middle cycles together: twice the median
}

// Ledger holds orders so that spans can be counted fast. It is not changed after Open and safe for concurrent use.
type Ledger struct {
	orders []Order // in order of time
	person []int   // of each order, by index; -1: nobody
	people int
}

// Open sorts orders, which it takes over.
func Open(orders []Order) *Ledger {
	slices.SortFunc(orders, func(a, b Order) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Number, b.Number))
	})
	l := &Ledger{orders: orders, person: make([]int, len(orders))}
	known := map[string]int{}
	for i := range orders {
		p := orders[i].Person
		n, ok := known[p]
		switch {
		case p == "":
			n = -1
		case !ok:
			n = len(known)
			known[p] = n
		}
		l.person[i] = n
	}
	l.people = len(known)
	return l
}

// within are the indexes of the orders of a span.
func (l *Ledger) within(s Span) (from, to int) {
	at := func(ms int64) int {
		i, _ := slices.BinarySearchFunc(l.orders, ms, func(o Order, ms int64) int { return cmp.Compare(o.Time, ms) })
		return i
	}
	return at(s.From), max(at(s.From), at(s.To))
}

// Count counts a span. Who ordered in the activeMs before a moment, that moment left out, is active then.
func (l *Ledger) Count(s Span, activeMs int64) Figures {
	var f Figures
	tally := make([]buyer, l.people)
	var cycles []int64
	from, to := l.within(s)
	for i := from; i < to; i++ {
		o := &l.orders[i]
		f.add(o)
		if o.Deal && o.Cycle >= 0 {
			cycles = append(cycles, o.Cycle)
		}
		if n := l.person[i]; n >= 0 {
			f.meet(&tally[n], o)
		}
	}
	for i := range tally {
		if tally[i].isNew && tally[i].invited {
			f.Referred++
		}
	}
	f.cycle(cycles)
	f.ActiveStart, f.Retained = l.retained(s, activeMs)
	return f
}

// buyer is what a span has shown of one person.
type buyer struct {
	seen, isNew, invited bool
	purchases            int
}

func (f *Figures) add(o *Order) {
	f.Orders++
	f.Gross, f.Net = f.Gross+o.Value, f.Net+o.Net
	if o.Influenced {
		f.Influenced += o.Value
	}
	if o.Deal {
		f.WonDeals++
	}
}

func (f *Figures) meet(b *buyer, o *Order) {
	if !b.seen {
		f.Customers++
	}
	b.seen, b.invited = true, b.invited || o.Invited
	if o.Number == 1 && !b.isNew {
		b.isNew = true
		f.NewCustomers++
	}
	if o.Renewal {
		return
	}
	switch b.purchases++; b.purchases {
	case 1:
		f.Buyers++
	case 2:
		f.Repeaters++
	}
}

// cycle sets the sums that mean and median divide.
func (f *Figures) cycle(all []int64) {
	slices.Sort(all)
	f.Cycles = int64(len(all))
	for _, c := range all {
		f.CycleSum += c
	}
	if n := len(all); n > 0 {
		f.CycleMiddle = all[(n-1)/2] + all[n/2]
	}
}

// retained counts who is active when a span begins, and who of them when it ends.
func (l *Ledger) retained(s Span, activeMs int64) (start, both int64) {
	was := make([]bool, l.people)
	from, to := l.within(Span{s.From - activeMs, s.From})
	for _, n := range l.person[from:to] {
		if n >= 0 && !was[n] {
			was[n] = true
			start++
		}
	}
	from, to = l.within(Span{s.To - activeMs, s.To})
	for _, n := range l.person[from:to] {
		if n >= 0 && was[n] {
			was[n] = false
			both++
		}
	}
	return start, both
}

// New are the persons whose first order ever is in a span, each once.
func (l *Ledger) New(s Span) []string {
	var names []string
	seen := make([]bool, l.people)
	from, to := l.within(s)
	for i := from; i < to; i++ {
		if n := l.person[i]; n >= 0 && l.orders[i].Number == 1 && !seen[n] {
			seen[n] = true
			names = append(names, l.orders[i].Person)
		}
	}
	return names
}
