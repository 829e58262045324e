package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/shared/archive"
	"tributary/shared/event"
)

// stop is where a segment was left for want of time, and what it had found by then.
type stop struct {
	After string `json:"after"`
	Found found  `json:"found"`
}

// walk hands a segment of Events to take, page by page, from where an earlier call stopped. When there is no time for another page
// it writes down where it is and returns errLater.
func (h *handler) walk(ctx context.Context, r, pass string, segment int, c *counting, take func(page []*event.Event) error) error {
	prefix := fmt.Sprintf("%s%s/%s-at/%03d-", partsRoot, r, pass, segment)
	stops, err := h.archive.List(ctx, prefix)
	if err != nil {
		return err
	}
	at := stop{}
	if len(stops) > 0 {
		if err := h.get(ctx, stops[len(stops)-1].Key, &at); err != nil {
			return err
		}
	}
	c.known = at.Found
	pace, began := &pace{}, time.Now()
	err = h.store.EventPages(ctx, segment, h.segments, at.After, h.page, func(page []*event.Event, next string, halves int64) error {
		if err := take(page); err != nil {
			return err
		}
		c.known.Swept.Halves += halves
		at.After = next
		if !pace.goesOn(ctx, began) && next != "" {
			return errLater
		}
		began = time.Now()
		return nil
	})
	if !errors.Is(err, errLater) {
		return err
	}
	if err := c.flush(ctx); err != nil {
		return err
	}
	at.Found = c.known
	// Another run of the function may have stopped there.
	if err := archive.Ensured(h.putOnce(ctx, fmt.Sprintf("%s%04d.json", prefix, len(stops)), at)); err != nil {
		return err
	}
	return errLater
}
