package main

import (
	"context"
	"testing"

	"tributary/shared/fault"
	"tributary/shared/store"
)

// Ensures that demands that are due are carried out, the oldest first, that one which fails waits and is no hindrance, that one which
// nobody can read is put aside, and that one to be gone over later is left alone.
func TestErasures(t *testing.T) {
	b := newBench(t)
	var done []string
	b.erase = func(ctx context.Context, task store.Task) error {
		if task.Site != b.site {
			return nil
		}
		done = append(done, task.ID)
		switch task.ID {
		case b.site + "fails":
			return errAway
		case b.site + "torn":
			return fault.New(fault.InvalidJSON, "", "torn")
		}
		return b.store.DropTask(ctx, task)
	}
	at := b.now().UnixMilli()
	for i, id := range []string{"fails", "torn", "good", "later"} {
		task := store.Task{Kind: store.TaskErase, ID: b.site + id, Site: b.site, Time: at - 3 + int64(i), Body: []byte(`{}`)}
		if id == "later" {
			task.Time = at + 1
		}
		if err := b.store.PutTask(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	}
	got, err := b.handle(t.Context(), nil)
	if err != nil || got.Unerased != 1 || len(done) != 3 || done[0] != b.site+"fails" {
		t.Errorf("%+v, %v, carried out %v; want three of which one is left", got, err, done)
	}
	left, err := b.store.Tasks(t.Context(), store.TaskErase, 100)
	n := 0
	for _, task := range left {
		if task.Site != b.site {
			continue
		}
		n++
		if err := b.store.DropTask(t.Context(), task); err != nil { // else other tests' runs meet it
			t.Fatal(err)
		}
	}
	kept, err2 := b.store.Kept(t.Context(), b.site, 10)
	if err != nil || err2 != nil || n != 2 || len(kept) != 1 {
		t.Errorf("%d wait, %v are kept; want 2 and one", n, kept)
	}
}
