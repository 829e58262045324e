package channel

import "strings"

// Kind is what a well-known site is.
type Kind byte

// Kinds of sites.
const (
	Other Kind = iota
	Search
	Social
	Video
	Shopping
)

// Site tells the kind of a source, which may be a name ("google") or a host ("www.google.co.uk"); lower case.
func Site(source string) Kind {
	switch source {
	case "t.co", "lnkd.in", "fb.me", "fb.com", "vk.com", "x.com", "ok.ru", "wa.me", "t.me", "bsky.app", "news.ycombinator.com", "instagr.am", "redd.it":
		return Social
	case "youtu.be":
		return Video
	case "qwant", "so.com", "seznam.cz":
		return Search
	}
	if isMail(source) { // mail.google.com is no search engine
		return Other
	}
	return named(owner(source))
}

// owner is the label of a host that names its owner: the one before the public suffix, which is taken to be the last
// label, with a short one before it as in co.uk. A name without a dot is itself.
func owner(source string) string {
	parts := strings.Split(source, ".")
	n := len(parts)
	switch {
	case n == 1:
		return source
	case n > 2 && (len(parts[n-2]) <= 2 || oneOf(parts[n-2], "com", "net", "org", "gov", "edu")):
		return parts[n-3]
	}
	return parts[n-2]
}

// named is the kind of a well-known name.
func named(label string) Kind {
	switch label {
	case "google", "bing", "yahoo", "duckduckgo", "baidu", "yandex", "ecosia", "startpage", "naver", "daum", "sogou", "ask", "aol",
		"brave", "qwant", "seznam", "presearch", "mojeek", "swisscows", "msn", "kagi":
		return Search
	case "facebook", "instagram", "linkedin", "twitter", "pinterest", "reddit", "tiktok", "snapchat", "quora", "tumblr", "threads",
		"whatsapp", "telegram", "vkontakte", "weibo", "wechat", "mastodon", "xing", "discord", "messenger", "bluesky", "flickr",
		"meetup", "hootsuite", "stackoverflow", "stackexchange", "disqus", "livejournal", "nextdoor", "line":
		return Social
	case "youtube", "vimeo", "twitch", "dailymotion", "netflix", "hulu", "wistia", "ted", "youku", "iqiyi", "disneyplus":
		return Video
	case "amazon", "ebay", "etsy", "walmart", "aliexpress", "alibaba", "shopify", "shopping", "rakuten", "mercadolibre", "taobao",
		"tmall", "flipkart", "zalando", "idealo", "shopzilla", "target":
		return Shopping
	}
	return Other
}
