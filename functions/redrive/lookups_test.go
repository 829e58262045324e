package main

import (
	"context"
	"errors"
	"testing"

	"tributary/shared/fault"
	"tributary/shared/store"
	"tributary/shared/webhook/receive"
)

// Ensures that lookups are done once, that one whose provider does not answer waits and is no hindrance to other connections,
// and that one of which nothing can come is put aside.
func TestLookups(t *testing.T) {
	b := newBench(t)
	asked := map[string]int{}
	b.complete = func(_ context.Context, task store.Task) (receive.Result, error) {
		asked[task.ID]++
		switch task.Connection {
		case b.site + "-good":
			return receive.Result{Accepted: 1}, nil
		case b.site + "-gone":
			return receive.Result{}, fault.New(fault.NotFound, "connection", "it is gone")
		}
		return receive.Result{}, errors.New("401")
	}
	for i, connection := range []string{"-bad", "-bad", "-good", "-gone"} {
		task := store.Task{Kind: store.TaskLookup, ID: b.site + string(rune('1'+i)), Connection: b.site + connection, Site: b.site, Time: arrival.UnixMilli() + int64(i), Body: []byte("{}")}
		if err := b.store.PutTask(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := b.handle(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if asked[b.site+"1"] != 2 || asked[b.site+"2"] != 0 || asked[b.site+"3"] != 1 || asked[b.site+"4"] != 1 {
		t.Errorf("asked %v; want the first of a broken connection each run, the second never, the others once", asked)
	}
	left, err := b.store.Tasks(t.Context(), store.TaskLookup, 100)
	waiting := 0
	for _, task := range left {
		if task.Site == b.site {
			waiting++
		}
	}
	kept, err2 := b.store.Kept(t.Context(), b.site, 10)
	if err != nil || err2 != nil || waiting != 2 || len(kept) != 1 || kept[0].Code != "not_found" {
		t.Errorf("%d wait, %v are kept; want 2 and one", waiting, kept)
	}
}
