package consent

import (
	"bytes"
	"strings"
	"testing"
)

func TestNetwork(t *testing.T) {
	for ip, want := range map[string]string{
		"203.0.113.7": "203.0.113.0/24", "::ffff:203.0.113.7": "203.0.113.0/24", "2001:db8:1:2:3:4:5:6": "2001:db8:1::/48", "fe80::1%eth0": "fe80::/48",
		"": "", "203.0.113.7, 198.51.100.9": "", "localhost": "", "203.0.113.7:80": "",
	} {
		if got := Network(ip); got != want {
			t.Errorf("Network(%q) = %q, want %q", ip, got, want)
		}
	}
}

// Ensures that the id holds for one day, site, network and browser, that neighbours share a network, and that it is none
// without an address.
func TestDayID(t *testing.T) {
	salt, next := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	id := DayID(salt, "shop", "203.0.113.7", "browser")
	if len(id) != len(DayPrefix)+22 || !strings.HasPrefix(id, DayPrefix) || id != DayID(salt, "shop", "203.0.113.200", "browser") {
		t.Errorf("id %q", id)
	}
	for name, other := range map[string]string{
		"the next day": DayID(next, "shop", "203.0.113.7", "browser"), "another site": DayID(salt, "blog", "203.0.113.7", "browser"),
		"another network": DayID(salt, "shop", "203.0.114.7", "browser"), "another browser": DayID(salt, "shop", "203.0.113.7", "browser 2"),
		"parts that run together": DayID(salt, "shop2", "03.0.113.7", "browser"),
	} {
		if other == id {
			t.Errorf("%s: the id is the same", name)
		}
	}
	if DayID(salt, "shop", "", "browser") != "" || DayID(nil, "shop", "203.0.113.7", "browser") != "" {
		t.Error("there is an id without an address or a salt")
	}
}

// Ensures that whatever is given for an address yields the network of one or nothing, never the address itself.
func FuzzNetwork(f *testing.F) {
	f.Add("203.0.113.7")
	f.Add("2001:db8::1%x")
	f.Fuzz(func(t *testing.T, ip string) {
		if got := Network(ip); got != "" && !strings.HasSuffix(got, "/24") && !strings.HasSuffix(got, "/48") {
			t.Fatalf("Network(%q) = %q", ip, got)
		}
	})
}
