package event

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/fault"
)

// Ensures that fields put together by a program make the very event that their JSON makes, its hash included.
func TestFromFieldsIsParse(t *testing.T) {
	d := Door{Trust: TrustWebhook, Now: 1_800_000_000_000, NewID: func() string { return "new" }}
	want, err := Parse([]byte(`{"id":"evt_1","type":"conversion","order_id":"o-1","order_aliases":["pi_1","ch_1"],"value_minor":4200,"currency":"USD",
		"provider_ids":["stripe:cus_1"],"time":1799999999000,"props":{"kind":"order","tries":2,"live":true},"email":"ada@example.org","click_ids":{"gclid":"g"}}`), d)
	if err != nil {
		t.Fatal(err)
	}
	got, err := FromFields(map[string]any{
		"id": "evt_1", "type": "conversion", "order_id": "o-1", "order_aliases": []string{"pi_1", "ch_1"}, "value_minor": int64(4200), "currency": "USD",
		"provider_ids": []string{"stripe:cus_1"}, "time": int64(1799999999000), "props": map[string]any{"kind": "order", "tries": 2, "live": true},
		"email": "ada@example.org", "click_ids": map[string]string{"gclid": "g"}, "campaign": "", "items": []any{}, "phone": nil,
	}, d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Ensures that what Parse's bytes could not hold is refused here too.
func TestFromFieldsRefuses(t *testing.T) {
	deep := any("x")
	for range maxDepth + 1 {
		deep = []any{deep}
	}
	for _, c := range []struct {
		name   string
		fields map[string]any
		want   fault.Code
	}{
		{"invalid UTF-8", map[string]any{"type": "lead", "user_id": "a\xff"}, fault.InvalidJSON},
		{"NUL", map[string]any{"type": "lead", "props": map[string]any{"x": "a\x00"}}, fault.InvalidJSON},
		{"too deep", map[string]any{"type": "lead", "props": map[string]any{"x": deep}}, fault.InvalidJSON},
		{"a kind that JSON has not", map[string]any{"type": "lead", "props": map[string]any{"x": 1.5}}, fault.InvalidField},
		{"too large", map[string]any{"type": "lead", "props": map[string]any{"x": strings.Repeat("y", MaxBytes)}}, fault.TooLarge},
		{"no type", map[string]any{"user_id": "u"}, fault.MissingField},
	} {
		if _, err := FromFields(c.fields, Door{}); fault.Of(err) == nil || fault.Of(err).Code != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}
