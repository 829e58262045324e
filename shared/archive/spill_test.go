package archive_test

import (
	"errors"
	"fmt"
	"testing"

	"tributary/shared/archive"
	"tributary/shared/archive/archivetest"
)

func TestPageMoveDelete(t *testing.T) {
	a, ctx := archivetest.Start(t).Archive(t), t.Context()
	for i := range 1001 {
		if err := a.PutOnce(ctx, fmt.Sprintf("spill/%04d", i), "text/plain", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	first, err := a.Page(ctx, "spill/", "")
	if err != nil || len(first) != 1000 || first[0] != (archive.File{Key: "spill/0000", Size: 1}) {
		t.Fatalf("%d files, %v; want 1,000 from spill/0000", len(first), err)
	}
	rest, err := a.Page(ctx, "spill/", first[999].Key)
	if err != nil || len(rest) != 1 || rest[0].Key != "spill/1000" {
		t.Errorf("got %v, %v; want spill/1000", rest, err)
	}
	if err := a.Move(ctx, "spill/1000", "unreadable/spill/1000"); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Get(ctx, "unreadable/spill/1000", 10); err != nil || string(got) != "x" {
		t.Errorf("moved: got %q, %v", got, err)
	}
	if err := a.Move(ctx, "spill/1000", "unreadable/again"); !errors.Is(err, archive.ErrNotFound) {
		t.Errorf("what was moved moves again: %v, want ErrNotFound", err)
	}
	for range 2 {
		if err := a.Delete(ctx, "spill/0000"); err != nil {
			t.Errorf("a second deletion: %v", err)
		}
	}
	if _, err := a.Get(ctx, "spill/0000", 10); !errors.Is(err, archive.ErrNotFound) {
		t.Errorf("deleted: %v, want ErrNotFound", err)
	}
}
