package figures

import (
	"context"
	"math/big"
	"time"

	"tributary/shared/kpi"
)

// Answer is the body of GET /v1/kpis (contract.md section 4).
type Answer struct {
	From     string           `json:"from"` // first day
	To       string           `json:"to"`   // day after the last
	TZ       string           `json:"tz"`
	Currency string           `json:"currency"`
	AsOf     string           `json:"as_of"`
	Previous *Days            `json:"previous,omitempty"` // the period compared with
	Rows     []map[string]any `json:"rows"`
	// Unconverted are costs in currencies without a rate, in micros of each; they stand in no figure.
	Unconverted map[string]int64 `json:"unconverted,omitempty"`
}

// Days are a period: the first day and the day after the last.
type Days struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// KPIs answers a query. What makes more figures than anybody could be sent is refused.
func (s *Reader) KPIs(ctx context.Context, q *Query) (*Answer, error) {
	t, err := s.Table(ctx, q)
	if err != nil {
		return nil, err
	}
	a := &Answer{
		From: kpi.Day.Label(q.Period.From), To: kpi.Day.Label(q.Period.To), TZ: q.Zone.String(), Currency: q.Site.Currency,
		AsOf: instant(q.asOfTime(s.now()).UnixMilli()), Unconverted: t.Unconverted, Rows: make([]map[string]any, 0, len(t.Lines)),
	}
	if q.Compare {
		before := q.Period.Before()
		a.Previous = &Days{kpi.Day.Label(before.From), kpi.Day.Label(before.To)}
	}
	for i := range t.Lines {
		a.Rows = append(a.Rows, q.shown(&t.Lines[i]))
	}
	return a, nil
}

// shown is a line with its labels, its figures and, where they are asked for, the parts of its ratios and the period before.
func (q *Query) shown(l *Line) map[string]any {
	out := make(map[string]any, len(q.Names)+4)
	if !l.labels.none {
		if q.Grain != kpi.Whole {
			out[string(q.Grain)] = q.Grain.Label(l.Start())
		}
		for i, d := range q.By {
			out[d] = l.labels.dims[i]
		}
	}
	parts := map[string]any{}
	before := map[string]any{}
	for _, name := range q.Names {
		f := l.Figure(name)
		out[name] = f.Value()
		if f.Den != nil {
			parts[name] = map[string]any{"numerator": exact(f.Num), "denominator": exact(f.Den)}
		}
		if q.Compare {
			before[name] = l.Before(name).Value()
		}
	}
	if q.Explain {
		out["explain"] = parts
	}
	if q.Compare {
		out["previous"] = before
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

// instant is a time in milliseconds as answers have it.
func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
