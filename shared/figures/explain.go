package figures

import (
	"context"
	"slices"
	"time"

	"tributary/shared/fault"
	"tributary/shared/kpi"
	"tributary/shared/store"
)

// Explanation is the body of GET /v1/explain: how one figure came about.
type Explanation struct {
	KPI         string  `json:"kpi"`
	From        string  `json:"from"`
	To          string  `json:"to"`
	TZ          string  `json:"tz"`
	Currency    string  `json:"currency"`
	AsOf        string  `json:"as_of"`
	Formula     string  `json:"formula"`
	Value       any     `json:"value"`
	Numerator   any     `json:"numerator,omitempty"`
	Denominator any     `json:"denominator,omitempty"`
	Scale       int64   `json:"scale,omitempty"` // value = scale x numerator / denominator
	Inputs      []Input `json:"inputs"`
	LeftOut     LeftOut `json:"left_out"`
	// Of is the input whose events are listed; Next reads on, where there are more.
	Of     string   `json:"of"`
	Events []Behind `json:"events"`
	Next   string   `json:"next,omitempty"`
}

// Input is a sum behind the figure, and the types of events it is made of.
type Input struct {
	Name  string           `json:"name"`
	Is    string           `json:"is"`
	Value int64            `json:"value"`
	In    map[string]int64 `json:"in,omitempty"` // of a cost: millionths by currency, before they are converted
	Types []string         `json:"types"`
	// Record is the kind of record that the events come together in before they count.
	Record string `json:"record,omitempty"`
}

// LeftOut says what is in no figure of the range.
type LeftOut struct {
	InvalidImpressions int64            `json:"invalid_impressions"`
	InvalidClicks      int64            `json:"invalid_clicks"`
	Duplicates         int64            `json:"duplicates"` // events that were sent again, by the UTC day on which they came
	Refused            map[string]int64 `json:"refused"`    // by reason
	RefundsMinor       int64            `json:"refunds_minor"`
	LateEvents         int64            `json:"late_events"` // counted, but more than a day late
	Unconverted        map[string]int64 `json:"unconverted"` // costs in currencies without a rate, in millionths
}

// Explain answers a query for one figure of one period, of the whole site or of one value of a dimension. Of names the input
// whose events are listed, the first where it is empty; next reads on where an answer before ended.
func (s *Reader) Explain(ctx context.Context, q *Query, of, next string) (*Explanation, error) {
	name := q.Names[0]
	told, ok := kpi.Explain(name)
	if !ok {
		return nil, fault.Query("kpis", "%s is not explained", fault.Clip(name))
	}
	a := &Explanation{
		KPI: name, From: kpi.Day.Label(q.Period.From), To: kpi.Day.Label(q.Period.To), TZ: q.Zone.String(), Currency: q.Site.Currency,
		AsOf: instant(s.now().UnixMilli()), Formula: told.Formula, Events: []Behind{}, Inputs: []Input{},
	}
	if err := s.explain(ctx, a, q, told); err != nil {
		return nil, err
	}
	if err := s.leave(ctx, &a.LeftOut, q); err != nil {
		return nil, err
	}
	return a, s.behind(ctx, a, q, of, next)
}

// explain computes the figure and what it is made of.
func (s *Reader) explain(ctx context.Context, a *Explanation, q *Query, told kpi.Explanation) error {
	rows, err := s.rows(ctx, q)
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
	if err := row.Convert(&q.Site, a.LeftOut.Unconverted); err != nil {
		return err
	}
	f, ok := row.Figure(a.KPI, q.Scope, m)
	if !ok {
		return fault.Query("kpi", "%s cannot be had by that dimension", a.KPI)
	}
	if a.Value = f.Value(); f.Den != nil {
		a.Numerator, a.Denominator, a.Scale = exact(f.Num), exact(f.Den), f.Scale
	}
	for _, measure := range told.Measures {
		input := kpi.InputOf(measure)
		a.Inputs = append(a.Inputs, Input{
			Name: string(measure), Is: input.Is, Value: row.Sum(measure), In: in[measure], Types: slices.Clone(input.Types), Record: input.Record,
		})
	}
	return nil
}

// leave counts what is in no figure of the range.
func (s *Reader) leave(ctx context.Context, out *LeftOut, q *Query) error {
	whole := &Query{Site: q.Site, Period: q.Period, Zone: q.Zone, Names: []string{"invalid_impressions", "invalid_clicks", "refunds_minor"}, Scope: kpi.OfSite}
	rows, err := s.rows(ctx, whole)
	if err != nil {
		return err
	}
	for _, row := range rows {
		out.InvalidImpressions, out.InvalidClicks = row.Sum(kpi.InvalidImpressions), row.Sum(kpi.InvalidClicks)
		out.RefundsMinor, out.LateEvents = row.Sum(kpi.Refunds), row.Sum(kpi.LateEvents)
	}
	day := func(t time.Time) string { return t.UTC().Format(time.DateOnly) }
	counts, err := s.store.InputCounts(ctx, q.Site.ID, day(q.Period.From), day(q.Period.To.Add(24*time.Hour-1)))
	if err != nil {
		return err
	}
	out.Duplicates, out.Refused = counts[store.Duplicates], counts
	delete(out.Refused, store.Duplicates)
	return nil
}
