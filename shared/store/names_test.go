package store_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"tributary/shared/names"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// Ensures that a shard takes so many names and no more though all are asked for at once, that a name which is in stays in,
// and that everybody is told what the shard holds.
func TestAdmitName(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	const day, limit = "2026-03-01", 8
	var in atomic.Int32
	var running sync.WaitGroup
	for i := range byte(16) {
		running.Go(func() {
			held, ok, err := s.AdmitName(t.Context(), site, day, "page#0", names.Hash{i}, limit)
			if err != nil || len(held) == 0 || len(held) > limit {
				t.Errorf("%d: %d names, %v", i, len(held), err)
			}
			if ok {
				in.Add(1)
			}
		})
	}
	running.Wait()
	all, err := s.NamesOfDay(t.Context(), site, day)
	if err != nil || in.Load() != limit || len(all["page#0"]) != limit {
		t.Fatalf("%d were let in, %d are held, %v; want %d", in.Load(), len(all["page#0"]), err, limit)
	}
	if _, ok, err := s.AdmitName(t.Context(), site, day, "page#0", all["page#0"][0], limit); !ok || err != nil {
		t.Errorf("a name that is in: %v, %v", ok, err)
	}
	if held, ok, err := s.AdmitName(t.Context(), site, day, "page#0", names.Hash{99}, limit); ok || err != nil || len(held) != limit {
		t.Errorf("a name more: %v, %d held, %v", ok, len(held), err)
	}
	for _, other := range [][2]string{{site, "2026-03-02"}, {site + "x", day}} {
		if all, err := s.NamesOfDay(t.Context(), other[0], other[1]); err != nil || len(all) != 0 {
			t.Errorf("%v: %v, %v", other, all, err)
		}
	}
	if _, _, err := s.AdmitName(t.Context(), site, "today", "page#0", names.Hash{1}, limit); err == nil {
		t.Error("a day that is none")
	}
}

// Ensures that campaigns are known by id, name and aliases, and links and goals by id, of their own site only.
func TestRegisteredNames(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	putSetting(t, s, store.ShelfOf(site, "campaigns"), "c1", `{"id":"c1","name":"Spring sale","aliases":["spring"]}`)
	putSetting(t, s, store.ShelfOf(site, "links"), "l1", `{"id":"l1"}`)
	putSetting(t, s, store.ShelfOf(site, "goals"), "g1", `{"id":"g1"}`)
	registered, err := s.RegisteredNames(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		d    names.Dimension
		name string
		want bool
	}{
		{names.Campaign, "c1", true},
		{names.Campaign, "Spring sale", true},
		{names.Campaign, "spring", true},
		{names.Link, "l1", true},
		{names.Goal, "g1", true},
		{names.Campaign, "l1", false},
		{names.Page, "c1", false},
	} {
		if got := registered(c.d, c.name); got != c.want {
			t.Error(strconv.Itoa(i)+":", c, "got", got)
		}
	}
}
