package webhook

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Ensures that a signed delivery waits as it came, but for headers that are nobody's business, and that none waits that would
// take a secret along.
func TestUnverified(t *testing.T) {
	now := time.UnixMilli(1767225600123)
	signed := func(change func(d *Delivery)) *Delivery {
		d := &Delivery{
			Method: "POST", URL: "https://x.example/hooks/stripe", Body: []byte("{\xff"), Now: now, Source: "192.0.2.1",
			Header: map[string]string{"stripe-signature": "t=1,v1=ab", "content-type": "application/json"},
		}
		change(d)
		return d
	}
	d := signed(func(d *Delivery) { d.Header["cookie"] = "session=1" })
	raw, ok := KeepUnverified("stripe", d)
	if !ok || strings.Contains(string(raw), "session") {
		t.Fatalf("got %s, %v; want it kept without the cookie", raw, ok)
	}
	id, got, err := Unverified(raw)
	delete(d.Header, "cookie")
	if diff := cmp.Diff(d, got); err != nil || id != "stripe" || diff != "" {
		t.Errorf("%q, %v (-want +got):\n%s", id, err, diff)
	}
	for name, change := range map[string]func(d *Delivery){
		"no signature":           func(d *Delivery) { delete(d.Header, "stripe-signature") },
		"a token in the address": func(d *Delivery) { d.Path = "guess-me-not" },
		"a token in the query":   func(d *Delivery) { d.Query = "a=1&" + TokenParam + "=guess-me-not" },
		"a bearer token":         func(d *Delivery) { d.Header["authorization"] = "Bearer guess-me-not" },
	} {
		if raw, ok := KeepUnverified("stripe", signed(change)); ok {
			t.Errorf("%s: kept as %s", name, raw)
		}
	}
	for _, bad := range []string{"", "{", "{}", `{"connection":""}`} {
		if _, _, err := Unverified([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
