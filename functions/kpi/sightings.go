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
	if seen, ok := visitors.Seen(e); ok {
		*s = append(*s, seen)
	}
}
