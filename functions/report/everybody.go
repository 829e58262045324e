package main

import (
	"cmp"
	"context"
	"encoding/json"

	events "tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// everybody is what is known of all people of a site. Halves is what it cost, in half read units.
type everybody interface {
	// People hands over the identity index and who bought what.
	People(ctx context.Context, site string, link func(journey.Link) error, buyer func(bought) error) (halves int64, err error)
	// Touches hands over every touch of people that has a channel, in no order.
	Touches(ctx context.Context, site string, each func(touched) error) (halves int64, err error)
}

// bought is a conversion that counts: of whom, and its goal.
type bought struct{ Person, Goal string }

// touched is a touch: Of is its strongest id, Time Unix milliseconds.
type touched struct {
	Of, ID, Type, Channel string
	Time                  int64
}

// touchedOf is what matters of an event; false: it is no touch of a person.
func touchedOf(e *events.Event) (touched, bool) {
	ids := e.IDs()
	if len(ids) == 0 || e.Channel == "" || !e.Human() {
		return touched{}, false
	}
	return touched{Of: ids[0], ID: e.ID, Type: e.Type, Channel: e.Channel, Time: e.Time}, true
}

// boughtOf is what matters of a record; false: it does not count.
func boughtOf(r journey.Record) (bought, bool) {
	var c struct {
		Person string `json:"p"`
		Counts int64  `json:"n"`
		Goal   string `json:"g"`
	}
	if r.Void() || json.Unmarshal([]byte(r.Body), &c) != nil {
		return bought{}, false
	}
	return bought{c.Person, cmp.Or(c.Goal, settings.DefaultGoal)}, c.Counts == 1 && c.Person != ""
}

// standsOnce passes over the second of two mirrored links.
func standsOnce(l journey.Link) bool { return !l.Mirrored() || l.From < l.To }

// scan reads a site's people from the tables, both whole: for one report on request.
type scan struct{ store *store.Store }

func (s scan) People(ctx context.Context, site string, link func(journey.Link) error, buyer func(bought) error) (int64, error) {
	return s.store.ScanPeople(ctx, site, journey.KindConversion, store.Whole, func(_ string, l journey.Link) error {
		if standsOnce(l) {
			return link(l)
		}
		return nil
	}, func(_ string, r journey.Record) error {
		if b, ok := boughtOf(r); ok {
			return buyer(b)
		}
		return nil
	})
}

func (s scan) Touches(ctx context.Context, site string, each func(touched) error) (int64, error) {
	return s.store.ScanTouches(ctx, site, store.Whole, func(e *events.Event) error {
		if v, ok := touchedOf(e); ok {
			return each(v)
		}
		return nil
	})
}
