package figures

import (
	"context"

	"tributary/shared/fault"
	"tributary/shared/kpi"
	"tributary/shared/people"
)

// maxCohorts bounds a table of cohorts, whose cells grow with its square.
const maxCohorts = 120

// Cohorts is the body of GET /v1/retention.
type Cohorts struct {
	From     string           `json:"from"` // first day
	To       string           `json:"to"`   // day after the last
	TZ       string           `json:"tz"`
	By       string           `json:"by"`
	Currency string           `json:"currency"`
	AsOf     string           `json:"as_of"`
	Cohorts  []map[string]any `json:"cohorts"`
}

// CohortPeriod is what a cohort did in one period; retention is its share of the cohort.
type CohortPeriod struct {
	Start     string `json:"start"`
	Customers int64  `json:"customers"`
	Orders    int64  `json:"orders"`
	Net       int64  `json:"revenue_net_minor"`
	Retention any    `json:"retention"`
}

// Cohorts tells who ordered first in each day, week or month of the period, and how many of them ordered again in each that
// followed.
func (s *Reader) Cohorts(ctx context.Context, q *Query) (*Cohorts, error) {
	if len(q.By) > 0 || q.Grain == kpi.Hour || q.Grain == kpi.Whole {
		return nil, fault.Query("by", "cohorts are by day, week or month of the first order")
	}
	spans, labels := q.spans()
	if len(spans) > maxCohorts {
		return nil, fault.Query("by", "that makes %d cohorts; ask for at most %d, by a larger grain or of a shorter period", len(spans), maxCohorts)
	}
	within := *q
	within.Names = nil // nothing outside the period is asked for
	sold, err := s.sold(ctx, &within)
	if err != nil {
		return nil, err
	}
	a := &Cohorts{
		From: kpi.Day.Label(q.Period.From), To: kpi.Day.Label(q.Period.To), TZ: q.Zone.String(), By: string(q.Grain),
		Currency: q.Site.Currency, AsOf: instant(s.now().UnixMilli()), Cohorts: []map[string]any{},
	}
	for _, c := range sold.ledger.Cohorts(spans) {
		periods := make([]CohortPeriod, len(c.Periods))
		for i, p := range c.Periods {
			periods[i] = CohortPeriod{
				Start: labels[c.Span+i], Customers: p.Customers, Orders: p.Orders, Net: p.Net,
				Retention: kpi.RatioOf(p.Customers, c.Size),
			}
		}
		a.Cohorts = append(a.Cohorts, map[string]any{a.By: labels[c.Span], "customers": c.Size, "periods": periods})
	}
	return a, nil
}

// spans are the rows of time that a query's grain makes, and their labels.
func (q *Query) spans() (list []people.Span, names []string) {
	for t := q.Grain.Start(q.Period.From); t.Before(q.Period.To); t = q.Grain.Next(t) {
		list = append(list, q.span(labels{start: t.Unix()}))
		names = append(names, q.Grain.Label(t))
	}
	return list, names
}
