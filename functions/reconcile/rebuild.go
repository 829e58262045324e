package main

import (
	"context"
	"slices"
	"time"

	"tributary/shared/archive"
	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/store"
)

// A rebuild makes everything that is derived of Events: first the whole identity index, so that each record is then made once, of
// all that is linked; the records, marked as uncounted, so that the stream brings none of their figures; then a recount that
// mends counters, names and sketches of visitors. What stands already stays; whatever is done twice changes nothing.

// noted are the rebuilds of the last days.
const noted = partsRoot + "rebuilding/"

// rebuildMends is for how long recounts of the schedule mend after a rebuild: what was on its way when it ran is judged a day later.
const rebuildMends = 3 * 24 * time.Hour

// note tells the schedule of a rebuild.
func (h *handler) note(ctx context.Context, r run) error {
	return archive.Ensured(h.putOnce(ctx, noted+r.Name+".json", r))
}

// goOn does what is left of rebuilds that were begun, and tells whether one was of late. False: one needs more time.
func (h *handler) goOn(ctx context.Context) (lately, done bool, _ error) {
	notes, err := h.archive.List(ctx, noted)
	if err != nil {
		return false, false, err
	}
	for _, n := range notes {
		var r run
		if err := h.get(ctx, n.Key, &r); err != nil {
			return false, false, err
		}
		lately = lately || h.now().Sub(r.Began) < rebuildMends
		a, err := h.recount(ctx, input{Run: r.Name, Rebuild: true})
		if err != nil || !a.Done {
			return lately, false, err
		}
	}
	return lately, true, nil
}

// index writes the links of a segment's events.
func (h *handler) index(ctx context.Context, r run, segment int, c *counting) error {
	return h.walk(ctx, r.Name, passIndex, segment, c, func(page []*event.Event) error {
		return inBatches(page, "", func(inputs []journey.Input) error { return h.restater.Index(ctx, inputs) })
	})
}

// rebuildRecords makes the records of a segment's events and notes who visited as whom.
func (h *handler) rebuildRecords(ctx context.Context, r run, segment int, c *counting) error {
	restater := *h.restater
	restater.Uncounted, restater.Cause, restater.Sighter = true, "rebuild", c
	return h.walk(ctx, r.Name, passRestate, segment, c, func(page []*event.Event) error {
		return inBatches(page, "", func(inputs []journey.Input) error {
			if _, err := restater.Handle(ctx, inputs); err != nil {
				return err
			}
			return c.flushFull(ctx)
		})
	})
}

// listRecent writes the lists of latest events where they miss any.
func (h *handler) listRecent(ctx context.Context, r run) error {
	bySite := map[string][]store.Latest{}
	err := h.eachFound(ctx, r, func(f found) error {
		for site, list := range f.Recent {
			bySite[site] = store.Newest(slices.Concat(bySite[site], list), store.RecentEvents)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for site, list := range bySite {
		listed, err := h.store.Recent(ctx, site)
		if err != nil {
			return err
		}
		all := store.Newest(slices.Concat(list, listed), store.RecentEvents)
		if slices.Equal(all, store.Newest(listed, store.RecentEvents)) {
			continue
		}
		if _, err := h.store.PutRecent(ctx, site, 0, all); err != nil {
			return err
		}
	}
	return nil
}
