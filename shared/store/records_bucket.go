package store

import (
	"context"
	"slices"

	"tributary/shared/journey"
)

// RangeBuckets is how many partitions of the range index share the records of a site, kind and UTC day.
const RangeBuckets = rangeBuckets

// RecordsInBucket is RecordsInRange of one of RangeBuckets buckets: together they hold each record once.
func (s *Store) RecordsInBucket(ctx context.Context, site, kind string, bucket int, fromMs, toMs int64) ([]journey.Record, error) {
	var list []journey.Record
	for _, gpk := range bucketPartitions(site, kind, uint32(bucket), fromMs, toMs) {
		got, err := s.recordsOf(ctx, gpk, fromMs, toMs)
		if err != nil {
			return nil, err
		}
		list = append(list, got...)
	}
	return inRange(list, fromMs, toMs), nil
}

// bucketPartitions are the index partitions of one bucket in every UTC day that [fromMs, toMs) touches.
func bucketPartitions(site, kind string, bucket uint32, fromMs, toMs int64) []string {
	all := rangePartitions(site, kind, fromMs, toMs)
	var list []string
	for day := range slices.Chunk(all, rangeBuckets) {
		list = append(list, day[bucket])
	}
	return list
}
