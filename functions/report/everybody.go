package main

import (
	"context"

	"tributary/shared/archive"
	events "tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/store"
	"tributary/shared/sweep"
)

// everybody is what is known of all people of a site. Halves is what it cost, in half read units.
type everybody interface {
	// People hands over the identity index and who bought what.
	People(ctx context.Context, site string, link func(journey.Link) error, buyer func(sweep.Buyer) error) (halves int64, err error)
	// Touches hands over every touch of people that has a channel, in no order.
	Touches(ctx context.Context, site string, each func(sweep.Touch) error) (halves int64, err error)
	// By is the recount that read the tables; empty: whoever makes the report.
	By() string
}

// scan reads a site's people from the tables, both whole: for one report on request.
type scan struct{ store *store.Store }

// By is nobody else.
func (s scan) By() string { return "" }

// People is everybody's.
func (s scan) People(ctx context.Context, site string, link func(journey.Link) error, buyer func(sweep.Buyer) error) (int64, error) {
	return s.store.ScanPeople(ctx, site, journey.KindConversion, store.Whole, func(_ string, l journey.Link) error {
		if sweep.Stands(l) {
			return link(l)
		}
		return nil
	}, func(_ string, r journey.Record) error {
		if b, ok := sweep.BuyerOf(r); ok {
			return buyer(b)
		}
		return nil
	})
}

// Touches is everybody's.
func (s scan) Touches(ctx context.Context, site string, each func(sweep.Touch) error) (int64, error) {
	return s.store.ScanTouches(ctx, site, store.Whole, func(e *events.Event) error {
		if v, ok := sweep.TouchOf(e); ok {
			return each(v)
		}
		return nil
	})
}

// swept is what has been read of both tables, in segments.
type swept struct {
	archive *archive.Archive
	by      string
	people  func(context.Context) ([]sweep.Segment, error)
	touches func(context.Context) ([]sweep.Segment, error)
}

// By is everybody's.
func (s *swept) By() string { return s.by }

// People is everybody's. Halves are all sites': the reports of a run share them.
func (s *swept) People(ctx context.Context, site string, link func(journey.Link) error, buyer func(sweep.Buyer) error) (int64, error) {
	list, err := s.people(ctx)
	if err != nil {
		return 0, err
	}
	return sweep.Each(ctx, s.archive, list, site, func(e *sweep.Element) error {
		if e.Link != nil {
			return link(*e.Link)
		}
		return buyer(*e.Buyer)
	})
}

// Touches is everybody's. Halves are as those of People.
func (s *swept) Touches(ctx context.Context, site string, each func(sweep.Touch) error) (int64, error) {
	list, err := s.touches(ctx)
	if err != nil {
		return 0, err
	}
	return sweep.Each(ctx, s.archive, list, site, func(e *sweep.Element) error { return each(*e.Touch) })
}
