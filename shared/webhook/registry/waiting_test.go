package registry

import (
	"strings"
	"testing"
	"time"

	"tributary/shared/webhook"
)

// Ensures that what a provider reads of a delivery's headers is there still once it has waited: another header of the same
// length is sealed.
func TestWhatProvidersReadWaitsAsItCame(t *testing.T) {
	const v = "long enough to be a token"
	for _, p := range All() {
		d := &webhook.Delivery{Method: "POST", Header: map[string]string{"x-else": v}, Now: time.UnixMilli(1)}
		for _, name := range p.Headers {
			d.Header[name] = v
		}
		raw, ok := webhook.KeepUnverified("x", d, []byte("salt"))
		_, got, err := webhook.Unverified(raw)
		if !ok || err != nil {
			t.Fatalf("%s: %v, %v", p.Name, ok, err)
		}
		for _, name := range p.Headers {
			if got.Header[name] != v {
				t.Errorf("%s reads %s, and after it waited it is %q", p.Name, name, got.Header[name])
			}
		}
		if strings.Contains(got.Header["x-else"], v) {
			t.Errorf("%s: a header that nobody reads waits as it came", p.Name)
		}
	}
}
