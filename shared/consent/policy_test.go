package consent

import (
	"testing"

	"tributary/shared/event"
)

// Ensures that the strictest of what applies stands, that nobody's objection is lifted by a page's word, and that a site
// decides what each signal means.
func TestTier(t *testing.T) {
	lax := Policy{GPC: Full, DNT: Full, Denied: Cookieless, Unknown: Full}
	strict := Policy{GPC: Drop, DNT: Count, Denied: Drop, Unknown: Cookieless}
	for _, c := range []struct {
		name     string
		policy   Policy
		gpc, dnt bool
		batch    string
		word     string
		want     Tier
		why      string
	}{
		{"nothing is said", Default(), false, false, "", "", Full, ""},
		{"GPC", Default(), true, false, "", "", Count, "gpc"},
		{"DNT", Default(), false, true, "", "", Count, "dnt"},
		{"denied", Default(), false, false, "", "denied", Count, "denied"},
		{"granted", Default(), false, false, "", "granted", Full, "granted"},
		{"granted with GPC", Default(), true, false, "", "granted", Count, "gpc"},
		{"denied for the batch", Default(), false, false, "denied", "", Count, "denied"},
		{"an event's own word goes first", Default(), false, false, "denied", "granted", Full, "granted"},
		{"a site that ignores signals", lax, true, true, "", "", Full, ""},
		{"and takes a denial lightly", lax, true, true, "", "denied", Cookieless, "denied"},
		{"a site that keeps nothing", strict, true, true, "", "", Drop, "gpc"},
		{"a site without cookies", strict, false, false, "", "", Cookieless, ""},
		{"unless they are wanted", strict, false, false, "", "granted", Full, "granted"},
		{"stored before there were tiers", Policy{}, true, false, "", "", Count, "gpc"},
	} {
		d := event.Door{GPC: c.gpc, DNT: c.dnt, Consent: c.batch}
		got, why := c.policy.Tier(d, &event.Event{Consent: c.word})
		if got != c.want || why != c.why {
			t.Errorf("%s: got %s because of %q, want %s because of %q", c.name, got, why, c.want, c.why)
		}
	}
}

func TestRead(t *testing.T) {
	for word, want := range map[string]State{
		"": NotAsked, "unknown": NotAsked, "granted": Granted, "Granted": Granted, "true": Granted, "G111": Granted, "denied": Denied, "no": Denied, "0": Denied,
		"G100": Denied, "G101": Denied, "G110": Denied, "G1--": NotAsked, "analytics=false": Denied,
	} {
		if got := Read(word); got != want {
			t.Errorf("Read(%q) = %d, want %d", word, got, want)
		}
	}
}

// Ensures that only the values that the standards have are signals, and that the address is the gateway's word and not a
// header's.
func TestSee(t *testing.T) {
	for _, c := range []struct {
		headers  map[string]string
		gpc, dnt bool
	}{
		{map[string]string{}, false, false},
		{map[string]string{"sec-gpc": "1", "dnt": "1"}, true, true},
		{map[string]string{"sec-gpc": "0", "dnt": "0"}, false, false},
		{map[string]string{"sec-gpc": "true", "dnt": "unspecified"}, false, false},
	} {
		c.headers["x-forwarded-for"], c.headers["user-agent"] = "198.51.100.9", "browser"
		d := event.Door{}
		See(&d, c.headers, "203.0.113.7")
		if d.GPC != c.gpc || d.DNT != c.dnt || d.IP != "203.0.113.7" || d.UserAgent != "browser" {
			t.Errorf("%v: got %+v", c.headers, d)
		}
	}
}
