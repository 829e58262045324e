package channel

import "testing"

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

func TestSiteNamesTheOwnerOfAHost(t *testing.T) {
	for source, want := range map[string]Kind{
		"google": Search, "google.com": Search, "news.google.co.uk": Search, "search.yahoo.co.jp": Search, "google.com.br": Search,
		"facebook": Social, "l.facebook.com": Social, "t.co": Social, "youtu.be": Video, "m.youtube.com": Video, "amazon.de": Shopping, "smile.amazon.co.uk": Shopping,
		"google.shop.example": Other, "ask.shop.example": Other, "notgoogle.com": Other, "mail.google.com": Other, "outlook.live.com": Other, "": Other, ".": Other, "..": Other,
	} {
		if got := Site(source); got != want {
			t.Errorf("Site(%q) = %d, want %d", source, got, want)
		}
	}
}

func TestFromReferrer(t *testing.T) {
	for _, c := range []struct{ name, referrer, host, source, medium string }{
		{"none", "", "shop.example", "(direct)", "(none)"},
		{"the same host", "https://www.shop.example/a", "shop.example", "", ""},
		{"another host of the owner is a referral", "https://pay.shop.example/a", "shop.example", "pay.shop.example", "referral"},
		{"a search engine by its name", "https://www.google.de/", "shop.example", "google", "organic"},
		{"an unknown page", "https://blog.example/", "", "blog.example", "referral"},
	} {
		if s, m := FromReferrer(c.referrer, c.host); s != c.source || m != c.medium {
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
