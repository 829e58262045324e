package figures

import (
	"cmp"
	"context"
	"slices"

	"tributary/shared/kpi"
)

// periods are the rows of an answer and, where they are compared, those of the period before under the same labels.
type periods struct{ rows, before map[labels]*kpi.Row }

// compared reads what a query needs.
func (s *Reader) compared(ctx context.Context, q *Query) (t periods, err error) {
	if t.rows, err = s.rows(ctx, q); err != nil || !q.Compare {
		return t, err
	}
	earlier := *q
	earlier.Period = q.Period.Before()
	rows, err := s.rows(ctx, &earlier)
	if err != nil {
		return t, err
	}
	t.before = map[labels]*kpi.Row{}
	starts := q.starts(&earlier)
	for l, row := range rows {
		start, there := starts[l.start]
		if q.Grain != kpi.Whole && !there {
			continue // the period before has more days than this one
		}
		l.start = start
		t.before[l] = row
	}
	return t, nil
}

// starts maps the start of each row of an earlier period to that of the row as far into this one.
func (q *Query) starts(earlier *Query) map[int64]int64 {
	all := map[int64]int64{}
	if q.Grain == kpi.Whole {
		return all
	}
	now := q.Grain.Start(q.Period.From)
	for then := q.Grain.Start(earlier.Period.From); then.Before(earlier.Period.To) && now.Before(q.Period.To); then = q.Grain.Next(then) {
		all[then.Unix()] = now.Unix()
		now = q.Grain.Next(now)
	}
	return all
}

// order lists the labels of both periods by time and then by the dimensions' values; of nothing it is the row of zeros and nulls.
func (t periods) order() []labels {
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
