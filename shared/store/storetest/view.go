package storetest

import (
	"context"
	"fmt"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/visitors"
)

// through runs a call with a result through the scheduler. After a fault there is no result.
func through[T any](ctx context.Context, v *View, name string, apply func() (T, error)) (T, error) {
	var out, none T
	err := v.do(ctx, name, func() (err error) {
		out, err = apply()
		return err
	})
	if err != nil {
		return none, err
	}
	return out, nil
}

// AddCounters goes through the scheduler.
func (v *View) AddCounters(ctx context.Context, d kpi.Delta) (string, error) {
	return through(ctx, v, fmt.Sprint("AddCounters", d.Key, d.Low), func() (string, error) { return v.Memory.AddCounters(ctx, d) })
}

// PutName goes through the scheduler.
func (v *View) PutName(ctx context.Context, site string, d kpi.Dimension, value string) error {
	return v.do(ctx, fmt.Sprint("PutName", d, value), func() error { return v.Memory.PutName(ctx, site, d, value) })
}

// PutRecent goes through the scheduler.
func (v *View) PutRecent(ctx context.Context, site string, lane int, list []store.Latest) ([]store.Latest, error) {
	return through(ctx, v, "PutRecent"+site, func() ([]store.Latest, error) { return v.Memory.PutRecent(ctx, site, lane, list) })
}

// PutSketches goes through the scheduler.
func (v *View) PutSketches(ctx context.Context, at visitors.Place, it visitors.Item) (*visitors.Item, error) {
	return through(ctx, v, fmt.Sprint("PutSketches", at), func() (*visitors.Item, error) { return v.Memory.PutSketches(ctx, at, it) })
}

// Keep goes through the scheduler.
func (v *View) Keep(ctx context.Context, q store.Quarantined) error {
	return v.do(ctx, "Keep"+q.ID, func() error { return v.Memory.Keep(ctx, q) })
}

// HomeEvents goes through the scheduler.
func (v *View) HomeEvents(ctx context.Context, site, home string) ([]*event.Event, error) {
	return through(ctx, v, "HomeEvents"+home, func() ([]*event.Event, error) { return v.Memory.HomeEvents(ctx, site, home) })
}

// Links goes through the scheduler.
func (v *View) Links(ctx context.Context, site, node string) ([]journey.Link, error) {
	return through(ctx, v, "Links"+node, func() ([]journey.Link, error) { return v.Memory.Links(ctx, site, node) })
}

// PutLink goes through the scheduler.
func (v *View) PutLink(ctx context.Context, site string, l journey.Link) error {
	return v.do(ctx, "PutLink"+l.From+l.To, func() error { return v.Memory.PutLink(ctx, site, l) })
}

// Record goes through the scheduler.
func (v *View) Record(ctx context.Context, site, kind, node string) (journey.Record, error) {
	return through(ctx, v, "Record"+node, func() (journey.Record, error) { return v.Memory.Record(ctx, site, kind, node) })
}

// PutRecord goes through the scheduler.
func (v *View) PutRecord(ctx context.Context, site, kind string, r journey.Record) (bool, error) {
	return through(ctx, v, "PutRecord"+r.Node, func() (bool, error) { return v.Memory.PutRecord(ctx, site, kind, r) })
}

// RecordsUnder goes through the scheduler.
func (v *View) RecordsUnder(ctx context.Context, site, kind, head string) ([]journey.Record, error) {
	return through(ctx, v, "RecordsUnder"+head, func() ([]journey.Record, error) { return v.Memory.RecordsUnder(ctx, site, kind, head) })
}

// Site goes through the scheduler.
func (v *View) Site(ctx context.Context, id string) (settings.Site, bool, error) {
	var found bool
	s, err := through(ctx, v, "Site"+id, func() (s settings.Site, err error) {
		s, found, err = v.Memory.Site(ctx, id)
		return s, err
	})
	return s, found, err
}

// Goals goes through the scheduler.
func (v *View) Goals(ctx context.Context, site string) ([]settings.Goal, error) {
	return through(ctx, v, "Goals"+site, func() ([]settings.Goal, error) { return v.Memory.Goals(ctx, site) })
}
