package channel

import (
	"strings"
	"testing"
)

func TestHost(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.Shop.example/a?b#c": "shop.example", "http://shop.example": "shop.example", "https://u:p@shop.example:8443/": "shop.example",
		"https://shop.example?x=https://other.example/": "shop.example", "https://[2001:db8::1]:80/": "[2001:db8::1]", "https://[2001:db8::1]/": "[2001:db8::1]",
		"android-app://com.google.android.gm/": "com.google.android.gm",
		"":                                     "", "/pricing": "", "shop.example/": "", "about:blank": "", "https://": "",
	} {
		if got := Host(address); got != want {
			t.Errorf("Host(%q) = %q, want %q", address, got, want)
		}
	}
}

// TestSite ensures that names and hosts are told apart from what only looks like them.
func TestSite(t *testing.T) {
	for source, want := range map[string]Kind{
		"google": Search, "google.com": Search, "www.google.com.br": Search, "news.google.co.uk": Search, "search.yahoo.co.jp": Search,
		"de.search.yahoo.com": Search, "cn.bing.com": Search, "m.baidu.com": Search, "m.duckduckgo.com": Search, "yandex.com.tr": Search,
		"startpage.com": Search, "search.brave.com": Search, "com.google.android.googlequicksearchbox": Search, "websearch.rakuten.co.jp": Search,
		"facebook": Social, "facebook.com": Social, "l.facebook.com": Social, "t.co": Social, "old.reddit.com": Social, "com.linkedin.android": Social,
		"news.ycombinator.com": Social, "pinterest.co.uk": Social, "mastodon.social": Social, "x.com": Social,
		"youtu.be": Video, "m.youtube.com": Video, "player.vimeo.com": Video,
		"amazon.de": Shopping, "smile.amazon.co.uk": Shopping, "ebay.com.au": Shopping,
		"chatgpt.com": Assistant, "chat.openai.com": Assistant, "claude.ai": Assistant, "www.perplexity.ai": Assistant, "gemini.google.com": Assistant,
		"copilot.microsoft.com": Assistant, "chatgpt": Assistant,
		"google.shop.example": Other, "ask.shop.example": Other, "notgoogle.com": Other, "google.com.evil.example": Other, "notx.com": Other,
		"docs.google.com": Other, "microsoft.com": Other, "mail.google.com": Other, "outlook.live.com": Other, "cnn.com": Other,
		"": Other, ".": Other, "..": Other, "www.": Other, "m.": Other, "com": Other, "co.uk": Other,
	} {
		if got := Site(source); got != want {
			t.Errorf("Site(%q) = %d, want %d", source, got, want)
		}
	}
}

func TestFromReferrer(t *testing.T) {
	own, through := []string{"shop.example", "www.brand.example"}, []string{"checkout.stripe.com", "paypal.com"}
	for _, c := range []struct{ name, referrer, host, source, medium string }{
		{"none", "", "shop.example", "(direct)", "(none)"},
		{"the same host", "https://www.blog.example/a", "blog.example", "", ""},
		{"an own domain", "https://brand.example/", "shop.example", "", ""},
		{"below an own domain", "https://pay.shop.example:8443/a", "shop.example", "", ""},
		{"what only ends like one", "https://workshop.example/", "shop.example", "workshop.example", "referral"},
		{"back from paying", "https://checkout.stripe.com/c/pay", "shop.example", "", ""},
		{"back from paying, in a country's language", "https://www.paypal.com/de/checkout", "shop.example", "", ""},
		{"another site of the payer's", "https://stripe.com/blog", "shop.example", "stripe.com", "referral"},
		{"a search engine by its name", "https://www.google.de/", "shop.example", "google", "organic"},
		{"an app's search", "android-app://com.google.android.googlequicksearchbox/", "shop.example", "google", "organic"},
		{"a social network", "https://l.facebook.com/l.php", "shop.example", "l.facebook.com", "social"},
		{"an AI assistant", "https://chatgpt.com/", "shop.example", "chatgpt.com", "ai-assistant"},
		{"a web mailer", "https://mail.google.com/", "shop.example", "mail.google.com", "email"},
		{"an unknown page", "https://blog.example/", "shop.example", "blog.example", "referral"},
	} {
		if s, m := FromReferrer(c.referrer, c.host, own, through); s != c.source || m != c.medium {
			t.Errorf("%s: got %q / %q, want %q / %q", c.name, s, m, c.source, c.medium)
		}
	}
}

func TestFromClickIDs(t *testing.T) {
	if s, m := FromClickIDs(nil); s != "" || m != "" {
		t.Errorf("none: got %q / %q", s, m)
	}
	if s, m := FromClickIDs(map[string]string{"fbclid": "f", "gclid": "g"}); s != "google" || m != "cpc" {
		t.Errorf("a paid id goes before one that says nothing of money: got %q / %q", s, m)
	}
	for id, want := range map[string]string{"gbraid": PaidSearch, "msclkid": PaidSearch, "ttclid": PaidSocial, "li_fat_id": PaidSocial, "dclid": Display, "fbclid": OrganicSocial} {
		s, m := FromClickIDs(map[string]string{id: "x"})
		if got := Group(s, m, ""); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}

// TestEverySiteIsFound ensures that the search finds each line of the lists, and none between them.
func TestEverySiteIsFound(t *testing.T) {
	lines := strings.Split(strings.Trim(sites, "\n"), "\n")
	if len(lines) < 800 {
		t.Fatalf("the lists have %d sites", len(lines))
	}
	for _, l := range lines {
		if got, want := find(l[1:]), Kind(l[0]-'0'); got != want {
			t.Errorf("find(%q) = %d, want %d", l[1:], got, want)
		}
		for _, near := range []string{l[1:] + "!", l[1 : len(l)-1], l} {
			if got := find(near); got != Other && !strings.Contains(sites, "\n"+l[:1]+near+"\n") {
				t.Errorf("find(%q) = %d", near, got)
			}
		}
	}
}
