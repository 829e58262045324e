// Package figures answers questions about KPIs: it reads counters and records, and computes every figure of a period by the
// definitions of shared/kpi. What asks (the API, alerts, advice, reports) gets the same numbers, because they are made here.
package figures

import (
	"time"

	"tributary/shared/store"
)

// Reader reads figures. It is safe for concurrent use.
type Reader struct {
	store *store.Store
	now   func() time.Time
}

// New makes a reader; now is the clock.
func New(st *store.Store, now func() time.Time) *Reader { return &Reader{store: st, now: now} }
