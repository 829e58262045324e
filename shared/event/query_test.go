package event

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/fault"
)

func TestParseQueryReadsEveryParameter(t *testing.T) {
	got, err := ParseQuery("e=purchase&id=e1&t=1772366000000&v=a1&u=u1&s=shop&ses=s1&url=https%3A%2F%2Fshop.example%2Fa%3Fx%3D1%23top&ref=https%3A%2F%2Fblog.example"+
		"&c=Spring&ch=Email&l=l1&m=m1&g=won&val=12.34&cur=USD&oid=o1&utm_source=News&utm_medium=EMAIL&utm_id=c-9&utm_content=top&utm_term=shoes"+
		"&gclid=g1&wbraid=w1&p.size=42&p.color=red&colour=blue&email=ada%40example.org&score=5&cart_id=k1&order_aliases=ch_1", public())
	if err != nil {
		t.Fatal(err)
	}
	want := &Event{
		ID: "e1", Type: "conversion", Site: "shop", Time: 1772366000000, Received: now, AnonymousID: "a1", UserID: "u1", Email: digest("ada@example.org"), SessionID: "s1",
		Campaign: "Spring", CampaignID: "c-9", Channel: "Email", Source: "news", Medium: "email", Content: "top", Term: "shoes",
		ClickIDs: map[string]string{"gclid": "g1", "wbraid": "w1"}, Page: "https://shop.example/a?x=1", Referrer: "https://blog.example", Link: "l1", Goal: "won",
		HasValue: true, Value: 1234, Currency: "USD", OrderID: "o1", OrderAliases: []string{"ch_1"}, CartID: "k1", MessageID: "m1", Score: 5,
		Props: `{"color":"red","colour":"blue","size":"42"}`, Agent: AgentHuman, Hash: got.Hash,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseQuery(t *testing.T) {
	for _, c := range []struct{ name, query, want string }{
		{"a page view by default", "v=a", ""},
		{"empty values are absent", "v=a&id=&e=&val=&p.x=", ""},
		{"of two the first counts", "v=a&v=&e=visit&e=%zz", "invalid_query"},
		{"nobody's page view is counted", "", ""},
		{"a semicolon", "v=a;b", "invalid_query"},
		{"half an escape", "v=%f", "invalid_query"},
		{"invalid UTF-8", "v=%ff", "invalid_query v"},
		{"invalid UTF-8 in a name", "%ff=v", "invalid_query ?"},
		{"NUL", "v=%00", "invalid_query v"},
		{"a time that is none", "v=a&t=now", "invalid_time time"},
		{"a score that is none", "e=rating&score=five", "invalid_field score"},
		{"props as text", "v=a&props=x", ""},
		{"an agent", "v=a&agent=human", "invalid_field agent"},
		{"another case", "v=a&Email=a@example.org", "invalid_field Email"},
		{"129 parameters", strings.Repeat("a&", 128) + "v=a", "too_many"},
		{"33 properties", "v=a" + strings.Join(strings.SplitAfter("&p.a=1&p.b=1&p.c=1&p.d=1&p.e=1&p.f=1&p.g=1&p.h=1&p.i=1&p.j=1&p.k=1&p.l=1&p.m=1&p.n=1&p.o=1&p.p=1&p.q=1&p.r=1&p.s=1&p.t=1&p.u=1&p.v=1&p.w=1&p.x=1&p.y=1&p.z=1&aa=1&ab=1&ac=1&ad=1&ae=1&af=1&ag=1", ""), ""), "too_many props"},
		{"a long address", "v=a&url=" + strings.Repeat("x", maxURL+1), "too_large page"},
	} {
		_, err := ParseQuery(c.query, public())
		got := ""
		if f := fault.Of(err); f != nil {
			got = strings.TrimSpace(string(f.Code) + " " + f.Field)
		}
		if got != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, err, c.want)
		}
	}
}

func TestShortNamesGoBeforeLongOnes(t *testing.T) {
	for _, q := range []string{"v=short&anonymous_id=long", "anonymous_id=long&v=short"} {
		if e, err := ParseQuery(q, public()); err != nil || e.AnonymousID != "short" {
			t.Errorf("%s: got %+v, %v", q, e, err)
		}
	}
}

func TestTraffic(t *testing.T) {
	const shop = "url=https%3A%2F%2Fwww.shop.example%2F"
	for _, c := range []struct{ name, query, channel, source, medium string }{
		{"tags in the address", shop + "%3Futm_source%3DGoogle%26utm_medium%3Dcpc%26utm_campaign%3Dx", "Paid Search", "google", "cpc"},
		{"the sender's own tags go first", shop + "%3Futm_source%3Dbing%26utm_medium%3Dcpc&utm_source=news&utm_medium=email", "Email", "news", "email"},
		{"a click id in the address", shop + "%3Fgclid%3Dg1", "Paid Search", "google", "cpc"},
		{"a click id as a parameter", shop + "&msclkid=m", "Paid Search", "bing", "cpc"},
		{"Facebook marks unpaid clicks too", shop + "&fbclid=f", "Organic Social", "facebook", "social"},
		{"a search engine", shop + "&ref=https%3A%2F%2Fwww.google.co.uk%2F", "Organic Search", "google", "organic"},
		{"a network", shop + "&ref=https%3A%2F%2Ft.co%2Fabc", "Organic Social", "t.co", "social"},
		{"a video site", shop + "&ref=https%3A%2F%2Fwww.youtube.com%2Fwatch", "Organic Video", "youtube.com", "referral"},
		{"a web mailer", shop + "&ref=https%3A%2F%2Fmail.google.com%2F", "Email", "mail.google.com", "email"},
		{"a blog", shop + "&ref=https%3A%2F%2Fblog.example%3A8443%2Fa", "Referral", "blog.example", "referral"},
		{"no referrer", shop, "Direct", "", ""},
		{"the site itself", shop + "&ref=https%3A%2F%2Fshop.example%2Fb", "", "", ""},
		{"a campaign alone", shop + "&c=x", "Unassigned", "", ""},
		{"the sender's channel", shop + "&ch=Partners&utm_source=google&utm_medium=cpc", "Partners", "google", "cpc"},
		{"an ad shown without tags", "e=impression&" + shop + "&ref=https%3A%2F%2Fblog.example", "Unassigned", "", ""},
		{"a conversion has no source of its own", "e=conversion&" + shop + "&ref=https%3A%2F%2Fblog.example", "", "", ""},
		{"a torn query", shop + "%3Futm_source%3Dgoogle%26utm_medium%3Dcpc%26x%3D%25zz", "Paid Search", "google", "cpc"},
		{"an AI assistant", shop + "&ref=https%3A%2F%2Fchatgpt.com%2F", "AI Assistant", "chatgpt.com", "ai-assistant"},
		{"another domain of the site's", shop + "&ref=https%3A%2F%2Fblog.brand.example%2F", "", "", ""},
		{"back from the payment page", "e=visit&" + shop + "&ref=https%3A%2F%2Fcheckout.stripe.com%2Fpay", "", "", ""},
		{"back from paying, by a tagged link", shop + "%3Futm_source%3Dnews%26utm_medium%3Demail&ref=https%3A%2F%2Fcheckout.stripe.com%2F", "Email", "news", "email"},
		{"a click of ours knows where it was made", "e=click&l=go&ref=https%3A%2F%2Fblog.example%2F", "Referral", "blog.example", "referral"},
		{"a click of ours from nowhere", "e=click&l=go", "Unassigned", "", ""},
	} {
		e := admitted(t, "v=a&"+c.query, nil)
		rule := ""
		if c.channel != "" && c.channel != "Partners" {
			rule = "ga4-2"
		}
		if e.Channel != c.channel || e.Source != c.source || e.Medium != c.medium || e.ChannelRule != rule {
			t.Errorf("%s: got %q (%s) by %q / %q; want %q by %q / %q", c.name, e.Channel, e.ChannelRule, e.Source, e.Medium, c.channel, c.source, c.medium)
		}
	}
}

// admitted is the event of a query, made one of a site with two domains.
func admitted(t *testing.T, query string, via *Via) *Event {
	t.Helper()
	e, err := ParseQuery(query, public())
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	s := site(t)
	s.Domains, s.PaymentHosts, s.Via = []string{"shop.example", "brand.example"}, []string{"checkout.stripe.com"}, via
	if err := e.Admit(public(), s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return e
}

// TestTrafficByALink ensures that a visit by one of our own links comes from where the link says, unless its sender knows
// better, and that the address goes before the referrer.
func TestTrafficByALink(t *testing.T) {
	full := &Via{Link: "go", Campaign: "spring", Channel: "Partners", Source: "Acme", Medium: "Banner", Invite: "i1"}
	const landing = "e=visit&v=a&url=https%3A%2F%2Fshop.example%2F%3Ftrb%3Dx%26utm_source%3Dnews%26utm_medium%3Demail%26utm_campaign%3Dold"
	for _, c := range []struct {
		name, query string
		via         *Via
		want        Event
	}{
		{"all that the link says", landing, full, Event{Campaign: "spring", Channel: "Partners", Source: "acme", Medium: "banner", Link: "go", InviteID: "i1"}},
		{"the sender knows better", landing + "&c=mine&ch=Mine&utm_source=s&l=other", full, Event{Campaign: "mine", Channel: "Mine", Source: "s", Medium: "email", Link: "other", InviteID: "i1"}},
		{"a link that says nothing", landing, &Via{Link: "go"}, Event{Campaign: "old", Channel: "Email", ChannelRule: "ga4-2", Source: "news", Medium: "email", Link: "go"}},
		{"a link with a campaign only", "e=visit&v=a&ref=https%3A%2F%2Ft.co%2F&click_id=x", &Via{Link: "go", Campaign: "spring"}, Event{Campaign: "spring", Channel: "Unassigned", ChannelRule: "ga4-2", Link: "go"}},
		{"a referral", "e=visit&v=a", &Via{Link: "ADA", Source: "friends", Medium: "referral"}, Event{Channel: "Referral", ChannelRule: "ga4-2", Source: "friends", Medium: "referral", Link: "ADA"}},
	} {
		e := admitted(t, c.query, c.via)
		got := Event{Campaign: e.Campaign, Channel: e.Channel, ChannelRule: e.ChannelRule, Source: e.Source, Medium: e.Medium, Link: e.Link, InviteID: e.InviteID}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// TestFollowed ensures that the click that led to a page is found wherever it stands.
func TestFollowed(t *testing.T) {
	for query, want := range map[string]string{
		"v=a&trb=k1": "k1", "v=a&url=https%3A%2F%2Fa.b%2F%3Fx%3D1%26trb%3Dk2%23f": "k2", "v=a&trb=k1&url=https%3A%2F%2Fa.b%2F%3Ftrb%3Dk2": "k1",
		"v=a&url=https%3A%2F%2Fa.b%2F%3Fxtrb%3Dk2": "", "v=a&url=https%3A%2F%2Fa.b%2Ftrb%3Dk2": "", "v=a": "",
	} {
		e, err := ParseQuery(query, public())
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Followed(); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
}

func TestSynonymsAndDefaults(t *testing.T) {
	for _, c := range []struct{ sent, typ, goal string }{
		{"pageview", "page_view", ""},
		{"generate_lead", "lead", ""},
		{"purchase", "conversion", "purchase"},
		{"conversion", "conversion", "purchase"},
		{"sign_up", "conversion", "sign_up"},
		{"Pageview", "Pageview", ""}, // a type of the sender's own
	} {
		e, err := ParseQuery("v=a&u=u&e="+c.sent, public())
		if err != nil || e.Type != c.typ || e.Goal != c.goal || e.Site != "default" || e.ID != "fresh" {
			t.Errorf("%s: got %+v, %v", c.sent, e, err)
		}
	}
	if e, err := ParseQuery("e=sign_up&g=trial", public()); err != nil || e.Goal != "trial" {
		t.Errorf("the sender's goal goes first: %+v, %v", e, err)
	}
}

// FuzzQuery holds whatever the pixel takes to what the store and its readers rely on.
func FuzzQuery(f *testing.F) {
	f.Add("e=purchase&id=e1&t=1772366000000&v=a1&url=https%3A%2F%2Fx%2F%3Futm_source%3Dg%23f&val=1.5&cur=USD&p.a=b&gclid=g&order_aliases=x")
	f.Add("e=spend&c=x&date=2026-02-01&cost=1&cur=USD&version=3&utm_id=%ff")
	f.Add("p.=1&score=5&traits=1&t=0")
	s := site(f)
	f.Fuzz(func(t *testing.T, query string) {
		e, err := ParseQuery(query, public())
		if err == nil {
			err = e.Admit(public(), s)
		}
		check(t, e, err, s)
	})
}

func BenchmarkParseQuery(b *testing.B) {
	const q = "e=page_view&id=h1&v=a1&url=https%3A%2F%2Fshop.example%2Fpricing%3Futm_source%3Dnews%26utm_medium%3Demail&ref=https%3A%2F%2Fblog.example%2F"
	d, s := public(), site(b)
	b.ReportAllocs()
	for b.Loop() {
		e, err := ParseQuery(q, d)
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Admit(d, s); err != nil {
			b.Fatal(err)
		}
		e.Attrs()
	}
}
