package visitors

import (
	"time"

	"tributary/shared/kpi"
)

// Stretch is a run of buckets, all days or all hours: those in [From, To).
type Stretch struct{ From, To string }

// Days reports a run of days.
func (s Stretch) Days() bool { return IsDay(s.From) }

const day = 24 * 60 * 60 * 1000

// Stretches cuts [fromMs, toMs) into runs of buckets: whole UTC days as days, what is left at the ends as hours. The ends
// lie on full hours, or on quarters for sites that count by them.
func Stretches(fromMs, toMs int64) []Stretch {
	first, last := (fromMs+day-1)/day*day, toMs/day*day
	if first >= last {
		return []Stretch{{bucketFrom(fromMs), bucketFrom(toMs)}}
	}
	var list []Stretch
	if fromMs < first {
		list = append(list, Stretch{bucketFrom(fromMs), bucketFrom(first)})
	}
	list = append(list, Stretch{dayOf(first), dayOf(last)})
	if last < toMs {
		list = append(list, Stretch{bucketFrom(last), bucketFrom(toMs)})
	}
	return list
}

// Join makes one run of runs that follow one another; list is in order of time.
func Join(list []Stretch) []Stretch {
	var out []Stretch
	open := map[bool]int{} // by Days: 1 + the index in out of the run that may go on
	for _, s := range list {
		if at := open[s.Days()]; at > 0 && out[at-1].To == s.From {
			out[at-1].To = s.To
			continue
		}
		out = append(out, s)
		open[s.Days()] = len(out)
	}
	return out
}

func dayOf(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.DateOnly) }

// bucketFrom is the least name of a bucket that begins at a time: an hour's name stands before its quarters'.
func bucketFrom(ms int64) string { return kpi.Bucket(ms, time.UnixMilli(ms).UTC().Minute() != 0) }

// Begin is when a bucket begins, in Unix milliseconds.
func Begin(bucket string) (int64, error) {
	if len(bucket) == len("2006-01-02") {
		bucket += "T00"
	}
	t, err := kpi.BucketTime(bucket)
	return t.UnixMilli(), err
}
