package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"tributary/shared/browsertest"
	"tributary/shared/visitor"
)

// offline cuts the page from the network, or brings it back.
func (tb *tab) offline(yes bool) {
	tb.s.t.Helper()
	tb.do(
		send(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1}}}),
		send(network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1}),
	)
}

// Ensures that what happens without a network is kept, also over hiding the page, and arrives once with the time at which it
// happened when the network is back.
func TestBrowserOfflineAndBack(t *testing.T) {
	s := newStage(t)
	s.page(home, "", "")
	tb := s.visitor(send(network.Enable, network.EnableParams{})).open(home)
	tb.settled()
	tb.offline(true)
	tb.run(`tributary("event", "add_to_cart", {cart_id: "k1"})`)
	tb.settled() // the request fails
	tb.run(`dispatchEvent(new Event("pagehide"))`)
	tb.run(`tributary("event", "begin_checkout", {cart_id: "k1"})`)
	tb.settled()
	if n := len(s.wires); n != 1 {
		t.Fatalf("%d requests while there is no network, want the first alone", n)
	}
	tb.offline(false)
	s.untilTypes("visit", "page_view", "add_to_cart", "begin_checkout")
	last := s.wires[len(s.wires)-1]
	if at := last.Events[0]["time"].(float64); last.Mode != "cors" || last.SentAt <= at || !same(field(last.Events, "session_id")) {
		t.Errorf("got %+v, want a fetch that is sent after it happened", last)
	}
}

// Ensures that an answer which gets lost loses and doubles nothing: the events are sent again with the same ids.
func TestBrowserLostAnswers(t *testing.T) {
	s := newStage(t)
	s.page(home, "", "")
	s.lose = 1
	tb := s.visitor().open(home)
	s.until("the lost answer", func() bool { return len(s.wires) == 1 })
	for range 2 { // the first waits for the answer that does not come, the second for that of the second try
		tb.settled()
	}
	s.untilTypes("visit", "page_view")
	if n := len(s.wires); n != 2 || !s.wires[0].Dropped || len(s.wires[1].Events) != 2 || len(s.stored()) != 2 {
		t.Errorf("%d requests, %d events stored, want 2 and 2:\n%s", n, len(s.stored()), s.seen())
	}
}

// nobody holds the events to naming nobody, and the browser to keeping nothing.
func nobody(t *testing.T, tb *tab) {
	t.Helper()
	for _, x := range tb.s.wires {
		for _, e := range x.Events {
			for _, name := range []string{"anonymous_id", "session_id", "user_id", "identify", "email", "phone"} {
				if e[name] != nil {
					t.Errorf("%v names %s", e, name)
				}
			}
			if e["consent"] != "denied" || strings.Contains(x.Body, "gclid") || strings.Contains(x.Body, "ada@") {
				t.Errorf("sent %s", x.Body)
			}
		}
		if strings.Contains(x.Cookie, visitor.Name) {
			t.Errorf("sent the cookie %s", x.Cookie)
		}
	}
	for _, e := range tb.s.stored() {
		if len(e.IDs()) > 0 || len(e.ClickIDs) > 0 || e.SessionID != "" {
			t.Errorf("stored %+v", e)
		}
	}
	if own := eval[string](tb, `document.cookie`); own != "" || len(tb.cookies()) > 0 {
		t.Errorf("kept %q and %v", own, tb.cookies())
	}
}

// Ensures that without consent views and goals are counted and nobody is named, on the wire, in the browser and in the store; and
// that consent given later begins the visit with all that the address says.
func TestBrowserConsentDenied(t *testing.T) {
	s := newStage(t)
	s.page(home, stub+`<script>
		tributary("consent", "denied");
		tributary("conversion", {goal: "signup", email: "ada@example.org"});
		tributary("identify", "u_1", {email: "ada@example.org"});
	</script>`, "")
	tb := s.visitor().open(home + "?utm_source=news&utm_medium=email&gclid=g1&mail=ada@example.org")
	if id := tb.settled(); id != "" {
		t.Errorf("told the id %s", id)
	}
	s.untilTypes("conversion", "identify", "page_view")
	nobody(t, tb)
	if got := s.stored(); len(got) != 2 || got[1].Type != "page_view" || got[1].Channel != "Email" {
		t.Errorf("stored %+v, want a view from the newsletter and the goal", got)
	}
	tb.run(`tributary("consent", "granted"); tributary("event", "survey")`)
	id := tb.settled()
	events := s.untilTypes("conversion", "identify", "page_view", "visit", "survey")
	if visit := events[3]; visit["consent"] != "granted" || visit["anonymous_id"] != id || !strings.Contains(visit["page"].(string), "gclid=g1") {
		t.Errorf("after consent: %v of %s", visit, id)
	}
	tb.run(`tributary("consent", "denied")`)
	tb.run(`tributary("event", "survey")`)
	tb.settled()
	events = s.untilTypes("conversion", "identify", "page_view", "visit", "survey", "survey")
	if e := events[5]; e["anonymous_id"] != nil || eval[string](tb, `document.cookie`) != "" || len(tb.cookies()) > 0 {
		t.Errorf("after consent was withdrawn: %v, %q, %v", e, eval[string](tb, `document.cookie`), tb.cookies())
	}
}

// Ensures that a browser which sends the Global Privacy Control is treated so without a word of the page.
func TestBrowserGlobalPrivacyControl(t *testing.T) {
	s := newStage(t, chromedp.Flag("enable-features", "GlobalPrivacyControlForce"))
	s.page(home, "", "")
	tb := s.visitor().open(home + "?gclid=g1")
	if !eval[bool](tb, `navigator.globalPrivacyControl === true`) {
		browsertest.Needed(t, "this chromium knows no Global Privacy Control")
	}
	tb.settled()
	s.untilTypes("page_view")
	nobody(t, tb)
}

// Ensures that who blocks cookies is counted and not followed, instead of being somebody new on every page.
func TestBrowserBlockedCookies(t *testing.T) {
	s := newStage(t)
	s.page(home, "", "")
	tb := s.visitor(send(emulation.SetDocumentCookieDisabled, emulation.SetDocumentCookieDisabledParams{Disabled: true}))
	tb.open(home).settled()
	tb.open(home).settled()
	s.untilTypes("page_view", "page_view")
	nobody(t, tb)
}

// Ensures that a page of another company's, where the collector is a third party, works by its own cookie alone.
func TestBrowserThirdPartyCollector(t *testing.T) {
	s := newStage(t)
	s.page("https://www.other.example/", "", "")
	tb := s.visitor().open("https://www.other.example/")
	id := tb.settled()
	if again := tb.open("https://www.other.example/").settled(); again != id || id == "" {
		t.Errorf("told %s, then %s", id, again)
	}
	events := s.untilTypes("visit", "page_view", "page_view")
	if !same(field(events, "session_id")) || len(tb.cookies()) > 0 {
		t.Errorf("got %v and the cookies %v", events, tb.cookies())
	}
}

// Ensures that data-domain makes one visitor and one visit of a company's sub-domains.
func TestBrowserSubDomains(t *testing.T) {
	s := newStage(t)
	shared := strings.Replace(tracker, "data-site", `data-domain="other.example" data-site`, 1)
	for _, host := range []string{"www.other.example/", "cart.other.example/"} {
		s.pages[host] = "<!DOCTYPE html><title>" + host + "</title>" + shared
	}
	tb := s.visitor().open("https://www.other.example/")
	tb.settled()
	tb.open("https://cart.other.example/").settled()
	if events := s.untilTypes("visit", "page_view", "page_view"); !same(field(events, "session_id")) || !same(field(events, "anonymous_id")) {
		t.Errorf("got %v", events)
	}
}

// Ensures that a link to another of the company's domains carries visitor and visit, leaves no trace in the address, and links
// who has been there before.
func TestBrowserDecoratedLinks(t *testing.T) {
	s := newStage(t)
	const pay = "https://pay.example/cart"
	s.page(home, cross, `<a id="go" href="`+pay+`?a=1&b=%20x#top">pay</a> <a id="stay" href="/next">next</a> <a id="away" href="https://www.other.example/">other</a>`)
	s.page(next, cross, "")
	s.page(pay, cross, "")
	s.page("https://www.other.example/", "", "")
	tb := s.visitor().open(home)
	id := tb.settled()
	follow := func(link, want string) {
		t.Helper()
		tb.run(`document.getElementById("` + link + `").click()`)
		s.until("the page of "+link, func() bool {
			return slices.ContainsFunc(s.sent(), func(e map[string]any) bool { return strings.HasPrefix(e["page"].(string), want) })
		})
	}
	follow("go", pay)
	if told := tb.settled(); told != id {
		t.Errorf("on the other domain the visitor is %s, want %s", told, id)
	}
	if at := eval[string](tb, `location.href`); at != pay+"?a=1&b=%20x#top" {
		t.Errorf("the address is %s", at)
	}
	events := s.untilTypes("visit", "page_view", "cross_domain", "page_view")
	if !same(field(events, "anonymous_id")) || !same(field(events, "session_id")) || events[2]["linked_id"] != id {
		t.Errorf("got %v", events)
	}
	tb.open(home).settled()
	follow("stay", next)
	follow2 := s.visitor()
	other := follow2.open(pay).settled() // somebody who has been there before
	follow2.open(home).settled()
	known := eval[string](follow2, `document.cookie.split("_trb=")[1].split("~")[0]`)
	follow2.run(`document.getElementById("go").click()`)
	s.until("the link of the two", func() bool {
		return slices.ContainsFunc(s.sent(), func(e map[string]any) bool {
			return e["event"] == "cross_domain" && e["linked_id"] == known && e["anonymous_id"] == other
		})
	})
	for _, e := range s.sent() {
		if strings.Contains(e["page"].(string), "_trb") {
			t.Errorf("%v carries the visitor in its address", e)
		}
	}
}

// Ensures that an address that was passed on makes nobody somebody else: what it carries holds for two minutes.
func TestBrowserOldDecoration(t *testing.T) {
	s := newStage(t)
	s.page("https://pay.example/", cross, "")
	tb := s.visitor().open("https://pay.example/?x=1&_trb=1764093384123-0.5~1764093384123-0.6~1764093384123")
	if id := tb.settled(); id == "1764093384123-0.5" || id == "" {
		t.Errorf("the visitor is %s", id)
	}
	if at := eval[string](tb, `location.href`); at != "https://pay.example/?x=1" {
		t.Errorf("the address is %s", at)
	}
	s.untilTypes("visit", "page_view")
}

// Ensures that a page which the browser fetches ahead counts when somebody sees it, and not before. The tab is nobody's to
// steer: a browser that is watched prerenders nothing, so the page itself follows its link when the server says so.
func TestBrowserPrerender(t *testing.T) {
	s := newStage(t)
	s.page(home, `<script type="speculationrules">{"prerender":[{"source":"list","urls":["/next"]}]}</script>`,
		`<a id="go" href="/next">next</a><script>fetch("/go").then(() => document.getElementById("go").click())</script>`)
	s.page(next, `<script>if (document.prerendering) addEventListener("load", () => setTimeout(() => fetch("/mark?prerendered", {method: "POST"}), 300))</script>`, "")
	if _, err := chromedp.CallBrowser(s.ctx, target.CreateTarget, target.CreateTargetParams{URL: home}); err != nil {
		t.Fatal(err)
	}
	s.until("the prerendered page", func() bool { return s.marks["prerendered"] }) // by then the tracker would have sent
	s.untilTypes("visit", "page_view")
	close(s.goOn)
	events := s.untilTypes("visit", "page_view", "page_view")
	if events[2]["page"] != next || events[2]["referrer"] != home || !same(field(events, "session_id")) {
		t.Errorf("got %v", events)
	}
}

// Ensures that a laptop is a place to try it: page and collector on 127.0.0.1 without TLS, where the collector's cookie is
// kept although it is a secure one.
func TestBrowserOnALaptop(t *testing.T) {
	s := newStage(t)
	s.handler.cookies = visitor.Domains{"127.0.0.1"}
	plain := httptest.NewServer(http.HandlerFunc(s.serve))
	defer plain.Close()
	s.pages[plain.Listener.Addr().String()+"/"] = `<!DOCTYPE html><title>laptop</title><script defer src="/t.js"></script>`
	tb := s.visitor().open(plain.URL)
	id := tb.settled()
	tb.run(`document.cookie = "_trb=;max-age=0"`)
	if again := tb.open(plain.URL).settled(); again != id || id == "" {
		t.Errorf("told %s, then %s", id, again)
	}
	if x := s.wires[len(s.wires)-1]; !strings.Contains(x.Cookie, visitor.Name+"="+id) {
		t.Errorf("sent the cookies %q", x.Cookie)
	}
}
