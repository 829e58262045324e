package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/store"
	"tributary/shared/visitor"
)

const (
	idOfPage   = "1793534400000-0.25"
	idOfCookie = "1793500000000-0.5"
)

// fromPage is a request of a page of shop.example, with the cookies that its browser sends along.
func fromPage(t *testing.T, body, site string, cookies ...string) *httpapi.Request {
	t.Helper()
	r := request(t, "beacon.json", body)
	r.Headers["origin"], r.Headers["sec-fetch-site"] = "https://www.shop.example", site
	r.Cookies = cookies
	return r
}

// Ensures who the visitor is and which cookie is set when page, cookie and consent say this and that.
func TestVisitorOfABatch(t *testing.T) {
	visit := func(id string) string { return `{"id":"v","type":"visit","anonymous_id":"` + id + `"}` }
	cookie := visitor.Name + "=" + idOfCookie
	for _, c := range []struct {
		name, event, site, cookie string
		want                      string // the id that is told
		set                       string // begins the Set-Cookie line
	}{
		{"the tracker's id goes into the cookie", visit(idOfPage), "same-site", "", idOfPage, visitor.Name + "=" + idOfPage + "; "},
		{"the cookie's id is told", visit(idOfPage), "same-site", cookie, idOfCookie, visitor.Name + "=" + idOfCookie + "; "},
		{"another site's cookie says nothing", visit(idOfPage), "cross-site", cookie, idOfPage, ""},
		{"an id of the page's own making stands and is nowhere kept", visit("a-1"), "same-site", "", "", ""},
		{"a cookie that somebody else set is nothing", visit(idOfPage), "same-site", visitor.Name + "=evil", idOfPage, visitor.Name + "=" + idOfPage + "; "},
		{"no consent takes the cookie away", `{"id":"v","type":"lead","email":"ada@example.org","consent":"denied"}`, "same-site", cookie, "", visitor.Name + "=; Path=/; Max-Age=0; "},
		{"nor what is kept of a dropped identity", `{"id":"v","type":"identify","user_id":"u","email":"ada@example.org","consent":"denied"}`, "same-site", cookie, "", visitor.Name + "=; Path=/; Max-Age=0; "},
		{"what is refused sets none", `{"id":"v","type":"goal","anonymous_id":"` + idOfPage + `"}`, "same-site", "", "", ""},
	} {
		h := over(&flaky{})
		h.cookies = visitor.Domains{"shop.example"}
		var cookies []string
		if c.cookie != "" {
			cookies = append(cookies, c.cookie)
		}
		res, err := h.serve(t.Context(), fromPage(t, batchOf(c.event), c.site, cookies...))
		if err != nil {
			t.Fatal(err)
		}
		var a answer
		if err := json.Unmarshal([]byte(res.Body), &a); err != nil || a.Visitor == nil || a.Visitor.ID != c.want {
			t.Errorf("%s: got %s, %v, want the id %q", c.name, res.Body, err, c.want)
		}
		set := strings.Join(res.Cookies, "\n")
		if c.set == "" && set != "" || !strings.HasPrefix(set, c.set) {
			t.Errorf("%s: got Set-Cookie %q, want %q", c.name, set, c.set)
		}
	}
}

// Ensures that without a domain in the configuration no cookie is read or set.
func TestNoCookieUnlessConfigured(t *testing.T) {
	h := over(&flaky{})
	res, err := h.serve(t.Context(), fromPage(t, batchOf(`{"type":"visit","anonymous_id":"`+idOfPage+`"}`), "same-site", visitor.Name+"="+idOfCookie))
	if err != nil || len(res.Cookies) > 0 || !strings.Contains(res.Body, `"visitor":{"id":"`+idOfPage+`"}`) {
		t.Errorf("got %v %s, %v", res.Cookies, res.Body, err)
	}
}

// Ensures that a batch counts as settled by its answer where, and only where, sending it again would change nothing.
func TestAnswersThatSettle(t *testing.T) {
	down := &flaky{fail: "|v|"}
	visit := `{"id":"v","type":"visit","anonymous_id":"` + idOfPage + `"}`
	for _, c := range []struct {
		name, body string
		store      *flaky
		status     int
		settled    bool
	}{
		{"stored", batchOf(visit), &flaky{}, 202, true},
		{"refused", batchOf(`{"type":"goal"}`), &flaky{}, 400, true},
		{"no JSON", "{", &flaky{}, 400, true},
		{"too large", strings.Repeat(" ", publicBytes+1), &flaky{}, fault.TooLarge.Status(), true},
		{"not stored", batchOf(visit), down, 503, false},
		{"partly stored", batchOf(visit, `{"id":"w","type":"lead","user_id":"u"}`), down, 202, false},
	} {
		res, err := over(c.store).serve(t.Context(), fromPage(t, c.body, "same-site"))
		if got := strings.Contains(res.Body, `"visitor":{`); err != nil || res.StatusCode != c.status || got != c.settled {
			t.Errorf("%s: got %d %s, %v; want %d, settled %v", c.name, res.StatusCode, res.Body, err, c.status, c.settled)
		}
	}
}

// Ensures that the tracker, which always sends cookies along, may read the answer on any page, and that keyed senders hear
// nothing of visitors.
func TestAnswersAreForEveryPage(t *testing.T) {
	h := over(&flaky{})
	h.cookies = visitor.Domains{"shop.example"}
	res, err := h.serve(t.Context(), fromPage(t, batchOf(`{"type":"visit","anonymous_id":"`+idOfPage+`"}`), "same-site"))
	if err != nil || res.Headers["access-control-allow-origin"] != "https://www.shop.example" || res.Headers["access-control-allow-credentials"] != "true" || res.Headers["vary"] != "origin" {
		t.Errorf("got %v, %v", res.Headers, err)
	}
	r := request(t, "keyed.json", batchOf(`{"type":"visit","anonymous_id":"`+idOfPage+`"}`))
	r.Headers["origin"] = "https://www.shop.example"
	res, err = h.serve(t.Context(), r)
	if err != nil || res.StatusCode != http.StatusAccepted || len(res.Cookies) > 0 || strings.Contains(res.Body, "visitor") {
		t.Errorf("keyed: got %d %v %s, %v", res.StatusCode, res.Cookies, res.Body, err)
	}
}

// Ensures that the cookie's id is what is stored.
func TestTheCookiesVisitorIsStored(t *testing.T) {
	h, st, site := open(t, `{}`)
	h.cookies = visitor.Domains{"shop.example"}
	r := fromPage(t, batchOf(`{"id":"v","type":"visit","site":"`+site+`","anonymous_id":"`+idOfPage+`"}`), "same-site", visitor.Name+"="+idOfCookie)
	for _, want := range []string{`"accepted":1`, `"duplicates":1`} { // and a retry finds it again
		if res, err := h.serve(t.Context(), r); err != nil || !strings.Contains(res.Body, want) {
			t.Fatalf("got %s, %v, want %s", res.Body, err, want)
		}
	}
	for id, want := range map[string]int{idOfCookie: 1, idOfPage: 0} {
		events, err := st.HomeEvents(t.Context(), site, "A#"+id)
		if err != nil || len(events) != want {
			t.Errorf("%s: got %d events, %v, want %d", id, len(events), err, want)
		}
	}
}

// Ensures that a browser which sends the Global Privacy Control keeps no cookie of the collector's.
func TestPrivacyControlTakesTheCookieAway(t *testing.T) {
	h := over(&flaky{})
	h.cookies = visitor.Domains{"shop.example"}
	r := fromPage(t, batchOf(`{"type":"visit","anonymous_id":"`+idOfPage+`"}`), "same-site", visitor.Name+"="+idOfCookie)
	r.Headers["sec-gpc"] = "1"
	res, err := h.serve(t.Context(), r)
	if err != nil || len(res.Cookies) != 1 || !strings.Contains(res.Cookies[0], "Max-Age=0") || !strings.Contains(res.Body, `"visitor":{}`) {
		t.Errorf("got %q %s, %v", res.Cookies, res.Body, err)
	}
}

// Ensures that whoever's events wait in S3 stays who the page says, but for those who object, and that nobody is made up.
func TestUnsettledVisitors(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"an id of the tracker's", `{"anonymous_id":"` + idOfPage + `"}`, idOfPage},
		{"one who objects", `{"anonymous_id":"` + idOfPage + `","consent":"denied"}`, ""},
		{"an id of the page's own making", `{"anonymous_id":"ada"}`, ""},
		{"nobody", `{}`, ""},
	} {
		b := &batch{items: []ingest.Item{{Outcome: store.Stored, Raw: `{"anonymous_id":"x"}`}, {Outcome: ingest.Spilled, Raw: c.raw}}}
		if got := b.unsettled(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
