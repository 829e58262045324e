package click

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"tributary/shared/event"
	"tributary/shared/settings"
)

const fresh = "01JDK3T8ZQ6M1V4W2Y7X9RABCD"

// TestID ensures that an id tells what was followed, and that nothing else does.
func TestID(t *testing.T) {
	for _, c := range []struct {
		name, id string
		kind     Kind
		of       string
		ok       bool
	}{
		{"a link", ID(fresh, Link, "spring"), Link, "spring", true},
		{"a code with dots", ID(fresh, Code, "ada.10_x"), Code, "ada.10_x", true},
		{"a link in a mail", ID(fresh, Mail, "spring"), Mail, "spring", true},
		{"the shortest name", ID(fresh, Link, "a"), Link, "a", true},
		{"no name", fresh + ".c.", 0, "", false},
		{"another kind", fresh + ".x.spring", 0, "", false},
		{"small letters", strings.ToLower(fresh) + ".c.spring", 0, "", false},
		{"a short one", fresh[1:] + ".c.spring", 0, "", false},
		{"a name that no link has", ID(fresh, Link, strings.Repeat("a", 65)), 0, "", false},
		{"somebody else's click id", "EAIaIQobChMI_abc.def.ghi-jkl-mno", 0, "", false},
		{"nothing", "", 0, "", false},
	} {
		if kind, of, ok := Of(c.id); kind != c.kind || of != c.of || ok != c.ok {
			t.Errorf("%s: got %c %q %t, want %c %q %t", c.name, kind, of, ok, c.kind, c.of, c.ok)
		}
	}
}

// TestTarget ensures that the id is added without a change to anything else.
func TestTarget(t *testing.T) {
	for _, c := range []struct{ name, address, param, want string }{
		{"a bare host", "https://shop.example", "trb", "https://shop.example?trb=X"},
		{"a path", "https://shop.example/a", "trb", "https://shop.example/a?trb=X"},
		{"a query", "https://shop.example/?a=1", "trb", "https://shop.example/?a=1&trb=X"},
		{"a fragment", "https://shop.example/#top", "trb", "https://shop.example/?trb=X#top"},
		{"both", "https://shop.example/?a=1#top", "trb", "https://shop.example/?a=1&trb=X#top"},
		{"an empty query", "https://shop.example/?", "trb", "https://shop.example/?trb=X"},
		{"a question mark in the fragment", "https://shop.example/#/a?b=c", "trb", "https://shop.example/?trb=X#/a?b=c"},
		{"keys that stand twice stay", "https://shop.example/?a=1&a=2&b", "trb", "https://shop.example/?a=1&a=2&b&trb=X"},
		{"escapes and semicolons stay", "https://shop.example/?q=%c3%A9+x;y%2526&z=%zz", "trb", "https://shop.example/?q=%c3%A9+x;y%2526&z=%zz&trb=X"},
		{"a place that is kept for it", "https://shop.example/?trb=&a=1", "trb", "https://shop.example/?trb=X&a=1"},
		{"an older id, twice and escaped", "https://shop.example/?t%72b=old&a=1&trb=older", "trb", "https://shop.example/?trb=X&a=1"},
		{"a longer name is another", "https://shop.example/?trbx=1", "trb", "https://shop.example/?trbx=1&trb=X"},
		{"another parameter", "https://shop.example/?trb=1", "subid", "https://shop.example/?trb=1&subid=X"},
		{"an empty fragment", "https://shop.example/#", "trb", "https://shop.example/?trb=X#"},
	} {
		if got := Target(c.address, c.param, "X"); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// FuzzTarget ensures, for every target that can be stored and any click id, that the result can be stored too, leads to the
// same host and path, and has the same fragment and the same other parameters in the same order, byte by byte.
func FuzzTarget(f *testing.F) {
	f.Add("https://shop.example/a?b=c&b=d#e", "trb", fresh+".c.spring")
	f.Add("https://shop.example/?trb=&t%72b=1&x=%zz#?trb=2", "trb", "a&b=c#d")
	f.Add("https://[::1]:8443?&&=#", "a.b", "")
	f.Fuzz(func(t *testing.T, address, param, id string) {
		if settings.CheckTarget("target", address) != nil || settings.CheckID("click_param", param) != nil {
			return
		}
		got := Target(address, param, id)
		if err := settings.CheckTarget("target", got); err != nil {
			t.Fatalf("%q cannot be followed: %v", got, err)
		}
		was, _ := url.Parse(address)
		now, err := url.Parse(got)
		if err != nil || now.Host != was.Host || now.Scheme != "https" || now.EscapedPath() != was.EscapedPath() || now.User != nil {
			t.Fatalf("%q became %q: %v", address, got, err)
		}
		_, fragment, _ := strings.Cut(address, "#")
		if _, after, _ := strings.Cut(got, "#"); after != fragment {
			t.Fatalf("the fragment %q became %q", fragment, after)
		}
		if before, after := others(was.RawQuery, param), others(now.RawQuery, param); !slices.Equal(before, after) {
			t.Fatalf("the other parameters %q became %q", before, after)
		}
		q, _ := url.ParseQuery(now.RawQuery) // of a torn query it reads what can be read
		if v := q[param]; len(v) != 1 || v[0] != id {
			t.Fatalf("%q gives %s the values %q, want %q once", got, param, v, id)
		}
	})
}

// others are the parts of a query that are not param's, as they stand; of an empty query none.
func others(query, param string) []string {
	if query == "" {
		return nil
	}
	return slices.DeleteFunc(strings.Split(query, "&"), func(part string) bool { return isNamed(part, param) })
}

// TestVia ensures that a mail's link is e-mail unless its settings say what it is.
func TestVia(t *testing.T) {
	for _, c := range []struct {
		name string
		link settings.Link
		kind Kind
		want event.Via
	}{
		{"a link", settings.Link{ID: "go", Campaign: "spring"}, Link, event.Via{Link: "go", Campaign: "spring"}},
		{"in a mail", settings.Link{ID: "go"}, Mail, event.Via{Link: "go", Medium: "email"}},
		{"in a mail, by a source", settings.Link{ID: "go", Source: "acme"}, Mail, event.Via{Link: "go", Source: "acme"}},
		{"in a mail, of a channel", settings.Link{ID: "go", Channel: "Partners"}, Mail, event.Via{Link: "go", Channel: "Partners"}},
	} {
		if got := OfLink(c.link).Via(c.kind); *got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, *got, c.want)
		}
	}
	code := OfCode(settings.Code{ID: "ADA", Program: "friends", Advocate: "u_1", Invite: "i1"}, settings.Program{ID: "friends", Campaign: "friends", Channel: "Referral"})
	if got, want := *code.Via(Code), (event.Via{Link: "ADA", Campaign: "friends", Channel: "Referral", Source: "friends", Medium: "referral", Invite: "i1"}); got != want {
		t.Errorf("a code: got %+v, want %+v", got, want)
	}
}
