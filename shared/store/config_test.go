package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// TestSettingVersions ensures that a setting is replaced only by who has read its last version.
func TestSettingVersions(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	shelf := store.ShelfOf(storetest.Site(t), "goals")
	if _, found, err := s.Setting(ctx, shelf, "a"); found || err != nil {
		t.Fatalf("before: %t, %v", found, err)
	}
	for version := range int64(3) {
		got, err := s.PutSetting(ctx, shelf, store.Setting{ID: "a", Body: fmt.Appendf(nil, `{"n":%d}`, version), Version: version})
		if got != version+1 || err != nil {
			t.Fatalf("put on %d: got %d, %v", version, got, err)
		}
	}
	for _, stale := range []int64{0, 1, 2, 4} {
		if _, err := s.PutSetting(ctx, shelf, store.Setting{ID: "a", Body: []byte(`{}`), Version: stale}); !isConcurrent(err) {
			t.Errorf("put on %d: got %v, want concurrent_update", stale, err)
		}
		if err := s.DeleteSetting(ctx, shelf, "a", stale); !isConcurrent(err) {
			t.Errorf("delete at %d: got %v, want concurrent_update", stale, err)
		}
	}
	got, found, err := s.Setting(ctx, shelf, "a")
	if diff := cmp.Diff(store.Setting{ID: "a", Body: []byte(`{"n":2}`), Version: 3}, got); diff != "" || !found || err != nil {
		t.Errorf("%t, %v (-want +got):\n%s", found, err, diff)
	}
	if err := s.DeleteSetting(ctx, shelf, "a", 3); err != nil {
		t.Error(err)
	}
	if _, found, err := s.Setting(ctx, shelf, "a"); found || err != nil {
		t.Errorf("after: %t, %v", found, err)
	}
}

// TestSettingRace ensures that of many writers on one version exactly one wins.
func TestSettingRace(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	shelf := store.ShelfOf(storetest.Site(t), "goals")
	var won atomic.Int32
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			_, err := s.PutSetting(ctx, shelf, store.Setting{ID: "a", Body: fmt.Appendf(nil, `{"n":%d}`, i)})
			switch {
			case err == nil:
				won.Add(1)
			case !isConcurrent(err):
				t.Error(err)
			}
		})
	}
	if wait.Wait(); won.Load() != 1 {
		t.Errorf("%d writers won", won.Load())
	}
}

// TestListSettings ensures order, pages and that shelves of other sites and names stay out.
func TestListSettings(t *testing.T) {
	s, ctx, site := storetest.Open(t), t.Context(), storetest.Site(t)
	shelf := store.ShelfOf(site, "links")
	for _, id := range []string{"c", "a", "b", "B"} {
		putSetting(t, s, shelf, id, `{}`)
	}
	putSetting(t, s, store.ShelfOf(site, "linksx"), "d", `{}`)
	putSetting(t, s, store.ShelfOf(site+"x", "links"), "e", `{}`)
	for _, row := range []struct {
		name, after string
		limit       int
		want        []string
	}{
		{"all", "", 0, []string{"B", "a", "b", "c"}},
		{"first page", "", 2, []string{"B", "a"}},
		{"next page", "a", 2, []string{"b", "c"}},
		{"past the end", "c", 2, nil},
	} {
		list, err := s.ListSettings(ctx, shelf, row.after, row.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range list {
			got = append(got, v.ID)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// TestListLarge ensures that a collection over one page of 1 MB is read whole.
func TestListLarge(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	body := fmt.Sprintf(`{"id":"x","aliases":["%0120000d"]}`, 1)
	for i := range 12 {
		putSetting(t, s, store.ShelfOf(site, "campaigns"), fmt.Sprintf("c%02d", i), body)
	}
	list, err := s.Campaigns(t.Context(), site)
	if len(list) != 12 || err != nil {
		t.Errorf("got %d campaigns, %v", len(list), err)
	}
}

func TestSite(t *testing.T) {
	s, ctx, id := storetest.Open(t), t.Context(), storetest.Site(t)
	for _, unknown := range []string{id, "", "a b", "a#b"} {
		if _, found, err := s.Site(ctx, unknown); found || err != nil {
			t.Errorf("%q: %t, %v", unknown, found, err)
		}
	}
	putSetting(t, s, store.Sites, id, `{"id":"`+id+`","currency":"EUR","tz":"UTC","of_a_later_release":true}`)
	got, found, err := s.Site(ctx, id)
	want := settings.Site{ID: id, Currency: "EUR", TZ: "UTC", ViewLookbackDays: 1, PaymentHosts: settings.DefaultSite(id).PaymentHosts, Consent: settings.DefaultSite(id).Consent, PageParams: []string{}} // stored before there were these
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(settings.Site{})); diff != "" || !found || err != nil {
		t.Errorf("%t, %v (-want +got):\n%s", found, err, diff)
	}
}

// TestDefaultSite ensures that the site default is there without being made.
func TestDefaultSite(t *testing.T) {
	got, found, err := storetest.Open(t).Site(t.Context(), settings.DefaultID)
	if diff := cmp.Diff(settings.DefaultSite("default"), got, cmpopts.IgnoreUnexported(settings.Site{})); diff != "" || !found || err != nil {
		t.Errorf("%t, %v (-want +got):\n%s", found, err, diff)
	}
}

func TestGoals(t *testing.T) {
	s, ctx, site := storetest.Open(t), t.Context(), storetest.Site(t)
	putSetting(t, s, store.ShelfOf(site, "goals"), "b", `{"id":"b","kind":"lead","primary":true}`)
	putSetting(t, s, store.ShelfOf(site, "goals"), "a", `{"id":"a","kind":"order","match":{"type":"x"}}`)
	got, err := s.Goals(ctx, site)
	want := []settings.Goal{{ID: "a", Kind: "order", Match: &settings.Match{Type: "x"}}, {ID: "b", Kind: "lead", Primary: true}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	putSetting(t, s, store.ShelfOf(site, "goals"), "c", `not JSON`)
	if _, err := s.Goals(ctx, site); err == nil || fault.Of(err) != nil {
		t.Errorf("a broken item: got %v, want an error of ours", err)
	}
}

func TestHasKey(t *testing.T) {
	s, ctx := storetest.Open(t), t.Context()
	hash := settings.KeyHash(storetest.Site(t))
	if known, err := s.HasKey(ctx, hash); known || err != nil {
		t.Errorf("before: %t, %v", known, err)
	}
	putSetting(t, s, store.Keys, hash, `{"id":"k"}`)
	if known, err := s.HasKey(ctx, hash); !known || err != nil {
		t.Errorf("after: %t, %v", known, err)
	}
	if known, err := s.HasKey(ctx, ""); known || err != nil {
		t.Errorf("no hash: %t, %v", known, err)
	}
}

func putSetting(t *testing.T, s *store.Store, shelf store.Shelf, id, body string) {
	t.Helper()
	if _, err := s.PutSetting(t.Context(), shelf, store.Setting{ID: id, Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
}

func isConcurrent(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Code == fault.ConcurrentUpdate
}
