package main

import (
	"testing"

	"tributary/shared/erasure"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// Ensures that events of an erased id become a demand for that id alone, in their own home, and others none.
func TestLateEventsAreErasedAgain(t *testing.T) {
	s := storetest.Open(t)
	site, records := fixture(t, s)
	first, err := read(records[0])
	if err != nil {
		t.Fatal(err)
	}
	id := first.Event.IDs()[0]
	if err := s.MakeGraveSalt(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	salt, _, err := s.Tombstones(t.Context(), site, 0)
	if err != nil {
		t.Fatal(err)
	}
	stone := store.Tombstone{Time: clock().UnixMilli(), Name: erasure.Name(salt, id), Person: "X#1"}
	if err := s.PutTombstone(t.Context(), site, stone); err != nil {
		t.Fatal(err)
	}
	if _, err := invoke(t, handlerOf(s, s), records[:1]); err != nil {
		t.Fatal(err)
	}
	list, err := s.Tasks(t.Context(), store.TaskErase, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, task := range list {
		if task.Site == site {
			got = append(got, string(task.Body))
		}
	}
	want := `{"ids":["` + id + `"],"homes":["` + first.Event.Home() + `"],"exact":true,"last":true}`
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
