package figures

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/people"
	"tributary/shared/store"
)

const dayMs = 24 * 60 * 60 * 1000

// activeNames are the figures that ask who was active before the period: they read the days before it too.
var activeNames = []string{"acquisition_rate_base", "retention_rate", "churn_rate", "clv_predictive_minor"}

// peopleRows adds the figures about persons to the rows of a site, from the conversion records of the period.
func (s *Reader) peopleRows(ctx context.Context, set *rowSet) error {
	q := set.q
	if !slices.ContainsFunc(q.Names, kpi.OfPeople) {
		return nil
	}
	if !slices.ContainsFunc(q.Names, func(n string) bool { return n != "visitors" && kpi.OfPeople(n) }) {
		return s.visitorRows(ctx, set, &sold{ledger: people.Open(nil)}) // sketches alone tell how many came
	}
	active := int64(q.Site.ActiveDays) * dayMs
	sold, err := s.sold(ctx, q)
	if err != nil {
		return err
	}
	for l, row := range set.rows {
		span := q.span(l)
		putPeople(row, sold.ledger.Count(span, active))
		putOutlook(row, sold.ledger.Predict(q.wholeMonths(span), active))
	}
	if err := s.advocateRows(ctx, set); err != nil {
		return err
	}
	return s.visitorRows(ctx, set, sold)
}

// sold is what the conversion records of a range say about persons.
type sold struct {
	ledger *people.Ledger
	visits []people.Visit // those that led to conversions
}

// sold reads the conversions of a query's period, and those around it that its figures need.
func (s *Reader) sold(ctx context.Context, q *Query) (*sold, error) {
	from, to := q.Period.From.UnixMilli(), q.Period.To.UnixMilli()
	if slices.ContainsFunc(q.Names, func(n string) bool { return slices.Contains(activeNames, n) }) {
		from -= int64(q.Site.ActiveDays) * dayMs
	}
	if slices.Contains(q.Names, "conversion_rate_visitors") {
		to += dayMs // a visit of the last evening may convert after midnight
	}
	list, err := store.Collect(ctx, s.store, q.Site.ID, journey.KindConversion, from, to, q.briefOf)
	if err != nil {
		return nil, fmt.Errorf("figures: conversions: %w", err)
	}
	all := &sold{}
	var orders []people.Order
	for i := range list {
		if list[i].Orders > 0 {
			orders = append(orders, orderOf(&list[i]))
		}
		if q.converts(&list[i]) {
			for _, v := range list[i].Visits {
				all.visits = append(all.visits, people.Visit{Person: cmp.Or(v.Person, list[i].Person), Time: v.Time})
			}
		}
	}
	all.ledger = people.Open(orders)
	return all, nil
}

// briefOf reads a record; false for one that no figure about persons asks for.
func (q *Query) briefOf(r journey.Record) (journey.Brief, bool, error) {
	if r.Void() {
		return journey.Brief{}, false, nil
	}
	b, err := r.Brief()
	if !q.converts(&b) {
		b.Visits = nil
	}
	return b, err == nil && b.Event != "" && (b.Orders > 0 || len(b.Visits) > 0), err
}

// converts reports a conversion of the goals that the query counts.
func (q *Query) converts(b *journey.Brief) bool {
	if q.Goal != "" {
		return b.Counts > 0 && b.Goal == q.Goal
	}
	return b.Counts > 0 && b.Primary
}

func orderOf(b *journey.Brief) people.Order {
	o := people.Order{
		Person: b.Person, Time: b.Time, Number: b.Number, First: b.First, Renewal: b.Renewal(), Deal: b.Deal(), Invited: b.Invite != "",
		Influenced: b.Influenced, Value: b.Value, Net: b.Net, Cycle: -1,
	}
	if o.Deal && b.Lead > 0 {
		o.Cycle = b.Time - b.Lead
	}
	return o
}

// span is the time of a row within the period.
func (q *Query) span(l labels) people.Span {
	from, to := q.Period.From, q.Period.To
	if q.Grain != kpi.Whole {
		start := time.Unix(l.start, 0).In(q.Zone)
		if start.After(from) {
			from = start
		}
		if next := q.Grain.Next(start); next.Before(to) {
			to = next
		}
	}
	return people.Span{From: from.UnixMilli(), To: to.UnixMilli()}
}

// wholeMonths are the calendar months that a span holds from beginning to end.
func (q *Query) wholeMonths(s people.Span) []people.Span {
	var list []people.Span
	start := kpi.Month.Start(time.UnixMilli(s.From).In(q.Zone))
	if start.UnixMilli() < s.From {
		start = kpi.Month.Next(start)
	}
	for next := kpi.Month.Next(start); next.UnixMilli() <= s.To; start, next = next, kpi.Month.Next(next) {
		list = append(list, people.Span{From: start.UnixMilli(), To: next.UnixMilli()})
	}
	return list
}

func putPeople(r *kpi.Row, f people.Figures) {
	for _, sum := range []struct {
		measure kpi.Measure
		n       int64
	}{
		{kpi.Customers, f.Customers},
		{kpi.NewCustomers, f.NewCustomers},
		{kpi.Buyers, f.Buyers},
		{kpi.Repeaters, f.Repeaters},
		{kpi.ReferredNew, f.Referred},
		{kpi.ActiveStart, f.ActiveStart},
		{kpi.Retained, f.Retained},
		{kpi.PersonsNet, f.Net},
		{kpi.PersonsGross, f.Gross},
		{kpi.InfluencedGross, f.Influenced},
		{kpi.WonDeals, f.WonDeals},
		{kpi.Cycles, f.Cycles},
		{kpi.CycleSum, f.CycleSum},
		{kpi.CycleMiddle, f.CycleMiddle},
	} {
		r.Put(sum.measure, sum.n)
	}
}

func putOutlook(r *kpi.Row, o people.Outlook) {
	r.Put(kpi.OutlookNet, o.Net)
	r.Put(kpi.OutlookMonths, o.CustomerMonths)
	r.Put(kpi.OutlookStart, o.Start)
	r.Put(kpi.OutlookLost, o.Lost)
}
