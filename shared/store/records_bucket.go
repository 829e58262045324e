package store

import (
	"context"
	"iter"
	"slices"

	"golang.org/x/sync/errgroup"

	"tributary/shared/journey"
)

// RangeBuckets is how many partitions of the range index share the records of a site, kind and UTC day.
const RangeBuckets = rangeBuckets

// RecordsInBucket yields what RecordsInRange returns of one of RangeBuckets buckets, in its order; together the buckets hold
// each record once. A few hundred records are held, however many there are. An error is the last that it yields.
func (s *Store) RecordsInBucket(ctx context.Context, site, kind string, bucket int, fromMs, toMs int64) iter.Seq2[journey.Record, error] {
	return func(yield func(journey.Record, error) bool) {
		for day := range slices.Chunk(rangePartitions(site, kind, fromMs, toMs), rangeBuckets) {
			for list, err := range s.streamRecords(ctx, day[bucket], fromMs, toMs) {
				if err != nil {
					yield(journey.Record{}, wrap(err, "RecordsInBucket", day[bucket]))
					return
				}
				for _, r := range list {
					if !yield(r, nil) {
						return
					}
				}
			}
		}
	}
}

// streamRecords reads one partition of the range index, which is in order of time, and fetches what it lists in batches.
func (s *Store) streamRecords(ctx context.Context, gpk string, fromMs, toMs int64) iter.Seq2[[]journey.Record, error] {
	return func(yield func([]journey.Record, error) bool) {
		pages := s.rangePages(gpk, fromMs, toMs)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			for keys := range slices.Chunk(page.Items, rangeReaders*batchKeys) {
				list, err := s.fetchTogether(ctx, keys)
				if !yield(inRange(list, fromMs, toMs), err) || err != nil {
					return
				}
			}
		}
	}
}

// fetchTogether reads up to rangeReaders batches of records at once.
func (s *Store) fetchTogether(ctx context.Context, keys []Item) ([]journey.Record, error) {
	batches := slices.Collect(slices.Chunk(keys, batchKeys))
	found := make([][]journey.Record, len(batches))
	g, ctx := errgroup.WithContext(ctx)
	for i, batch := range batches {
		g.Go(func() (err error) {
			found[i], err = s.fetchRecords(ctx, batch)
			return err
		})
	}
	err := g.Wait()
	return slices.Concat(found...), err
}
