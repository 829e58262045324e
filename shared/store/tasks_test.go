package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// Ensures that a task waits once, the oldest first, until it is dropped.
func TestTasks(t *testing.T) {
	s, name := storetest.Open(t), storetest.Site(t)
	old := store.Task{Kind: store.TaskKind("test-" + name), ID: "a#1", Connection: "c", Site: "s", Time: 1_700_000_000_000, Body: []byte(`{"x":1}`)}
	recent := old
	recent.ID, recent.Time = "b", old.Time+1
	for _, task := range []store.Task{recent, old, recent} {
		if err := s.PutTask(t.Context(), task); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Tasks(t.Context(), old.Kind, 10)
	if diff := cmp.Diff([]store.Task{old, recent}, got); err != nil || diff != "" {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	if err := s.DropTask(t.Context(), got[0]); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Tasks(t.Context(), old.Kind, 1); err != nil || len(got) != 1 || got[0].ID != "b" {
		t.Errorf("left: %v, %v", got, err)
	}
}
