package main

import (
	"context"
	"net/http"

	"tributary/shared/httpapi"
	"tributary/shared/kpi"
	"tributary/shared/people"
)

// maxCohorts bounds a table of cohorts, whose cells grow with its square.
const maxCohorts = 120

// cohortAnswer is the body of GET /v1/retention.
type cohortAnswer struct {
	From     string           `json:"from"` // first day
	To       string           `json:"to"`   // day after the last
	TZ       string           `json:"tz"`
	By       string           `json:"by"`
	Currency string           `json:"currency"`
	AsOf     string           `json:"as_of"`
	Cohorts  []map[string]any `json:"cohorts"`
}

// cohortPeriod is what a cohort did in one period; retention is its share of the cohort.
type cohortPeriod struct {
	Start     string `json:"start"`
	Customers int64  `json:"customers"`
	Orders    int64  `json:"orders"`
	Net       int64  `json:"revenue_net_minor"`
	Retention any    `json:"retention"`
}

// retention answers GET /v1/retention: who ordered first in each day, week or month of the period, and how many of them
// ordered again in each that followed.
func (s *server) retention(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	q, err := s.cohortQuery(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	spans, labels := q.spans()
	if len(spans) > maxCohorts {
		return httpapi.Response{}, refuse("by", "that makes %d cohorts; ask for at most %d, by a larger grain or of a shorter period", len(spans), maxCohorts)
	}
	q.names = nil // nothing outside the period is asked for
	sold, err := s.sold(ctx, q)
	if err != nil {
		return httpapi.Response{}, err
	}
	a := cohortAnswer{
		From: kpi.Day.Label(q.period.From), To: kpi.Day.Label(q.period.To), TZ: q.zone.String(), By: string(q.grain),
		Currency: q.site.Currency, AsOf: instant(s.now().UnixMilli()), Cohorts: []map[string]any{},
	}
	for _, c := range sold.ledger.Cohorts(spans) {
		periods := make([]cohortPeriod, len(c.Periods))
		for i, p := range c.Periods {
			periods[i] = cohortPeriod{
				Start: labels[c.Span+i], Customers: p.Customers, Orders: p.Orders, Net: p.Net,
				Retention: kpi.RatioOf(p.Customers, c.Size),
			}
		}
		a.Cohorts = append(a.Cohorts, map[string]any{a.By: labels[c.Span], "customers": c.Size, "periods": periods})
	}
	return httpapi.JSON(http.StatusOK, a), nil
}

// cohortQuery reads the parameters, which are those of GET /v1/kpis that make sense here.
func (s *server) cohortQuery(ctx context.Context, r *httpapi.Request) (*kpiQuery, error) {
	site, err := s.site(ctx, r)
	if err != nil {
		return nil, err
	}
	params, err := httpapi.Query(r)
	if err != nil {
		return nil, err
	}
	for name := range params {
		switch name {
		case "from", "to", "last", "tz", "by", "site":
		default:
			return nil, refuse(name, "there is no parameter %q here; there are from, to, last, tz, by, site", clipped(name))
		}
	}
	if params.Get("by") == "" {
		params.Set("by", string(kpi.Month))
	}
	q, err := parseKPIQuery(params, site, s.now())
	if err != nil {
		return nil, err
	}
	if len(q.by) > 0 || q.grain == kpi.Hour {
		return nil, refuse("by", "cohorts are by day, week or month of the first order")
	}
	return q, nil
}

// spans are the rows of time that a query's grain makes, and their labels.
func (q *kpiQuery) spans() (list []people.Span, names []string) {
	for t := q.grain.Start(q.period.From); t.Before(q.period.To); t = q.grain.Next(t) {
		list = append(list, q.span(labels{start: t.Unix()}))
		names = append(names, q.grain.Label(t))
	}
	return list, names
}
