package figures

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"tributary/shared/fault"
	"tributary/shared/kpi"
	"tributary/shared/money"
)

// maxCells bounds the figures of an answer before they are computed.
const maxCells = 150_000

// Table is what a query finds: its lines in order of time and then of the dimensions' values. Of nothing it is one line of
// zeros and nulls.
type Table struct {
	Lines []Line
	// Unconverted are costs in currencies without a rate, in micros of each; they stand in no figure.
	Unconverted map[string]int64
}

// Line is one row of a table.
type Line struct {
	q           *Query
	labels      labels
	row, before *kpi.Row // before is nil where no comparison was asked for
	money       kpi.Money
}

// labels name a row: the start of its time (Unix seconds) and its values of the by-dimensions, in their order.
type labels struct {
	start int64
	dims  [2]string
	none  bool // nothing was found: the row of zeros and nulls
}

// Start is the beginning of the line's hour, day, week or month in the query's zone, where it has a grain.
func (l *Line) Start() time.Time { return time.Unix(l.labels.start, 0).In(l.q.Zone) }

// Value is the line's value of the query's i-th dimension of By.
func (l *Line) Value(i int) string { return l.labels.dims[i] }

// Figure is one of the query's KPIs; the zero Figure where the query's scope has none of that name.
func (l *Line) Figure(name string) kpi.Figure {
	f, _ := l.row.Figure(name, l.q.Scope, l.money)
	return f
}

// Before is the KPI in the period before, where the query compares.
func (l *Line) Before(name string) kpi.Figure {
	f, _ := l.before.Figure(name, l.q.Scope, l.money)
	return f
}

// Table reads what a query asks for. What makes more figures than anybody could be sent is refused.
func (s *Reader) Table(ctx context.Context, q *Query) (*Table, error) {
	found, err := s.compared(ctx, q)
	if err != nil {
		return nil, err
	}
	order := found.order()
	if len(order)*len(q.Names) > maxCells {
		return nil, TooMuch(len(order), len(q.Names))
	}
	m, err := q.money()
	if err != nil {
		return nil, err
	}
	t := &Table{Lines: make([]Line, 0, len(order)), Unconverted: map[string]int64{}}
	for _, l := range order {
		line := Line{q: q, labels: l, money: m}
		if line.row, err = q.converted(found.rows[l], t.Unconverted); err != nil {
			return nil, err
		}
		if q.Compare {
			if line.before, err = q.converted(found.before[l], map[string]int64{}); err != nil {
				return nil, err
			}
		}
		t.Lines = append(t.Lines, line)
	}
	return t, nil
}

// converted is a row with its costs in the site's currency; nil is a row of nothing.
func (q *Query) converted(r *kpi.Row, missing map[string]int64) (*kpi.Row, error) {
	if r == nil {
		r = kpi.NewRow()
	}
	if err := r.Convert(&q.Site, missing); err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	return r, nil
}

// money says how the site's figures are written.
func (q *Query) money() (kpi.Money, error) {
	exponent, ok := money.Exponent(q.Site.Currency)
	if !ok {
		return kpi.Money{}, money.UnknownCurrency(q.Site.Currency)
	}
	margin, ok := new(big.Rat).SetString(q.Site.GrossMargin)
	if !ok {
		return kpi.Money{}, fmt.Errorf("figures: site %q: gross margin %q is no decimal", q.Site.ID, q.Site.GrossMargin)
	}
	return kpi.Money{Exponent: exponent, Margin: margin}, nil
}

// TooMuch refuses an answer that nobody could be sent.
func TooMuch(rows, names int) error {
	return fault.Query("by", "that makes %d rows of %d figures; ask for a shorter period, a larger grain or fewer kpis", rows, names)
}
