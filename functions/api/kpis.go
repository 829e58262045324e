package main

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"net/http"
	"slices"
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
	Rows     []map[string]any `json:"rows"`
	// Unconverted are costs in currencies without a rate, in micros of each; they stand in no figure.
	Unconverted map[string]int64 `json:"unconverted,omitempty"`
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
	rows, err := s.kpiRows(ctx, q)
	if err != nil {
		return httpapi.Response{}, err
	}
	a := kpiAnswer{
		From: kpi.Day.Label(q.period.From), To: kpi.Day.Label(q.period.To), TZ: q.zone.String(), Currency: site.Currency,
		AsOf: s.now().UTC().Format("2006-01-02T15:04:05.000Z"), Unconverted: map[string]int64{},
	}
	if err := a.fill(q, rows); err != nil {
		return httpapi.Response{}, err
	}
	res := httpapi.JSON(http.StatusOK, a)
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
func (a *kpiAnswer) fill(q *kpiQuery, rows map[labels]*kpi.Row) error {
	order := make([]labels, 0, len(rows))
	for l := range rows {
		order = append(order, l)
	}
	slices.SortFunc(order, func(a, b labels) int {
		return cmp.Or(cmp.Compare(a.start, b.start), slices.Compare(a.dims[:], b.dims[:]))
	})
	if len(order) == 0 {
		order, rows = []labels{{none: true}}, map[labels]*kpi.Row{{none: true}: kpi.NewRow()}
	}
	if len(order)*len(q.names) > maxCells {
		return tooMuch(len(order), len(q.names))
	}
	m, err := q.money()
	if err != nil {
		return err
	}
	for _, l := range order {
		if err := rows[l].Convert(&q.site, a.Unconverted); err != nil {
			return fmt.Errorf("api: kpis: %w", err)
		}
		a.Rows = append(a.Rows, q.row(l, rows[l], m))
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

// row is one row of the answer: its labels, its figures, and with explain what the ratios are made of.
func (q *kpiQuery) row(l labels, r *kpi.Row, m kpi.Money) map[string]any {
	out := make(map[string]any, len(q.names)+3)
	if q.grain != kpi.Whole && !l.none {
		out[string(q.grain)] = q.grain.Label(time.Unix(l.start, 0).In(q.zone))
	}
	for i, d := range q.by {
		if !l.none {
			out[d] = l.dims[i]
		}
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
	return out
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
