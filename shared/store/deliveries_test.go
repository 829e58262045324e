package store_test

import (
	"bytes"
	"testing"
	"time"

	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// Ensures that a delivery comes back byte for byte, whatever its bytes and its size, and is listed with its reason.
func TestDeliveriesAreKeptWhole(t *testing.T) {
	s, site := storetest.Open(t), storetest.Site(t)
	for name, raw := range map[string][]byte{"small": []byte("{\xff\x00"), "many items": bytes.Repeat([]byte("0123456\xfe"), 130_000)} {
		q := store.Quarantined{ID: site + name, Site: site, Received: time.Now().UnixMilli(), Door: "webhook", Code: "invalid_json", Message: "no", Raw: "{"}
		if err := s.KeepDelivery(t.Context(), q, raw); err != nil {
			t.Fatal(err)
		}
		got, err := s.Delivery(t.Context(), q.ID)
		if err != nil || !bytes.Equal(got, raw) {
			t.Errorf("%s: %d bytes, %v; want %d", name, len(got), err, len(raw))
		}
	}
	if list, err := s.Kept(t.Context(), site, 10); err != nil || len(list) != 2 {
		t.Errorf("listed: %v, %v; want 2", list, err)
	}
	if got, err := s.Delivery(t.Context(), "none"); err != nil || got != nil {
		t.Errorf("an unknown one: %q, %v", got, err)
	}
}

// Ensures that a token opens for one content, as often as that comes, and for no other.
func TestATokenIsSpentOnce(t *testing.T) {
	s, c := storetest.Open(t), storetest.Site(t)
	for _, step := range []struct {
		name, token, content string
		want                 bool
	}{
		{"first", "t1", "a", true},
		{"the same again", "t1", "a", true},
		{"another content", "t1", "b", false},
		{"another token", "t2", "b", true},
	} {
		if got, err := s.Spend(t.Context(), c, step.token, step.content, 2_000_000_000); err != nil || got != step.want {
			t.Errorf("%s: got %v, %v, want %v", step.name, got, err, step.want)
		}
	}
}
