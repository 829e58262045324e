package main

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"tributary/shared/httpapi"
	"tributary/shared/kpi"
	"tributary/shared/store"
)

// explainAnswer is the body of GET /v1/explain: how one figure came about.
type explainAnswer struct {
	KPI         string         `json:"kpi"`
	From        string         `json:"from"`
	To          string         `json:"to"`
	TZ          string         `json:"tz"`
	Currency    string         `json:"currency"`
	AsOf        string         `json:"as_of"`
	Formula     string         `json:"formula"`
	Value       any            `json:"value"`
	Numerator   any            `json:"numerator,omitempty"`
	Denominator any            `json:"denominator,omitempty"`
	Scale       int64          `json:"scale,omitempty"` // value = scale x numerator / denominator
	Inputs      []explainInput `json:"inputs"`
	LeftOut     leftOut        `json:"left_out"`
	// Of is the input whose events are listed; Next reads on, where there are more.
	Of     string        `json:"of"`
	Events []behindEvent `json:"events"`
	Next   string        `json:"next,omitempty"`
}

// explainInput is a sum behind the figure, and the types of events it is made of.
type explainInput struct {
	Name  string           `json:"name"`
	Is    string           `json:"is"`
	Value int64            `json:"value"`
	In    map[string]int64 `json:"in,omitempty"` // of a cost: millionths by currency, before they are converted
	Types []string         `json:"types"`
	// Record is the kind of record that the events come together in before they count.
	Record string `json:"record,omitempty"`
}

// leftOut says what is in no figure of the range.
type leftOut struct {
	InvalidImpressions int64            `json:"invalid_impressions"`
	InvalidClicks      int64            `json:"invalid_clicks"`
	Duplicates         int64            `json:"duplicates"` // events that were sent again, by the UTC day on which they came
	Refused            map[string]int64 `json:"refused"`    // by reason
	RefundsMinor       int64            `json:"refunds_minor"`
	LateEvents         int64            `json:"late_events"` // counted, but more than a day late
	Unconverted        map[string]int64 `json:"unconverted"` // costs in currencies without a rate, in millionths
}

// explain answers GET /v1/explain?kpi=…: the parameters of /v1/kpis for one figure of one period, of the whole site or of one
// value of a dimension, and of= and next= for the events behind it.
func (s *server) explain(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, err := s.site(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	params, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	name, of, next := params.Get("kpi"), params.Get("of"), params.Get("next")
	told, err := explained(params, name)
	if err != nil {
		return httpapi.Response{}, err
	}
	q, err := parseKPIQuery(params, site, s.now())
	if err != nil {
		return httpapi.Response{}, err
	}
	a := explainAnswer{
		KPI: name, From: kpi.Day.Label(q.period.From), To: kpi.Day.Label(q.period.To), TZ: q.zone.String(), Currency: site.Currency,
		AsOf: instant(s.now().UnixMilli()), Formula: told.Formula, Events: []behindEvent{}, Inputs: []explainInput{},
	}
	if err := s.fillExplained(ctx, &a, q, told); err != nil {
		return httpapi.Response{}, err
	}
	if err := s.leave(ctx, &a.LeftOut, q); err != nil {
		return httpapi.Response{}, err
	}
	if err := s.behind(ctx, &a, q, of, next); err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, a), nil
}

// explained finds the KPI and leaves of the parameters those of /v1/kpis.
func explained(params url.Values, name string) (kpi.Explanation, error) {
	told, ok := kpi.Explain(name)
	if !ok {
		return told, refuse("kpi", "%q is no KPI; there are %s", clipped(name), list(kpi.FigureNames(kpi.OfSite|kpi.OfPart)))
	}
	for _, p := range []string{"by", "compare", "format", "explain", "kpis", "as_of"} {
		if params.Get(p) != "" {
			return told, refuse(p, "one figure is explained at a time, as it is now; leave %s out, and choose a value of a dimension as in channel=Email", p)
		}
	}
	for _, own := range []string{"kpi", "of", "next"} {
		params.Del(own)
	}
	params.Set("kpis", name)
	return told, nil
}

// fillExplained computes the figure and what it is made of.
func (s *server) fillExplained(ctx context.Context, a *explainAnswer, q *kpiQuery, told kpi.Explanation) error {
	rows, err := s.kpiRows(ctx, q)
	if err != nil {
		return err
	}
	row := kpi.NewRow()
	for _, one := range rows {
		row = one // the query has one row at most
	}
	in := row.Costs()
	m, err := q.money()
	if err != nil {
		return err
	}
	a.LeftOut.Unconverted = map[string]int64{}
	if err := row.Convert(&q.site, a.LeftOut.Unconverted); err != nil {
		return err
	}
	f, ok := row.Figure(a.KPI, q.scope, m)
	if !ok {
		return refuse("kpi", "%s cannot be had by that dimension", a.KPI)
	}
	if a.Value = f.Value(); f.Den != nil {
		a.Numerator, a.Denominator, a.Scale = exact(f.Num), exact(f.Den), f.Scale
	}
	for _, measure := range told.Measures {
		input := kpi.InputOf(measure)
		a.Inputs = append(a.Inputs, explainInput{
			Name: string(measure), Is: input.Is, Value: row.Sum(measure), In: in[measure], Types: slices.Clone(input.Types), Record: input.Record,
		})
	}
	return nil
}

// leave counts what is in no figure of the range.
func (s *server) leave(ctx context.Context, out *leftOut, q *kpiQuery) error {
	whole := &kpiQuery{site: q.site, period: q.period, zone: q.zone, names: []string{"invalid_impressions", "invalid_clicks", "refunds_minor"}, scope: kpi.OfSite}
	rows, err := s.kpiRows(ctx, whole)
	if err != nil {
		return err
	}
	for _, row := range rows {
		out.InvalidImpressions, out.InvalidClicks = row.Sum(kpi.InvalidImpressions), row.Sum(kpi.InvalidClicks)
		out.RefundsMinor, out.LateEvents = row.Sum(kpi.Refunds), row.Sum(kpi.LateEvents)
	}
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	counts, err := s.store.InputCounts(ctx, q.site.ID, day(q.period.From), day(q.period.To.Add(24*time.Hour-1)))
	if err != nil {
		return err
	}
	out.Duplicates, out.Refused = counts[store.Duplicates], counts
	delete(out.Refused, store.Duplicates)
	return nil
}
