package store_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"tributary/shared/store/storetest"
)

// Ensures that everybody who asks for a day's salt gets the same, also at once, that another day's is another, and that
// it is gone 48 hours after its day began and not before.
func TestSalts(t *testing.T) {
	s := storetest.Open(t)
	const day, next = "2031-05-01", "2031-05-02" // no other test's
	var mu sync.Mutex
	var all [][]byte
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			salt, err := s.Salt(t.Context(), day)
			mu.Lock()
			defer mu.Unlock()
			if all = append(all, salt); err != nil || len(salt) != 32 {
				t.Errorf("%d bytes, %v", len(salt), err)
			}
		})
	}
	running.Wait()
	for _, salt := range all {
		if !bytes.Equal(salt, all[0]) {
			t.Fatal("two salts for one day")
		}
	}
	other, err := s.Salt(t.Context(), next)
	if err != nil || bytes.Equal(other, all[0]) {
		t.Errorf("the next day's: %v", err)
	}
	begin := time.Date(2031, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		at   time.Time
		kept bool
	}{{"within 48 hours", begin.Add(48*time.Hour - time.Second), true}, {"after", begin.Add(48 * time.Hour), false}, {"once more", begin.Add(49 * time.Hour), false}} {
		if err := s.DropSalts(t.Context(), c.at); err != nil {
			t.Fatal(err)
		}
		again, err := s.Salt(t.Context(), next)
		if err != nil || !bytes.Equal(again, other) {
			t.Errorf("%s: the next day's salt is gone, %v", c.name, err)
		}
		if c.kept {
			again, err = s.Salt(t.Context(), day)
			if err != nil || !bytes.Equal(again, all[0]) {
				t.Errorf("%s: the salt is gone, %v", c.name, err)
			}
		}
	}
	if again, err := s.Salt(t.Context(), day); err != nil || bytes.Equal(again, all[0]) {
		t.Errorf("the salt is still there, %v", err)
	}
	if _, err := s.Salt(t.Context(), "today"); err == nil {
		t.Error("a day that is none has a salt")
	}
}
