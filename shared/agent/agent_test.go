package agent

import "testing"

func TestJudge(t *testing.T) {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	for _, c := range []struct{ name, header, value, want string }{
		{"Firefox", "", firefox, "human"},
		{"Chrome", "", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", "human"},
		{"Safari on a phone", "", "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "human"},
		{"an app's web view", "", "Mozilla/5.0 (Linux; Android 14; SM-S911B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.0.0 Mobile Safari/537.36", "human"},
		{"a phone whose maker is called Cubot", "", "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36", "human"},
		{"a crawler on such a phone", "", "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) (compatible; Googlebot/2.1)", "bot"},
		{"Googlebot", "", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"},
		{"curl", "", "curl/8.5.0", "bot"},
		{"wget", "", "Wget/1.21", "bot"},
		{"Python", "", "python-requests/2.32", "bot"},
		{"Go", "", "Go-http-client/1.1", "bot"},
		{"headless Chrome", "", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36", "bot"},
		{"no user agent", "", "", "bot"},
		{"Gmail's proxy", "", "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", "mail_proxy"},
		{"Apple's mail privacy", "", "Mozilla/5.0", "mail_proxy"},
		{"Gmail's prefetch", "", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0", "prefetch"},
		{"a bot that a scanner runs", "", "Mozilla/5.0 (compatible; Barracuda Linkbot)", "scanner"},
		{"an agent of one letter", "", "x", "human"},
		{"curl, but not at the beginning", "", "Mozilla/5.0 curly", "human"},
		{"a browser that only begins like Apple's mail", "", "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/128.0", "human"},
		{"Yahoo's proxy", "", "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", "mail_proxy"},
		{"an old Edge", "", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246", "human"},
		{"a link scanner", "", "Mozilla/5.0 (compatible; Barracuda Sentinel)", "scanner"},
		{"Sec-Purpose", "sec-purpose", "prefetch;prerender", "prefetch"},
		{"Sec-Purpose, prefetch alone", "sec-purpose", "Prefetch", "prefetch"},
		{"a purpose that is none", "sec-purpose", "navigate", "human"},
		{"Purpose", "purpose", "prefetch", "prefetch"},
		{"X-Purpose", "x-purpose", "preview", "prefetch"},
		{"X-Moz", "x-moz", "prefetch", "prefetch"},
	} {
		h := map[string]string{"user-agent": c.value}
		if c.header != "" {
			h = map[string]string{"user-agent": firefox, c.header: c.value}
		}
		got, reason := Judge(h)
		if got != c.want || (got == "human") != (reason == "") {
			t.Errorf("%s: got %s (%s), want %s", c.name, got, reason, c.want)
		}
	}
}
