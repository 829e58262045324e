package adviser

import (
	"context"
	"math/big"

	"tributary/shared/budget"
	"tributary/shared/kpi"
)

// Pace is how a budget is being spent, in the period that runs in the site's zone. Amounts are of the site's currency; what cannot be
// said is null: a budget in a currency without a rate, the pace of a total.
type Pace struct {
	Period    string   `json:"period"`
	From      string   `json:"from"`
	To        string   `json:"to"` // day after the last
	Budget    *int64   `json:"budget_micros"`
	Spent     int64    `json:"spent_micros"`
	Share     *float64 `json:"spent_share"` // of the budget
	Passed    *float64 `json:"passed"`      // share of the period
	Pace      *float64 `json:"pace"`        // spent of what an even pace would have spent by now
	Projected *int64   `json:"projected_micros"`
}

// paces are those of the campaigns with a budget.
func (r *Reader) paces(ctx context.Context, b *book) (map[string]*Pace, error) {
	now, zone := r.now(), b.site.Location()
	spent := map[string]map[string]int64{} // period -> campaign -> micros
	all := map[string]*Pace{}
	for id, c := range b.of {
		if c.Budget == nil {
			continue
		}
		span := budget.SpanOf(c.Budget, now, zone)
		if spent[c.Budget.Period] == nil {
			sums, err := r.spent(ctx, &scope{b.site, zone}, span.Period)
			if err != nil {
				return nil, err
			}
			spent[c.Budget.Period] = sums
		}
		p := &Pace{
			Period: c.Budget.Period, From: kpi.Day.Label(span.From), To: kpi.Day.Label(span.To), Spent: spent[c.Budget.Period][id],
			Passed: valueOf(span.Passed),
		}
		if micros, ok := budget.Micros(c.Budget, &b.site, now.UnixMilli()); ok {
			at := span.PaceOf(micros, p.Spent)
			p.Budget, p.Pace, p.Projected = &micros, valueOf(at.Pace), rounded(at.Projected)
			if micros > 0 {
				p.Share = valueOf(big.NewRat(p.Spent, micros))
			}
		}
		all[id] = p
	}
	return all, nil
}

// spent is what each campaign cost in a period.
func (r *Reader) spent(ctx context.Context, s *scope, p kpi.Period) (map[string]int64, error) {
	t, err := r.table(ctx, s, p, "campaign", "media_cost_micros")
	if err != nil {
		return nil, err
	}
	sums := map[string]int64{}
	for i := range t.Lines {
		sums[t.Lines[i].Value(0)] = t.Lines[i].Figure("media_cost_micros").Count
	}
	return sums, nil
}

// rounded is an amount in whole millionths.
func rounded(r *big.Rat) *int64 {
	if r == nil {
		return nil
	}
	v, ok := new(big.Int).SetString(r.FloatString(0), 10)
	if !ok || !v.IsInt64() {
		return nil // no budget's period comes to as much
	}
	n := v.Int64()
	return &n
}

func valueOf(r *big.Rat) *float64 {
	if r == nil {
		return nil
	}
	v, _ := r.Float64()
	return &v
}
