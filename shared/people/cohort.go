package people

// Cohort is everybody whose first order ever fell into one span, and what they did in it and in the spans after it.
type Cohort struct {
	Span    int // index of the span of the first order
	Size    int64
	Periods []Period // Periods[0] is the span of the first order itself
}

// Period is what a cohort did in one span.
type Period struct {
	Customers int64 // persons with an order or a renewal
	Orders    int64
	Net       int64 // minor units of the site's currency
}

// Cohorts counts the cohorts of spans that follow one another, one for each span, also for those without new customers.
func (l *Ledger) Cohorts(spans []Span) []Cohort {
	list := make([]Cohort, len(spans))
	joined := make([]int, l.people) // 1 + the index of a person's cohort; 0: none
	for i, s := range spans {
		list[i] = Cohort{Span: i, Periods: make([]Period, len(spans)-i)}
		from, to := l.within(s)
		for k := from; k < to; k++ {
			if n := l.person[k]; n >= 0 && l.orders[k].Number == 1 && joined[n] == 0 {
				joined[n] = i + 1
				list[i].Size++
			}
		}
	}
	for i, s := range spans {
		seen := make([]bool, l.people)
		from, to := l.within(s)
		for k := from; k < to; k++ {
			n := l.person[k]
			if n < 0 || joined[n] == 0 || joined[n]-1 > i {
				continue
			}
			c := joined[n] - 1
			list[c].Periods[i-c].add(&l.orders[k], !seen[n])
			seen[n] = true
		}
	}
	return list
}

func (p *Period) add(o *Order, first bool) {
	if first {
		p.Customers++
	}
	p.Orders++
	p.Net += o.Net
}
