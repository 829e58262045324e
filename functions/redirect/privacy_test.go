package main

import (
	"bytes"
	"strings"
	"testing"

	"tributary/shared/click"
	"tributary/shared/consent"
	"tributary/shared/settings"
	"tributary/shared/visitor"
)

// open is a fake store with one link and a policy, and a bench over it that keeps cookies under shop.example.
func open(t *testing.T, p consent.Policy) (*fake, *bench) {
	f := &fake{way: click.OfLink(settings.Link{ID: "go", Target: "https://shop.example/", ClickParam: "trb"}), site: settings.DefaultSite("shop")}
	f.site.Consent = p
	b := over(t, f)
	b.cookies, b.random = visitor.Domains{"shop.example"}, bytes.NewReader(bytes.Repeat([]byte{0xab}, 16))
	return f, b
}

// TestObjectors ensures that whoever objects is sent on without a click's id and without a cookie, and is counted or dropped
// as the site says; and that an objection stands while the store is away.
func TestObjectors(t *testing.T) {
	dropping := consent.Default()
	dropping.GPC = consent.Drop
	for _, c := range []struct {
		name, header, verdict string
		policy                consent.Policy
		down                  bool
		stored                int
	}{
		{"counted", "sec-gpc", "accepted", consent.Default(), false, 1},
		{"dropped", "sec-gpc", "not counted: consent", dropping, false, 0},
		{"while the store is away", "sec-gpc", "failed: store_unavailable", consent.Default(), true, 0},
		{"do not track", "dnt", "accepted", consent.Default(), false, 1},
	} {
		f, b := open(t, c.policy)
		f.down = c.down
		r := b.request("/c/go", "")
		r.Headers[c.header], r.Headers["host"] = "1", "t.shop.example"
		res := b.ask(r)
		if res.Headers["location"] != "https://shop.example/" || len(res.Cookies) > 0 || res.Headers["x-tributary"] != c.verdict || len(f.got) != c.stored {
			t.Errorf("%s: sent to %s with %q: %s, stored %d; want %s and %d", c.name, res.Headers["location"], res.Cookies, res.Headers["x-tributary"], len(f.got), c.verdict, c.stored)
		}
		if len(f.got) == 1 && (f.got[0].AnonymousID != "" || len(f.got[0].ClickIDs) > 0 || f.got[0].Link != "go") {
			t.Errorf("%s: stored %+v", c.name, f.got[0])
		}
	}
}

// TestVisitorOfAClick ensures that a click is of the browser whose cookie comes along, that a person without one gets one where
// cookies are kept, and that a machine never does.
func TestVisitorOfAClick(t *testing.T) {
	const known, made = "1772300000000-0.5", "1793534400000-abababababababababababababababab"
	for _, c := range []struct{ name, host, cookie, agent, visitor, set string }{
		{"known by the cookie", "t.shop.example", known, "", known, known},
		{"new", "t.shop.example", "", "", made, made},
		{"a machine", "t.shop.example", "", "curl/8.5.0", "", ""},
		{"another name of the collector's", "a1.execute-api.example", known, "", "", ""},
		{"a cookie that somebody else set", "t.shop.example", "<script>", "", made, made},
	} {
		f, b := open(t, consent.Default())
		r := b.request("/c/go", "")
		r.Headers["host"] = c.host
		if c.agent != "" {
			r.Headers["user-agent"] = c.agent
		}
		if c.cookie != "" {
			r.Cookies = []string{visitor.Name + "=" + c.cookie}
		}
		res := b.ask(r)
		want := c.visitor
		if want == "" {
			want = f.got[0].ID // nobody who is known
		}
		if len(f.got) != 1 || f.got[0].AnonymousID != want {
			t.Errorf("%s: stored %+v, want the visitor %s", c.name, f.got, want)
		}
		if cookie := strings.Join(res.Cookies, "\n"); (c.set == "") != (cookie == "") || !strings.HasPrefix(cookie, visitor.Name+"="+c.set) && c.set != "" {
			t.Errorf("%s: Set-Cookie %q, want %q", c.name, cookie, c.set)
		}
	}
}
