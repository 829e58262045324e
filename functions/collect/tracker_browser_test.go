package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"tributary/shared/event"
	"tributary/shared/visitor"
)

const (
	home = "https://shop.example/"
	next = "https://shop.example/next"
)

// field is what every one of the events says of itself.
func field(events []map[string]any, name string) []string {
	var values []string
	for _, e := range events {
		values = append(values, fmt.Sprint(e[name]))
	}
	return values
}

// same reports that all are the one value, and that there is one.
func same(values []string) bool {
	return len(values) > 0 && values[0] != "" && values[0] != "<nil>" && len(slices.Compact(slices.Clone(values))) == 1
}

// cookies are the browser's by name and domain.
func (tb *tab) cookies() map[string]*network.Cookie {
	tb.s.t.Helper()
	got, err := chromedp.Call(tb.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{"https://" + collectorHost + "/", home}})
	if err != nil {
		tb.s.t.Fatal(err)
	}
	all := map[string]*network.Cookie{}
	for _, c := range got.Cookies {
		all[c.Name+"@"+c.Domain] = c
	}
	return all
}

// Ensures what a first visit sends and keeps: a visit, then a view, whose address and referrer the server reads; the visitor in
// the page's cookie and, out of scripts' reach, in the collector's; and that a second page is of the same visit.
func TestBrowserFirstLoadAndNavigation(t *testing.T) {
	s := newStage(t)
	s.page(home, "", "")
	s.page(next, "", "")
	tb := s.visitor()
	tb.open(home + "?utm_source=news&utm_medium=email&utm_campaign=spring&gclid=g1#top")
	id := tb.settled()
	events := s.untilTypes("visit", "page_view")
	for _, name := range []string{"anonymous_id", "session_id", "page", "site"} {
		if got := field(events, name); !same(got) {
			t.Errorf("%s: got %v, want one", name, got)
		}
	}
	if got := field(events, "id"); same(got) || !visitor.Made(id) || events[0]["anonymous_id"] != id {
		t.Errorf("ids %v of the visitor %v, told %s", got, events[0]["anonymous_id"], id)
	}
	visit := s.stored()[0]
	want := event.Event{Type: "visit", Site: "shop", Page: home + "?gclid=g1&utm_campaign=spring&utm_medium=email&utm_source=news", Source: "news", Medium: "email", Campaign: "spring", Channel: "Email"}
	if visit.Type != want.Type || visit.Site != want.Site || visit.Source != want.Source || visit.Medium != want.Medium || visit.Campaign != want.Campaign || visit.Channel != want.Channel || visit.ClickIDs["gclid"] != "g1" {
		t.Errorf("stored %+v, want %+v and the click id", visit, want)
	}
	c := tb.cookies()[visitor.Name+"@.shop.example"]
	if c == nil || c.Value != id || !c.HTTPOnly || !c.Secure || c.SameSite != network.CookieSameSiteLax || c.Path != "/" {
		t.Errorf("the collector's cookie is %+v, want %s", c, id)
	}
	if own := eval[string](tb, `document.cookie`); !strings.HasPrefix(own, "_trb="+id+"~") || strings.Contains(own, visitor.Name) {
		t.Errorf("the page's cookie is %s", own)
	}
	tb.open(next).settled()
	if events = s.untilTypes("visit", "page_view", "page_view"); !same(field(events, "anonymous_id")) || !same(field(events, "session_id")) {
		t.Errorf("the second page is of another visit: %v", events)
	}
	if x := s.wires[len(s.wires)-1]; x.Cookie != visitor.Name+"="+id || x.Mode != "cors" {
		t.Errorf("the second page's request is %+v, want the collector's cookie by fetch", x)
	}
}

// Ensures that a page whose own cookie is gone, as some browsers take it after a week, is told who the visitor is.
func TestBrowserTheCollectorsCookieKnowsBetter(t *testing.T) {
	s := newStage(t)
	s.page(home, "", "")
	tb := s.visitor().open(home)
	id := tb.settled()
	tb.run(`document.cookie = "_trb=;max-age=0"`)
	if again := tb.open(home).settled(); again != id {
		t.Errorf("told %s, want %s", again, id)
	}
	tb.run(`tributary("event", "survey")`)
	tb.settled()
	for _, e := range s.stored() {
		if e.AnonymousID != id {
			t.Errorf("stored %s of %s, want %s", e.Type, e.AnonymousID, id)
		}
	}
	events := s.untilTypes("visit", "page_view", "visit", "page_view", "survey")
	if events[4]["anonymous_id"] != id {
		t.Errorf("the tracker goes on as %v, want %s", events[4]["anonymous_id"], id)
	}
}

// Ensures what begins a visit: another campaign and half an hour of silence, and neither the same address again nor another page.
func TestBrowserWhatBeginsAVisit(t *testing.T) {
	s := newStage(t)
	s.page(home, "", "")
	s.page(next, "", "")
	tb := s.visitor()
	visits := 0
	for _, c := range []struct {
		name, address, before string
		begins                bool
	}{
		{"the first page", home + "?utm_source=a", "", true},
		{"the same again", home + "?utm_source=a", "", false},
		{"another page", next, "", false},
		{"back at the first address", home + "?utm_source=a", "", false},
		{"a parameter that is no campaign", home + "?product_id=7&clipid=1", "", false},
		{"another campaign", home + "?utm_source=b", "", true},
		{"a click on an ad", home + "?gad_campaignid=1&gclid=g1", "", true},
		{"of another platform", home + "?li_fat_id=l1", "", true},
		{"half an hour of silence", next, `document.cookie = document.cookie.replace(/~(\d{13})~/, (_, at) => "~" + (at - 18e5 - 1e3) + "~")`, true},
		{"a little less", next + "?a=1", `document.cookie = document.cookie.replace(/~(\d{13})~/, (_, at) => "~" + (at - 17e5) + "~")`, false},
	} {
		if c.before != "" {
			tb.run(c.before)
		}
		tb.open(c.address).settled()
		if c.begins {
			visits++
		}
		if got := count(s, "visit"); got != visits {
			t.Fatalf("%s: %d visits, want %d", c.name, got, visits)
		}
	}
	sessions := map[any]bool{}
	for _, e := range s.sent() {
		sessions[e["session_id"]] = true
	}
	if len(sessions) != visits {
		t.Errorf("%d sessions for %d visits", len(sessions), visits)
	}
}

// count is how many events of a type have arrived.
func count(s *stage, typ string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range typesOf(s.sent()) {
		if t == typ {
			n++
		}
	}
	return n
}

// Ensures that a page which changes its address by itself is counted as views, each with the one before as its referrer, and
// that an anchor and a replaced address are none.
func TestBrowserSinglePageNavigation(t *testing.T) {
	s := newStage(t)
	s.page(home, "", "")
	tb := s.visitor().open(home)
	tb.run(`history.pushState({}, "", "/a?tab=1"); location.hash = "x"; history.replaceState({}, "", "/a?tab=1#y"); history.pushState({}, "", "/b")`)
	tb.run(`new Promise((done) => { addEventListener("popstate", done, {once: true}); history.go(-1) })`)
	eval[bool](tb, `new Promise((done) => { addEventListener("popstate", () => done(true), {once: true}); history.go(-2) })`)
	tb.settled()
	events := s.untilTypes("visit", "page_view", "page_view", "page_view", "page_view", "page_view")
	var got []string
	for _, e := range events[1:] {
		got = append(got, fmt.Sprint(e["page"], " < ", e["referrer"]))
	}
	a, b := "https://shop.example/a?tab=1", "https://shop.example/b"
	want := []string{home + " < ", a + " < " + home, b + " < " + a, a + " < " + b, home + " < " + a}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Ensures that what happens just before a tab closes arrives, handed to the browser as a beacon.
func TestBrowserClosingTheTab(t *testing.T) {
	s := newStage(t)
	s.page(home, `<script>addEventListener("pagehide", () => tributary("event", "add_to_cart", {cart_id: "k1"}))</script>`, "")
	tb := s.visitor().open(home)
	tb.settled()
	tb.do(send(page.Close, struct{}{}))
	s.untilTypes("visit", "page_view", "add_to_cart")
	if x := s.wires[len(s.wires)-1]; x.Mode != "no-cors" || x.Events[0]["cart_id"] != "k1" {
		t.Errorf("got %+v, want a beacon with the cart", x)
	}
}

// Ensures that a visitor with two tabs is one visitor on one visit.
func TestBrowserTwoTabs(t *testing.T) {
	s := newStage(t)
	s.page(home, "", "")
	s.page(next, "", "")
	one := s.visitor().open(home)
	one.settled()
	two := one.another().open(next)
	two.settled()
	one.run(`tributary("event", "add_to_cart")`)
	one.settled()
	if events := s.untilTypes("visit", "page_view", "page_view", "add_to_cart"); !same(field(events, "anonymous_id")) || !same(field(events, "session_id")) {
		t.Errorf("two tabs are not one visit: %v", events)
	}
}

// Ensures that a page which comes back from the back-forward cache is a view again, of the same visit.
func TestBrowserBackForwardCache(t *testing.T) {
	s := newStage(t)
	s.page(home, `<script>addEventListener("pageshow", (e) => { if (e.persisted) fetch("/mark?persisted", {method: "POST"}) })</script>`, "")
	s.page(next, "", "")
	tb := s.visitor().open(home)
	tb.settled()
	tb.open(next).settled()
	tb.run(`history.back()`)
	s.until("the page from the cache", func() bool { return s.marks["persisted"] })
	tb.settled()
	events := s.untilTypes("visit", "page_view", "page_view", "page_view")
	if got := field(events[1:], "page"); !slices.Equal(got, []string{home, next, home}) || !same(field(events, "session_id")) {
		t.Errorf("got %v", events)
	}
}

// Ensures that the tracker works under a policy that lets in the collector's script and its door and nothing else.
func TestBrowserStrictPolicy(t *testing.T) {
	s := newStage(t)
	s.page(home, "", "")
	s.policy = "default-src 'none'; script-src https://" + collectorHost + "; connect-src https://" + collectorHost + "; require-trusted-types-for 'script'"
	tb := s.visitor(send(page.Enable, page.EnableParams{}), send(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.violations = []; addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective))`,
	}))
	tb.open(home).settled()
	s.untilTypes("visit", "page_view")
	if got := eval[[]string](tb, `violations`); len(got) > 0 {
		t.Errorf("the page complains of %v", got)
	}
}

// Ensures that what a page says before the tracker is there is not lost, comes after the visit and means what README says.
func TestBrowserCallsBeforeLoad(t *testing.T) {
	s := newStage(t)
	s.page(home, stub+`<script>
		tributary("id", (id) => { window.told = id });
		tributary("goal", "signup");
		tributary("conversion", {order_id: "o-1", value: "49.90", currency: "USD", email: "ada@example.org"});
		tributary("event", "add_to_cart", {cart_id: "k1", items: [{sku: "a"}]});
		tributary("identify", "u_1", {email: "ada@example.org"});
	</script>`, "")
	tb := s.visitor().open(home)
	id := tb.settled()
	s.untilTypes("visit", "goal", "conversion", "add_to_cart", "identify", "page_view")
	if told := eval[string](tb, `told`); told != id {
		t.Errorf("told %s, want %s", told, id)
	}
	stored := map[string]*event.Event{}
	for _, e := range s.stored() {
		stored[e.Type+" "+e.Goal] = e
	}
	if e := stored["conversion signup"]; e == nil || e.HasValue {
		t.Errorf("the goal is %+v", e)
	}
	if e := stored["conversion purchase"]; e == nil || e.OrderID != "o-1" || e.Value != 4990 || e.Email == "" || e.AnonymousID != id {
		t.Errorf("the conversion is %+v", e)
	}
	if e := stored["add_to_cart "]; e == nil || e.CartID != "k1" || e.Items != `[{"sku":"a"}]` || e.SessionID == "" {
		t.Errorf("the cart is %+v", e)
	}
	if e := stored["identify "]; e == nil || e.UserID != "u_1" || e.Email == "" {
		t.Errorf("the identity is %+v", e)
	}
}
