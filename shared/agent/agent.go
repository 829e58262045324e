// Package agent tells people from machines by the headers of a request. Machines are marked, never dropped, so that a
// better list mends the past. Plain substrings, no regular expression: nothing is built when a function starts.
package agent

import (
	"strings"

	"tributary/shared/event"
)

// Honeypot is the reason of whoever follows a link that no person sees.
const Honeypot = "honeypot"

// Judge is the class of an agent (event.AgentHuman, AgentBot, …) and why: the header or the part of the user agent that
// told. Header names are lower case, as API Gateway has them.
func Judge(headers map[string]string) (class, reason string) {
	for _, name := range [...]string{"sec-purpose", "purpose", "x-purpose", "x-moz"} {
		v := strings.ToLower(headers[name])
		if strings.Contains(v, "prefetch") || strings.Contains(v, "preview") || strings.Contains(v, "prerender") {
			return event.AgentPrefetch, name
		}
	}
	ua := strings.ToLower(headers["user-agent"])
	switch {
	case ua == "":
		return event.AgentBot, "no user-agent"
	// Gmail fetches the pictures of a mail before it is opened, with the agent of an Edge that never was.
	case strings.HasSuffix(ua, "edge/12.246 mozilla/5.0"):
		return event.AgentPrefetch, "gmail prefetch"
	case ua == "mozilla/5.0":
		return event.AgentMailProxy, "bare mozilla/5.0"
	}
	if part := find(ua, mailProxies[:]); part != "" {
		return event.AgentMailProxy, part
	}
	if part := find(ua, scanners[:]); part != "" {
		return event.AgentScanner, part
	}
	if part := machine(ua); part != "" && !(part == "bot" && isPhone(ua)) {
		return event.AgentBot, part
	}
	return event.AgentHuman, ""
}

// isPhone excuses the phones of a maker whose name ends in bot.
func isPhone(ua string) bool {
	return strings.Contains(ua, "cubot") && strings.Count(ua, "bot") == strings.Count(ua, "cubot")
}

func find(ua string, parts []string) string {
	for _, p := range parts {
		if strings.Contains(ua, p) {
			return p
		}
	}
	return ""
}

// machine finds a part of a user agent that only a machine has, in one pass: most visitors are people, for whom every part
// is looked for.
func machine(ua string) string {
	for i := range len(ua) {
		for _, p := range machines[ua[i]] {
			if strings.HasPrefix(ua[i:], p) {
				return p
			}
		}
	}
	return ""
}

// Parts of user agents, lower case.
var (
	mailProxies = [...]string{"googleimageproxy", "ggpht.com", "yahoomailproxy", "yahoocachesystem"}
	scanners    = [...]string{"barracuda", "mimecast", "proofpoint", "safelinks", "symantec", "trendmicro", "zgrab", "masscan", "nmap", "nikto", "sqlmap", "censys", "nuclei"}
	machines    = [256][]string{ // by their first letter
		'a': {"axios", "aiohttp", "apis-google", "archive.org", "anthropic", "ahrefs"},
		'b': {"bot"},
		'c': {"crawl", "curl/", "check_http", "catchpoint", "chatgpt", "claude", "cohere-ai"},
		'd': {"datadog", "diffbot"},
		'e': {"electron-fetch", "embedly"},
		'f': {"facebookexternalhit", "facebookcatalog", "feedfetcher", "feedly", "feedburner"},
		'g': {"go-http-client", "guzzle", "gtmetrix", "google-read-aloud", "google-inspectiontool", "googleother", "google favicon", "google-site-verification"},
		'h': {"headless", "httpclient", "http-client", "httpie", "httpx"},
		'i': {"insomnia", "ia_archiver"},
		'j': {"java/"},
		'l': {"libwww", "lwp", "lighthouse", "linkcheck"},
		'm': {"monitor", "meta-external", "mediapartners-google", "majestic"},
		'n': {"node-fetch", "node.js", "newrelic", "nutch"},
		'o': {"openai"},
		'p': {"python", "perl", "php/", "postman", "phantomjs", "puppeteer", "playwright", "pagespeed", "pingdom", "preview", "perplexity"},
		'r': {"ruby", "reqwest"},
		's': {"spider", "slurp", "scrapy", "selenium", "statuscake", "skypeuripreview", "snippet", "semrush", "screaming frog"},
		'u': {"undici", "uptime"},
		'v': {"vkshare", "validator"},
		'w': {"wget", "webdriver", "whatsapp/", "w3c_"},
	}
)
