package store

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"tributary/shared/journey"
)

// collectSlices is how many parts of a range are read at once from each bucket.
const collectSlices = 4

// Collect reads what is made of the records of a kind whose time is in [fromMs, toMs), in no order; read is called by
// several goroutines, and false leaves a record out. Whole records are held a few hundred at a time.
func Collect[T any](ctx context.Context, s *Store, site, kind string, fromMs, toMs int64, read func(journey.Record) (T, bool, error)) ([]T, error) {
	cuts := sliced(fromMs, toMs)
	found := make([][]T, RangeBuckets*(len(cuts)-1))
	g, ctx := errgroup.WithContext(ctx)
	for i := range found {
		g.Go(func() error {
			part := i / RangeBuckets
			for r, err := range s.RecordsInBucket(ctx, site, kind, i%RangeBuckets, cuts[part], cuts[part+1]) {
				if err != nil {
					return err
				}
				v, ok, err := read(r)
				if err != nil {
					return err
				}
				if ok {
					found[i] = append(found[i], v)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

// sliced cuts a range at UTC midnights, so that no partition of the index is asked twice.
func sliced(fromMs, toMs int64) []int64 {
	const day = 24 * 60 * 60 * 1000
	first, last := max(fromMs, 0)/day, (max(toMs, 1)-1)/day
	cuts := []int64{fromMs}
	for i := int64(1); i < collectSlices; i++ {
		if at := (first + (last-first+1)*i/collectSlices) * day; at > cuts[len(cuts)-1] && at < toMs {
			cuts = append(cuts, at)
		}
	}
	return append(cuts, toMs)
}
