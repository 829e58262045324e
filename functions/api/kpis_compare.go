package main

import (
	"cmp"
	"context"
	"slices"

	"tributary/shared/kpi"
)

// kpiTable are the rows of an answer and, where they are compared, those of the period before under the same labels.
type kpiTable struct{ rows, before map[labels]*kpi.Row }

// kpiTable reads what a query needs.
func (s *server) kpiTable(ctx context.Context, q *kpiQuery) (t kpiTable, err error) {
	if t.rows, err = s.kpiRows(ctx, q); err != nil || !q.compare {
		return t, err
	}
	earlier := *q
	earlier.period = q.period.Before()
	rows, err := s.kpiRows(ctx, &earlier)
	if err != nil {
		return t, err
	}
	t.before = map[labels]*kpi.Row{}
	starts := q.starts(&earlier)
	for l, row := range rows {
		start, there := starts[l.start]
		if q.grain != kpi.Whole && !there {
			continue // the period before has more days than this one
		}
		l.start = start
		t.before[l] = row
	}
	return t, nil
}

// starts maps the start of each row of an earlier period to that of the row as far into this one.
func (q *kpiQuery) starts(earlier *kpiQuery) map[int64]int64 {
	all := map[int64]int64{}
	if q.grain == kpi.Whole {
		return all
	}
	now := q.grain.Start(q.period.From)
	for then := q.grain.Start(earlier.period.From); then.Before(earlier.period.To) && now.Before(q.period.To); then = q.grain.Next(then) {
		all[then.Unix()] = now.Unix()
		now = q.grain.Next(now)
	}
	return all
}

// order lists the labels of both periods by time and then by the dimensions' values; of nothing it is the row of zeros and nulls.
func (t kpiTable) order() []labels {
	var list []labels
	for l := range t.rows {
		list = append(list, l)
	}
	for l := range t.before {
		if t.rows[l] == nil {
			list = append(list, l)
		}
	}
	if len(list) == 0 {
		return []labels{{none: true}}
	}
	slices.SortFunc(list, func(a, b labels) int {
		return cmp.Or(cmp.Compare(a.start, b.start), slices.Compare(a.dims[:], b.dims[:]))
	})
	return list
}
