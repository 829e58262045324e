package main

import (
	"context"

	"tributary/shared/event"
	"tributary/shared/visitors"
)

// sighter notes who visited.
type sighter interface {
	Visits(ctx context.Context, list []visitors.Sighting) error
}

// sightings are the visits of one batch by people with an id.
type sightings []visitors.Sighting

// add notes a visit.
func (s *sightings) add(e *event.Event) {
	if e.Type != "visit" || !e.Human() {
		return
	}
	if ids := e.IDs(); len(ids) > 0 {
		*s = append(*s, visitors.Sighting{Site: e.Site, At: e.Time, Quarter: e.Quarter, Ids: ids[:1]})
	}
}
