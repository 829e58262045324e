package main

import (
	"strings"
	"time"

	"tributary/shared/kpi"
	"tributary/shared/stream"
)

// hours are those whose counters moved: from the first to the last.
type hours struct{ from, to time.Time }

// movedSites tells which sites' counters a batch moved, and of which hours. Directories, sketches and lists are no counters: what
// moves them moves counters too. What cannot be read waits for the next hour's run.
func movedSites(records [][]byte) (moved map[string]hours, unread int) {
	moved = map[string]hours{}
	for _, raw := range records {
		pk, sk, err := stream.Keys(raw)
		if err != nil {
			unread++
			continue
		}
		site, _, _ := strings.Cut(pk, "#")
		bucket, _, _ := strings.Cut(sk, "#")
		bucket, _, _ = strings.Cut(bucket, "~") // counted late
		at, err := kpi.BucketTime(bucket)
		if err != nil {
			continue
		}
		h, seen := moved[site]
		if !seen {
			h = hours{at, at}
		}
		if at.Before(h.from) {
			h.from = at
		}
		if at.After(h.to) {
			h.to = at
		}
		moved[site] = h
	}
	return moved, unread
}
