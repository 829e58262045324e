package kpi

import (
	"fmt"
	"time"
)

// Layouts of buckets, in UTC. They sort as text, quarters between their hours.
const (
	hourLayout    = "2006-01-02T15"
	quarterLayout = "2006-01-02T15:04"
)

// Bucket names the counter that holds a time (Unix milliseconds): its UTC hour, or its quarter hour for sites whose
// zone has a fractional offset.
func Bucket(ms int64, quarter bool) string {
	t := time.UnixMilli(ms).UTC()
	var room [len(quarterLayout) + 4]byte // years beyond 9999 take more; ingest refuses them
	if quarter {
		return string(t.Truncate(15*time.Minute).AppendFormat(room[:0], quarterLayout))
	}
	return string(t.AppendFormat(room[:0], hourLayout))
}

// BucketTime is when a bucket begins.
func BucketTime(bucket string) (time.Time, error) {
	layout := hourLayout
	if len(bucket) == len(quarterLayout) {
		layout = quarterLayout
	}
	t, err := time.Parse(layout, bucket)
	if err != nil {
		return time.Time{}, fmt.Errorf("kpi: bucket %q: %w", bucket, err)
	}
	return t, nil
}
