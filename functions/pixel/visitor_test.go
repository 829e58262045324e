package main

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/store/storetest"
	"tributary/shared/visitor"
)

const (
	idOfPage   = "1772366000000-0.25"
	idOfCookie = "1772300000000-0.5"
	idMade     = "1793534400000-abababababababababababababababab" // of the clock and of chance as these tests have it
)

// cookied is a hit of a picture in a page, where cookies are kept under shop.example.
func cookied(t *testing.T, query string, headers map[string]string, cookies ...string) (*handler, *httpapi.Request) {
	t.Helper()
	st := storetest.Open(t)
	site := storetest.MakeSite(t, st, `{}`)
	h := &handler{in: ingest.New("pixel", st, clock, quiet()), cookies: visitor.Domains{"shop.example"}, random: bytes.NewReader(bytes.Repeat([]byte{0xab}, 16))}
	r := hit(t, query+"&s="+site)
	maps.Copy(r.Headers, headers)
	r.Cookies = cookies
	return h, r
}

// Ensures whose picture it is, and which cookie goes along with it.
func TestVisitorOfAHit(t *testing.T) {
	own, foreign := map[string]string{"sec-fetch-site": "same-site"}, map[string]string{"sec-fetch-site": "cross-site"}
	lax, none := "; Path=/; Max-Age=34560000; Secure; HttpOnly; SameSite=Lax; Domain=shop.example", "; Path=/; Max-Age=34560000; Secure; HttpOnly; SameSite=None; Partitioned"
	for _, c := range []struct {
		name, query string
		headers     map[string]string
		cookie      string
		set         string
	}{
		{"a page without scripts names nobody", "e=page_view", own, "", idMade + lax},
		{"and is known again", "e=page_view", own, idOfCookie, idOfCookie + lax},
		{"the tracker's id goes into the cookie", "e=visit&v=" + idOfPage, own, "", idOfPage + lax},
		{"the cookie's id goes before the tracker's", "e=visit&v=" + idOfPage, own, idOfCookie, idOfCookie + lax},
		{"an ad on another site keeps its visitor there", "e=impression", foreign, "", idMade + none},
		{"and knows them there", "e=impression", foreign, idOfCookie, idOfCookie + none},
		{"an id of the page's own making stands", "e=visit&v=a1", own, idOfCookie, ""},
		{"a mail's picture is of its recipient", "e=email_opened&m=m1&u=u1", foreign, "", ""},
		{"no consent takes the cookie away", "e=lead&u=u1&consent=denied", own, idOfCookie, "; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax; Domain=shop.example"},
	} {
		var cookies []string
		if c.cookie != "" {
			cookies = []string{visitor.Name + "=" + c.cookie}
		}
		h, r := cookied(t, c.query, c.headers, cookies...)
		res := ask(t, h, r)
		want := ""
		if c.set != "" {
			want = visitor.Name + "=" + c.set
		}
		if got := strings.Join(res.Cookies, "\n"); got != want || res.Headers["x-tributary"] != "accepted" {
			t.Errorf("%s: got %s, Set-Cookie %q, want %q", c.name, res.Headers["x-tributary"], got, want)
		}
	}
}

// Ensures that a bot gets no id, and that without a domain in the configuration nobody does.
func TestWhoGetsNoCookie(t *testing.T) {
	h, r := cookied(t, "e=impression&v="+idOfPage, map[string]string{"sec-fetch-site": "same-site"})
	h.cookies = nil
	if res := ask(t, h, r); len(res.Cookies) > 0 {
		t.Errorf("not configured: got %q", res.Cookies)
	}
	h, r = cookied(t, "e=lead&u=u1", map[string]string{"sec-fetch-site": "same-site", "user-agent": "Googlebot/2.1"})
	if res := ask(t, h, r); len(res.Cookies) > 0 {
		t.Errorf("a bot: got %q", res.Cookies)
	}
}

// Ensures that a page without scripts counts with its address, tags included.
func TestPageWithoutScripts(t *testing.T) {
	h, r := cookied(t, "e=page_view", map[string]string{"sec-fetch-site": "same-site", "referer": "https://shop.example/a?utm_source=news&utm_medium=email", "tributary-dry-run": "1"})
	res := ask(t, h, r)
	for _, want := range []string{`"page":"https://shop.example/a`, `"source":"news"`, `"medium":"email"`, `"page_views"`} {
		if !strings.Contains(res.Body, want) {
			t.Errorf("%s lacks %s", res.Body, want)
		}
	}
}
