package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

func TestKeptListsTheNewestFirst(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	old := store.Quarantined{ID: "01A", Site: site, Received: 999, Door: "collect", Code: "invalid_json", Message: "no", Raw: "{"}
	recent := store.Quarantined{ID: "01B", Site: site, Received: 1_700_000_000_000, Door: "pixel", Code: "missing_field", Field: "type", Message: "m", EventID: "e", Raw: "?"}
	for _, q := range []store.Quarantined{recent, old, recent} {
		if err := s.Keep(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Kept(t.Context(), site, 10)
	if diff := cmp.Diff([]store.Quarantined{recent, old}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := s.Kept(t.Context(), site, 1); err != nil || len(got) != 1 || got[0].ID != "01B" {
		t.Errorf("limit 1: got %v, %v; want 01B alone", got, err)
	}
}

func TestKeepTakesInputWithoutASite(t *testing.T) {
	s := storetest.Open(t)
	q := store.Quarantined{ID: storetest.Site(t), Received: 1, Door: "collect", Code: "invalid_json", Message: "no", Raw: "\x01"}
	if err := s.Keep(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	got, err := s.Kept(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range got {
		if g.ID == q.ID {
			return
		}
	}
	t.Errorf("%s is not among the %d kept without a site", q.ID, len(got))
}
