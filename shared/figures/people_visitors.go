package figures

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"tributary/shared/kpi"
	"tributary/shared/people"
	"tributary/shared/visitors"
)

// visitorNames are the figures that ask how many distinct people visited.
var visitorNames = []string{"visitors", "conversion_rate_visitors", "acquisition_rate_prospects"}

// visitorRows adds how many distinct people visited, and what divides by them, to the rows of a site.
func (s *Reader) visitorRows(ctx context.Context, set *rowSet, sold *sold) error {
	q := set.q
	if !slices.ContainsFunc(q.Names, func(n string) bool { return slices.Contains(visitorNames, n) }) {
		return nil
	}
	rows := visitorsOf(set)
	if err := s.readVisitors(ctx, q.Site.ID, rows); err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		fresh := sold.ledger.New(r.span)
		r.row.Put(kpi.Visitors, r.union.Visitors())
		r.row.Put(kpi.ConvertingVisitors, people.Distinct(sold.visits, r.span))
		r.row.Put(kpi.NewVisitors, r.union.Of(fresh))
		r.row.Put(kpi.Prospects, max(0, r.union.Visitors()-r.union.Before(fresh)))
	}
	return nil
}

// visitorRow is a row with the union of its time.
type visitorRow struct {
	row   *kpi.Row
	span  people.Span
	union visitors.Union
}

// visitorsOf are the rows in order of time.
func visitorsOf(set *rowSet) []visitorRow {
	var rows []visitorRow
	for l, row := range set.rows {
		rows = append(rows, visitorRow{row: row, span: set.q.span(l)})
	}
	slices.SortFunc(rows, func(a, b visitorRow) int { return int(max(-1, min(1, a.span.From-b.span.From))) })
	return rows
}

// readVisitors merges every item of the rows' time into its row: whole UTC days where a row has them, hours elsewhere.
func (s *Reader) readVisitors(ctx context.Context, site string, rows []visitorRow) error {
	var runs []visitors.Stretch
	for i := range rows {
		runs = append(runs, visitors.Stretches(rows[i].span.From, rows[i].span.To)...)
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(reads)
	for _, run := range visitors.Join(runs) {
		for _, family := range []visitors.Family{visitors.OfIds, visitors.OfPeople} {
			for part := range visitors.Parts {
				g.Go(func() error {
					return s.store.Sketches(ctx, site, family, part, run.From, run.To, func(bucket string, it visitors.Item) error {
						at, err := visitors.Begin(bucket)
						if err != nil {
							return err
						}
						i, found := slices.BinarySearchFunc(rows, at, func(r visitorRow, at int64) int { return int(max(-1, min(1, r.span.From-at))) })
						if !found {
							i--
						}
						mu.Lock()
						defer mu.Unlock()
						return rows[max(i, 0)].union.Add(it)
					})
				})
			}
		}
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("figures: visitors: %w", err)
	}
	return nil
}
