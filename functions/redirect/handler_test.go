package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/agent"
	"tributary/shared/click"
	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
)

// TestClickIsStoredAndSentOn ensures what is recorded of a click and what the visitor gets, header by header.
func TestClickIsStoredAndSentOn(t *testing.T) {
	b := newBench(t)
	b.link("spring", `{"target":"https://shop.example/a?b=1&b=2&utm_campaign=old#top","campaign":"Spring","source":"Acme","medium":"Banner"}`)
	res := b.ask(b.request("/c/spring", ""))
	id := strings.TrimSuffix(strings.TrimPrefix(res.Headers["location"], "https://shop.example/a?b=1&b=2&utm_campaign=old&trb="), "#top")
	if kind, name, ok := click.Of(id); !ok || kind != click.Link || name != "spring" {
		t.Fatalf("sent on to %s, want the stored target with a click's id", res.Headers["location"])
	}
	want := map[string]string{
		"location": res.Headers["location"], "cache-control": "no-store", "referrer-policy": "strict-origin-when-cross-origin",
		"x-robots-tag": "noindex, nofollow", "x-tributary": "accepted",
	}
	if d := cmp.Diff(want, res.Headers); d != "" || res.StatusCode != http.StatusFound || res.Body != "" {
		t.Errorf("answered %d %q, headers (-want +got):\n%s", res.StatusCode, res.Body, d)
	}
	got := b.stored("A#" + id)
	event := &event.Event{
		ID: id, Type: "click", Site: b.site, Time: arrival.UnixMilli(), Received: arrival.UnixMilli(), AnonymousID: id, Link: "spring",
		Campaign: "Spring", Source: "acme", Medium: "banner", Channel: "Display", ChannelRule: "ga4-2", ClickIDs: map[string]string{"trb": id},
		Page: "https://shop.example/a?utm_campaign=old", Referrer: "https://blog.example/", Agent: event.AgentHuman, Hash: got.Hash, TTL: got.TTL,
	}
	if d := cmp.Diff(event, got); d != "" {
		t.Errorf("stored (-want +got):\n%s", d)
	}
}

// TestWhatIsFollowed ensures where each request leads and what its click counts as; nothing of a request is a target.
func TestWhatIsFollowed(t *testing.T) {
	b := newBench(t)
	b.link("spring", `{"target":"https://shop.example/","click_param":"subid"}`)
	b.link("hidden", `{"target":"https://shop.example/","honeypot":true}`)
	const unknown = "https://evil.example/"
	for _, c := range []struct {
		name, path, query, header, value string
		status                           int
		host, verdict                    string
	}{
		{"a link", "/c/spring", "", "", "", 302, "https://shop.example/?subid=", "accepted"},
		{"a target in the request", "/c/spring", "url=" + unknown + "&target=" + unknown + "&to=" + unknown, "", "", 302, "https://shop.example/?subid=", "accepted"},
		{"below a path of a custom domain", "/t/c/spring", "", "", "", 302, "https://shop.example/?subid=", "accepted"},
		{"a torn query", "/c/spring", "x=%zz", "", "", 302, "https://shop.example/?subid=", "accepted"},
		{"a bot is sent on too", "/c/spring", "", "user-agent", "curl/8.5.0", 302, "https://shop.example/?subid=", "bot"},
		{"so is a prefetch", "/c/spring", "", "sec-purpose", "prefetch;prerender", 302, "https://shop.example/?subid=", "prefetch"},
		{"whoever follows what nobody sees", "/c/hidden", "", "", "", 302, "https://shop.example/?trb=", "scanner"},
		{"no such link", "/c/nothing", "", "", "", 404, "", ""},
		{"an id that no link has", "/c/%2e%2e", "", "", "", 404, "", ""},
		{"a link is no code", "/r/spring", "", "", "", 404, "", ""},
		{"an empty name", "/c/", "", "", "", 404, "", ""},
	} {
		r := b.request(c.path, c.query)
		if c.header != "" {
			r.Headers[c.header] = c.value
		}
		res := b.ask(r)
		if res.StatusCode != c.status || !strings.HasPrefix(res.Headers["location"], c.host) || res.Headers["x-tributary"] != c.verdict || strings.Contains(res.Headers["location"], "evil") {
			t.Errorf("%s: %d %q to %q; want %d %q to %s…", c.name, res.StatusCode, res.Headers["x-tributary"], res.Headers["location"], c.status, c.verdict, c.host)
		}
	}
}

// TestUnknownLink ensures a page that neither repeats the request nor leads anywhere, and a count.
func TestUnknownLink(t *testing.T) {
	b := newBench(t)
	r := b.request("/c/<script>", "m=<b>x</b>")
	r.Headers["referer"] = "https://mark.example/"
	res := b.ask(r)
	for _, part := range []string{"script", "<b>", "mark", "href", "src=", b.site} {
		if strings.Contains(res.Body, part) {
			t.Errorf("the page holds %q: %s", part, res.Body)
		}
	}
	if res.StatusCode != 404 || res.Headers["content-type"] != "text/html; charset=utf-8" || !strings.HasPrefix(res.Headers["content-security-policy"], "default-src 'none'") {
		t.Errorf("answered %d, %v", res.StatusCode, res.Headers)
	}
	if !strings.Contains(b.log.String(), `"unknown_links":1`) {
		t.Errorf("it is not counted: %s", b.log)
	}
}

// TestHoneypot ensures that the reason is stored that tells the rest of a scanner's burst.
func TestHoneypot(t *testing.T) {
	b := newBench(t)
	b.link("hidden", `{"target":"https://shop.example/","honeypot":true}`)
	if got := b.stored("A#" + b.follow(b.request("/c/hidden", ""))); got.Agent != event.AgentScanner || got.AgentReason != agent.Honeypot {
		t.Errorf("stored as %s (%s)", got.Agent, got.AgentReason)
	}
}

// TestHeadIsNoClick ensures that asking where a link leads stores nothing.
func TestHeadIsNoClick(t *testing.T) {
	f := &fake{way: click.OfLink(settings.Link{ID: "go", Target: "https://shop.example/?a=1", ClickParam: "trb"})}
	b := over(t, f)
	r := b.request("/c/go", "")
	r.RouteKey, r.RequestContext.HTTP.Method = "HEAD /c/{link}", http.MethodHead
	if res := b.ask(r); res.StatusCode != 302 || res.Headers["location"] != "https://shop.example/?a=1" || len(f.got) != 0 {
		t.Errorf("answered %d to %s, stored %d", res.StatusCode, res.Headers["location"], len(f.got))
	}
}

// TestSentOnWhenNothingCanBeStored ensures that the visitor arrives and that the loss is counted.
func TestSentOnWhenNothingCanBeStored(t *testing.T) {
	f := &fake{down: true, way: click.OfLink(settings.Link{ID: "go", Target: "https://shop.example/", ClickParam: "trb"})}
	b := over(t, f)
	res := b.ask(b.request("/c/go", ""))
	if res.StatusCode != 302 || !strings.HasPrefix(res.Headers["location"], "https://shop.example/?trb=") || res.Headers["x-tributary"] != "failed: store_unavailable" {
		t.Errorf("answered %d %v", res.StatusCode, res.Headers)
	}
	if !strings.Contains(b.log.String(), `"store_failures":1`) || !strings.Contains(b.log.String(), `"level":"ERROR"`) {
		t.Errorf("the loss is not counted: %s", b.log)
	}
}

// TestNowhereToSendTo ensures an honest answer while a link that was never read cannot be read.
func TestNowhereToSendTo(t *testing.T) {
	b := over(t, &fake{down: true})
	if res := b.ask(b.request("/c/go", "")); res.StatusCode != 503 || res.Headers["retry-after"] == "" || res.Headers["location"] != "" {
		t.Errorf("answered %d %v", res.StatusCode, res.Headers)
	}
}

// TestStoredTargetIsJudgedAgain ensures that no address which a PUT refuses is followed, however it came into the table.
func TestStoredTargetIsJudgedAgain(t *testing.T) {
	for _, target := range []string{"http://shop.example/", "javascript:alert(1)", "//evil.example", "https://shop.example\\@evil.example/", "https://shop.example/\r\nset-cookie: a=b"} {
		b := over(t, &fake{way: click.OfLink(settings.Link{ID: "go", Target: target, ClickParam: "trb"})})
		if res := b.ask(b.request("/c/go", "")); res.StatusCode != 404 || res.Headers["location"] != "" {
			t.Errorf("%q: answered %d to %q", target, res.StatusCode, res.Headers["location"])
		}
	}
}

// TestReferralCode ensures that a code's click carries its invitation, program and advocate.
func TestReferralCode(t *testing.T) {
	b := newBench(t)
	put(b, "programs", "friends", `{"target":"https://shop.example/hi"}`, settings.ParseProgram)
	put(b, "codes", "ADA10", `{"program":"friends","advocate":"u_1","invite_id":"i-7"}`, settings.ParseCode)
	got := b.stored("A#" + b.follow(b.request("/r/ADA10", "m=m1")))
	want := &event.Event{
		ID: got.ID, Type: "click", Site: b.site, Time: arrival.UnixMilli(), Received: arrival.UnixMilli(), AnonymousID: got.ID, Link: "ADA10", InviteID: "i-7",
		Campaign: "friends", Source: "friends", Medium: "referral", Channel: "Referral", ClickIDs: map[string]string{"trb": got.ID},
		Props: `{"advocate":"u_1","program":"friends"}`, Page: "https://shop.example/hi", Referrer: "https://blog.example/", Agent: event.AgentHuman, Hash: got.Hash, TTL: got.TTL,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if kind, name, ok := click.Of(got.ID); !ok || kind != click.Code || name != "ADA10" {
		t.Errorf("the click's id %s does not name the code", got.ID)
	}
}

// TestDryRun ensures that a dry run stores nothing and shows what would be stored.
func TestDryRun(t *testing.T) {
	f := &fake{way: click.OfLink(settings.Link{ID: "go", Target: "https://shop.example/", ClickParam: "trb"})}
	b := over(t, f)
	r := b.request("/c/go", "")
	r.Headers["tributary-dry-run"] = "1"
	res := b.ask(r)
	for _, part := range []string{`"type":"click"`, `"kpis":["clicks"]`, `"link":"go"`, `"channel":"Referral"`} {
		if !strings.Contains(res.Body, part) {
			t.Errorf("the answer lacks %s: %s", part, res.Body)
		}
	}
	if len(f.got) != 0 || res.StatusCode != 200 {
		t.Errorf("answered %d, stored %d", res.StatusCode, len(f.got))
	}
}

// FuzzFollow ensures, for any path, query, referrer and agent, that a visitor is sent to the one stored host or nowhere.
func FuzzFollow(f *testing.F) {
	f.Add("/c/go", "m=m1&u=r1.x", "https://blog.example/", "Mozilla/5.0")
	f.Add("/c/go", "s=%ff&m=%00", "\xff", "\r\n")
	f.Fuzz(func(t *testing.T, path, query, referer, ua string) {
		st := &fake{way: click.OfLink(settings.Link{ID: "go", Target: "https://shop.example/#f", ClickParam: "trb"})}
		b := over(t, st)
		r := &httpapi.Request{RouteKey: "GET /c/{link}", RawPath: path, RawQueryString: query, Headers: map[string]string{"referer": referer, "user-agent": ua}}
		r.RequestContext.HTTP.Method = http.MethodGet
		res := b.ask(r)
		to := res.Headers["location"]
		if res.StatusCode != 302 || !strings.HasPrefix(to, "https://shop.example/?trb=") || !strings.HasSuffix(to, "#f") || strings.ContainsAny(to, "\r\n") {
			t.Fatalf("answered %d to %q", res.StatusCode, to)
		}
	})
}
