package main

import (
	"context"
	"slices"

	"tributary/shared/journey"
	"tributary/shared/report"
	"tributary/shared/settings"
	"tributary/shared/sweep"
)

// Bounds of what is held of the people who did not convert: links, about 600 bytes each while persons are made of them, and touches,
// about 80. Where a site has more, every second person is left out, then every second of the rest, and the report says so.
const (
	maxLinks       = 500_000
	maxOpenTouches = 2_000_000
)

// open is everybody of a site who has not converted, from one reading.
type open struct {
	*collector
	units   int64  // DynamoDB read units
	sampled int64  // one person in so many
	by      string // the recount that read the tables; empty: none
}

// openPaths reads the identity index and the records, which say who converted, then the touches.
func (t *tables) openPaths(ctx context.Context, site *settings.Site, goals []settings.Goal, h *report.Head) (*open, error) {
	_, until, err := h.Bounds()
	if err != nil {
		return nil, err
	}
	all, err := t.everybody(ctx, until)
	if err != nil {
		return nil, err
	}
	c := newCollector(h, t.held)
	people, err := c.people(ctx, all, site.ID, site.PrimaryGoals(goals))
	if err != nil {
		return nil, err
	}
	touches, err := all.Touches(ctx, site.ID, func(v sweep.Touch) error {
		c.add(v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &open{collector: c, units: (people + touches + 1) / 2, sampled: int64(c.mask) + 1, by: all.By()}, nil
}

// people learns who is whom, and who of them converted. Halves is what it cost.
func (c *collector) people(ctx context.Context, all everybody, site string, primary []string) (halves int64, err error) {
	near := map[string]struct{}{} // ids that links lead to from ids of the sample
	for {
		links, buyers, grew := []journey.Link(nil), []string(nil), false
		in := func(id string) bool {
			_, known := near[id]
			return known || c.takes(id)
		}
		n, err := all.People(ctx, site, func(l journey.Link) error {
			if len(links) > c.most.links || !in(l.From) && !in(l.To) {
				return nil
			}
			for _, id := range []string{l.From, l.To} {
				if !in(id) {
					near[id], grew = struct{}{}, true
				}
			}
			links = append(links, l)
			return nil
		}, func(b sweep.Buyer) error {
			if slices.Contains(primary, b.Goal) && in(b.Person) {
				buyers = append(buyers, b.Person)
			}
			return nil
		})
		halves += n
		switch {
		case err != nil:
			return 0, err
		case len(links) > c.most.links:
			c.mask = c.mask<<1 | 1
			clear(near)
		case !grew: // whoever is in the sample is here with everything that was ever linked to any of his ids
			c.persons = journey.PersonsOf(links)
			for _, id := range buyers {
				c.converters[numbered(c.persons.Of(id))] = struct{}{}
			}
			return halves, nil
		}
	}
}
