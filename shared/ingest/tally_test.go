package ingest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/store"
)

// counted keeps what is counted by site; each write is one.
type counted struct {
	writes int
	sums   map[string]map[string]int64
	err    error
}

func (c *counted) CountInput(_ context.Context, site, _ string, counts map[string]int64) error {
	c.writes++
	if c.sums == nil {
		c.sums = map[string]map[string]int64{}
	}
	if c.sums[site] == nil {
		c.sums[site] = map[string]int64{}
	}
	for name, n := range counts {
		c.sums[site][name] += n
	}
	return c.err
}

// Ensures that repetitions and refusals are counted by site and reason, in one write a request, and that a flood costs no
// more than a few writes a second and is counted all the same.
func TestTally(t *testing.T) {
	in, _, at, _ := open()
	c := &counted{}
	in.tallies.to = c
	shop, refusal := &event.Event{Site: "shop"}, fault.New(fault.InvalidAmount, "value", "no")
	items := []Item{
		{Event: shop, Outcome: store.Stored},
		{Event: shop, Outcome: store.Duplicate},
		{Event: shop, Outcome: store.Superseded},
		{Event: shop, Err: refusal},
		{Event: &event.Event{Site: "shpo"}, Err: fault.New(fault.UnknownSite, "site", "no")},
		{Err: fault.New(fault.InvalidJSON, "", "no")},
		{Event: shop, Err: errors.New("the store is away")},
		{Event: shop, Outcome: Spilled},
	}
	in.count(t.Context(), items)
	want := map[string]map[string]int64{"shop": {"duplicates": 2, "invalid_amount": 1}, "": {"unknown_site": 1, "invalid_json": 1}}
	if d := cmp.Diff(want, c.sums); d != "" || c.writes != 2 {
		t.Errorf("%d writes (-want +got):\n%s", c.writes, d)
	}
	in.count(t.Context(), items[:1])
	if c.writes != 2 {
		t.Errorf("a new event is written as one that came again")
	}
	for range 100 {
		in.count(t.Context(), items[1:2])
	}
	if c.writes > 2+maxKeep {
		t.Errorf("%d writes in a second", c.writes)
	}
	*at = at.Add(time.Second)
	in.count(t.Context(), items[1:2])
	if got := c.sums["shop"]["duplicates"]; got != 103 {
		t.Errorf("%d duplicates, want 103", got)
	}
}
