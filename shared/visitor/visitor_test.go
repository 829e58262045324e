package visitor

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"
)

const id = "1764093384123-0.8437583475834"

// Ensures whose cookie is kept and how: the site's own, a third party's apart, and none where nobody asked for one.
func TestSee(t *testing.T) {
	own := Domains{"shop.example", "shop.co.uk"}
	for _, c := range []struct {
		name    string
		domains Domains
		headers map[string]string
		want    string // the Set-Cookie line
	}{
		{"no domain is configured", nil, map[string]string{"sec-fetch-site": "same-site", "origin": "https://shop.example"}, ""},
		{"a page of the domain", own, map[string]string{"sec-fetch-site": "same-site", "origin": "https://www.shop.example"}, "SameSite=Lax; Domain=shop.example"},
		{"the domain itself", own, map[string]string{"sec-fetch-site": "same-site", "origin": "https://shop.co.uk"}, "SameSite=Lax; Domain=shop.co.uk"},
		{"the collector's own page", own, map[string]string{"sec-fetch-site": "same-origin", "referer": "https://t.shop.example/a"}, "SameSite=Lax; Domain=shop.example"},
		{"a picture has a referrer and no origin", own, map[string]string{"sec-fetch-site": "same-site", "sec-fetch-dest": "image", "referer": "https://shop.example/"}, "SameSite=Lax; Domain=shop.example"},
		{"an old browser", own, map[string]string{"origin": "https://shop.example:8443"}, "SameSite=Lax; Domain=shop.example"},
		{"an old browser on another site", own, map[string]string{"origin": "https://other.example"}, ""},
		{"a neighbour's name", own, map[string]string{"origin": "https://notshop.example"}, ""},
		{"another site's script, whatever it claims", own, map[string]string{"sec-fetch-site": "cross-site", "sec-fetch-dest": "empty", "origin": "https://shop.example"}, ""},
		{"another site's picture", own, map[string]string{"sec-fetch-site": "cross-site", "sec-fetch-dest": "image", "referer": "https://other.example/"}, "SameSite=None; Partitioned"},
		{"an address that was typed", own, map[string]string{"sec-fetch-site": "none", "sec-fetch-dest": "document"}, ""},
		{"a sandboxed page", own, map[string]string{"sec-fetch-site": "cross-site", "sec-fetch-dest": "empty", "origin": "null"}, ""},
		{"no address at all", own, map[string]string{"origin": "%zz"}, ""},
	} {
		b := c.domains.See(c.headers, []string{"other=1", Name + "=" + id})
		got := b.Cookie(id)
		if c.want == "" {
			if got != "" || b.ID != "" || b.Forget() != "" {
				t.Errorf("%s: got %q and the id %q, want no cookie read or set", c.name, got, b.ID)
			}
			continue
		}
		if want := Name + "=" + id + "; Path=/; Max-Age=34560000; Secure; HttpOnly; " + c.want; got != want || b.ID != id {
			t.Errorf("%s: got %q and the id %q, want %q", c.name, got, b.ID, want)
		}
	}
}

// Ensures that browsers' own rules of cookies read the line as it is meant.
func TestCookieIsOne(t *testing.T) {
	b := Domains{"shop.example"}.See(map[string]string{"origin": "https://shop.example"}, []string{Name + "=" + id})
	for _, line := range []string{b.Cookie(id), b.Forget()} {
		c, err := http.ParseSetCookie(line)
		if err != nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "shop.example" || c.MaxAge > 400*24*60*60 {
			t.Errorf("%s: got %+v, %v", line, c, err)
		}
	}
	embedded := Domains{"shop.example"}.See(map[string]string{"sec-fetch-site": "cross-site", "sec-fetch-dest": "image"}, nil)
	c, err := http.ParseSetCookie(embedded.Cookie(id))
	if err != nil || !c.Partitioned || !c.Secure || c.SameSite != http.SameSiteNoneMode || c.Domain != "" || embedded.Forget() != "" {
		t.Errorf("embedded: got %+v, %v", c, err)
	}
}

// Ensures that an id of a cookie is one that was made here: whoever has a name under the domain can set any cookie.
func TestMade(t *testing.T) {
	for _, good := range []string{id, "1764093384123-0", "1764093384123-5.1e-7", "1764093384123-0123456789abcdef0123456789abcdef"} {
		if !Made(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{
		"", "-", "1764093384123", "1764093384123-", "176409338412-0.1", "17640933841234-0.1", "1764093384123-A", "1764093384123-0;Domain=evil",
		"1764093384123-0\r\nSet-Cookie: a=b", "1764093384123-" + strings.Repeat("0", 41), "x764093384123-0", "1764093384123~0", "1764093384123-ä",
	} {
		if Made(bad) || find([]string{Name + "=" + bad}) != "" {
			t.Errorf("%q is taken", bad)
		}
	}
	if got := find([]string{Name + "=evil", "x" + Name + "=" + id, Name + "=" + id}); got != id {
		t.Errorf("got %q, want the one that is an id", got)
	}
}

// Ensures that a new id is made of the time and 128 random bits, and that a source that runs dry is told.
func TestNew(t *testing.T) {
	got, err := New(time.UnixMilli(1764093384123), bytes.NewReader(bytes.Repeat([]byte{0xab}, 16)))
	if want := "1764093384123-" + strings.Repeat("ab", 16); got != want || err != nil || !Made(got) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := New(time.UnixMilli(1), bytes.NewReader(nil)); err == nil {
		t.Error("no randomness is no error")
	}
}

// Ensures that no cookie and no header, however made, leads to a line that says more than it should.
func FuzzSee(f *testing.F) {
	f.Add("https://shop.example", "same-site", "tributary_id=1764093384123-0.1")
	f.Add("https://shop.example;x", "", "tributary_id=1764093384123-0.1; Domain=evil")
	f.Fuzz(func(t *testing.T, origin, site, cookie string) {
		b := Domains{"shop.example"}.See(map[string]string{"origin": origin, "sec-fetch-site": site, "sec-fetch-dest": "image"}, []string{cookie})
		line := b.Cookie(b.ID)
		if line == "" {
			return
		}
		if strings.Count(line, ";") > 7 || strings.ContainsAny(line, "\r\n") || !strings.Contains(line, "HttpOnly") {
			t.Fatalf("%q", line)
		}
	})
}
