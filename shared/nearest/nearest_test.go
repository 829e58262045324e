package nearest

import (
	"strings"
	"testing"
)

// TestTo ensures that a slip finds its name, and that what is like none finds none.
func TestTo(t *testing.T) {
	names := []string{"visits", "visitors", "cpa_minor", "cpc_minor", "roas_gross", "roas_net", "time_decay", "page"}
	for _, row := range []struct{ name, written, want string }{
		{"a letter left out", "vists", "visits"},
		{"two swapped", "viists", "visits"},
		{"a letter too many", "visitorss", "visitors"},
		{"the beginning", "roas", "roas_gross"},
		{"without its unit", "cpc", "cpc_minor"},
		{"in capitals", "CPA_MINOR", "cpa_minor"},
		{"another separator", "time-decay", "time_decay"},
		{"as it is", "page", "page"},
		{"nothing like it", "weather", ""},
		{"a short name that is another's", "ab", ""},
		{"nothing", "", ""},
		{"a text", strings.Repeat("visits", 20), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, ok := To(row.written, names)
			if got != row.want || ok != (row.want != "") {
				t.Errorf("got %q %t, want %q", got, ok, row.want)
			}
		})
	}
}

// TestHint ensures that a hint goes into a sentence, or nothing.
func TestHint(t *testing.T) {
	if got, want := Hint("vists", []string{"visits"}), ` (did you mean "visits"?)`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Hint("weather", []string{"visits"}); got != "" {
		t.Errorf("got %q, want none", got)
	}
}

// FuzzSlips holds the distance to what any distance keeps: none of a text to itself, the same both ways, no more than the longer has letters.
func FuzzSlips(f *testing.F) {
	f.Add("visits", "visitors")
	f.Add("", "a")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > longest || len(b) > longest {
			return
		}
		if d := slips(a, b); d != slips(b, a) || d > max(len(a), len(b)) || (d == 0) != (a == b) {
			t.Errorf("slips of %q and %q: %d and %d", a, b, d, slips(b, a))
		}
	})
}
