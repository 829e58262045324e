package figures

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
)

// creditMeasures are what a conversion's credit moves.
var creditMeasures = []kpi.Measure{kpi.ConversionsMicro, kpi.RevenueGross, kpi.RevenueNet}

// dropCredit leaves the credit that a counter holds out.
func dropCredit(c *kpi.Counter) {
	for _, m := range creditMeasures {
		delete(c.Amounts, m)
	}
}

// creditRows credits the conversions of the period anew, by the query's model and goal, from their records. Refunds are taken
// back from the same touches, so the records say all.
func (s *Reader) creditRows(ctx context.Context, set *rowSet, base kpi.Dimension, dims []string) error {
	q := set.q
	own, err := s.ownCredit(ctx, q)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	read := func(r journey.Record) (struct{}, bool, error) {
		if r.Void() {
			return struct{}{}, false, nil
		}
		c, err := r.Conversion()
		if err != nil || !q.credits(&c) {
			return struct{}{}, false, err
		}
		moves := slices.DeleteFunc(q.moves(&c, own, set.alias), func(m kpi.Move) bool { return m.Dimension != base })
		mu.Lock()
		defer mu.Unlock()
		for _, m := range moves {
			if err := set.addPart(&kpi.Counter{Key: m.Key, Amounts: map[kpi.Measure]int64{m.Measure: m.Amount}}, dims); err != nil {
				return struct{}{}, false, err
			}
		}
		return struct{}{}, false, nil
	}
	_, err = store.Collect(ctx, s.store, q.Site.ID, journey.KindConversion, q.Period.From.UnixMilli(), q.Period.To.UnixMilli(), read)
	if err != nil {
		return fmt.Errorf("figures: credit: %w", err)
	}
	return nil
}

// credits reports a conversion whose credit the query counts.
func (q *Query) credits(c *journey.Conversion) bool {
	if q.Goal != "" {
		return c.Event != "" && c.Goal == q.Goal
	}
	return c.Event != "" && c.Primary
}
