package main

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"tributary/shared/httpapi"
	"tributary/shared/kpi"
	"tributary/shared/money"
)

// An answer is bounded, for Lambda carries 6 MB: by its figures before they are computed, and by its bytes.
const (
	maxCells  = 150_000
	maxAnswer = 5 << 20
)

// kpiAnswer is the body of GET /v1/kpis (contract.md section 4).
type kpiAnswer struct {
	From     string           `json:"from"` // first day
	To       string           `json:"to"`   // day after the last
	TZ       string           `json:"tz"`
	Currency string           `json:"currency"`
	AsOf     string           `json:"as_of"`
	Previous *days            `json:"previous,omitempty"` // the period compared with
	Rows     []map[string]any `json:"rows"`
	// Unconverted are costs in currencies without a rate, in micros of each; they stand in no figure.
	Unconverted map[string]int64 `json:"unconverted,omitempty"`
}

// days are a period: the first day and the day after the last.
type days struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// kpis answers GET /v1/kpis.
func (s *server) kpis(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, err := s.site(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	params, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	q, err := parseKPIQuery(params, site, s.now())
	if err != nil {
		return httpapi.Response{}, err
	}
	table, err := s.kpiTable(ctx, q)
	if err != nil {
		return httpapi.Response{}, err
	}
	a := kpiAnswer{
		From: kpi.Day.Label(q.period.From), To: kpi.Day.Label(q.period.To), TZ: q.zone.String(), Currency: site.Currency,
		AsOf: instant(q.asOfTime(s.now()).UnixMilli()), Unconverted: map[string]int64{},
	}
	if q.compare {
		before := q.period.Before()
		a.Previous = &days{kpi.Day.Label(before.From), kpi.Day.Label(before.To)}
	}
	if err := a.fill(q, table); err != nil {
		return httpapi.Response{}, err
	}
	res := httpapi.JSON(http.StatusOK, a)
	if q.csv {
		res = q.csvAnswer(a.Rows)
	}
	if len(res.Body) > maxAnswer {
		return httpapi.Response{}, tooMuch(len(a.Rows), len(q.names))
	}
	return res, nil
}

// tooMuch refuses an answer that nobody could be sent.
func tooMuch(rows, names int) error {
	return refuse("by", "that makes %d rows of %d figures; ask for a shorter period, a larger grain or fewer kpis", rows, names)
}

// fill computes the figures of every row, in order of time and then of the dimensions' values.
func (a *kpiAnswer) fill(q *kpiQuery, t kpiTable) error {
	order := t.order()
	if len(order)*len(q.names) > maxCells {
		return tooMuch(len(order), len(q.names))
	}
	m, err := q.money()
	if err != nil {
		return err
	}
	for _, l := range order {
		out := q.labelled(l)
		if err := q.put(out, t.rows[l], m, a.Unconverted); err != nil {
			return err
		}
		if q.compare {
			before := map[string]any{}
			if err := q.put(before, t.before[l], m, map[string]int64{}); err != nil {
				return err
			}
			out["previous"] = before
		}
		a.Rows = append(a.Rows, out)
	}
	return nil
}

// money says how the site's figures are written.
func (q *kpiQuery) money() (kpi.Money, error) {
	exponent, ok := money.Exponent(q.site.Currency)
	if !ok {
		return kpi.Money{}, money.UnknownCurrency(q.site.Currency)
	}
	margin, ok := new(big.Rat).SetString(q.site.GrossMargin)
	if !ok {
		return kpi.Money{}, fmt.Errorf("api: kpis: site %q: gross margin %q is no decimal", q.site.ID, q.site.GrossMargin)
	}
	return kpi.Money{Exponent: exponent, Margin: margin}, nil
}

// labelled is a row of the answer with its labels alone.
func (q *kpiQuery) labelled(l labels) map[string]any {
	out := make(map[string]any, len(q.names)+4)
	if l.none {
		return out
	}
	if q.grain != kpi.Whole {
		out[string(q.grain)] = q.grain.Label(time.Unix(l.start, 0).In(q.zone))
	}
	for i, d := range q.by {
		out[d] = l.dims[i]
	}
	return out
}

// put adds a row's figures, and with explain what the ratios are made of; nil is a row of nothing.
func (q *kpiQuery) put(out map[string]any, r *kpi.Row, m kpi.Money, missing map[string]int64) error {
	if r == nil {
		r = kpi.NewRow()
	}
	if err := r.Convert(&q.site, missing); err != nil {
		return fmt.Errorf("api: kpis: %w", err)
	}
	parts := map[string]any{}
	for _, name := range q.names {
		f, ok := r.Figure(name, q.scope, m)
		if !ok {
			continue // parseKPIQuery lets none through
		}
		out[name] = f.Value()
		if f.Den != nil {
			parts[name] = map[string]any{"numerator": exact(f.Num), "denominator": exact(f.Den)}
		}
	}
	if q.explain {
		out["explain"] = parts
	}
	return nil
}

// exact shows whole numbers as integers.
func exact(r *big.Rat) any {
	if r.IsInt() {
		return r.Num()
	}
	v, _ := r.Float64()
	return v
}

// labels name a row: the start of its time (Unix seconds) and its values of the by-dimensions, in their order.
type labels struct {
	start int64
	dims  [2]string
	none  bool // nothing was found: the row of zeros and nulls
}

// list is "a, b, c".
func list(names []string) string { return strings.Join(names, ", ") }
