// Package agent tells people from machines by the headers of a request. Machines are marked, never dropped, so that a
// better list mends the past. Plain substrings, no regular expression: nothing is built when a function starts.
package agent

import (
	"strings"

	"tributary/shared/event"
)

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
	if part := find(ua, machines[:]); part != "" && !(part == "bot" && isPhone(ua)) {
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

// Parts of user agents, lower case, the commonest first.
var (
	mailProxies = [...]string{"googleimageproxy", "ggpht.com", "yahoomailproxy", "yahoocachesystem"}
	scanners    = [...]string{"barracuda", "mimecast", "proofpoint", "safelinks", "symantec", "trendmicro", "zgrab", "masscan", "nmap", "nikto", "sqlmap", "censys", "nuclei"}
	machines    = [...]string{
		"bot", "crawl", "spider", "slurp", "curl/", "wget", "python", "go-http-client", "headless", "java/", "httpclient", "http-client",
		"libwww", "lwp", "ruby", "perl", "php/", "guzzle", "node-fetch", "axios", "undici", "node.js", "postman", "insomnia", "httpie", "aiohttp", "httpx",
		"reqwest", "scrapy", "phantomjs", "puppeteer", "playwright", "selenium", "webdriver", "electron-fetch",
		"lighthouse", "pagespeed", "gtmetrix", "pingdom", "uptime", "statuscake", "monitor", "check_http", "newrelic", "datadog", "catchpoint",
		"facebookexternalhit", "facebookcatalog", "meta-external", "whatsapp/", "skypeuripreview", "preview", "embedly", "snippet", "vkshare",
		"google-read-aloud", "google-inspectiontool", "googleother", "google favicon", "google-site-verification", "mediapartners-google", "feedfetcher",
		"apis-google", "feedly", "feedburner", "ia_archiver", "archive.org", "nutch", "w3c_", "validator", "linkcheck",
		"chatgpt", "claude", "perplexity", "cohere-ai", "anthropic", "openai", "diffbot", "ahrefs", "semrush", "majestic", "screaming frog",
	}
)
