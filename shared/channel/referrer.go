package channel

import "strings"

// SourceDirect and MediumNone stand for a visit that came from nowhere in particular, MediumAssistant for one that an AI
// assistant sent.
const (
	SourceDirect    = "(direct)"
	MediumNone      = "(none)"
	MediumAssistant = "ai-assistant"
)

// FromClickIDs is the source and medium that an ad platform's click id stands for; empty without one. fbclid rides on
// unpaid posts too, so it names a site but no paid medium.
func FromClickIDs(ids map[string]string) (source, medium string) {
	if len(ids) == 0 {
		return "", ""
	}
	for _, p := range [...]struct{ id, source, medium string }{
		{"gclid", "google", "cpc"},
		{"wbraid", "google", "cpc"},
		{"gbraid", "google", "cpc"},
		{"gad_campaignid", "google", "cpc"},
		{"dclid", "google", "display"},
		{"msclkid", "bing", "cpc"},
		{"yclid", "yandex", "cpc"},
		{"ttclid", "tiktok", "paid_social"},
		{"li_fat_id", "linkedin", "paid_social"},
		{"twclid", "twitter", "paid_social"},
		{"rdt_cid", "reddit", "paid_social"},
		{"sccid", "snapchat", "paid_social"},
		{"epik", "pinterest", "paid_social"},
		{"fbclid", "facebook", "social"},
	} {
		if ids[p.id] != "" {
			return p.source, p.medium
		}
	}
	return "", ""
}

// FromReferrer is the source and medium of a visit without tags: the site that linked to it, or (direct) without a
// referrer. Empty when the visitor was on the site before and has but come back: when the referrer is the visited host
// itself, another of the site's own domains, or a host that visitors are only sent through, to pay.
func FromReferrer(referrer, host string, own, through []string) (source, medium string) {
	from := Host(referrer)
	switch {
	case from == "":
		return SourceDirect, MediumNone
	case from == host || under(from, own) || under(from, through):
		return "", ""
	case isMail(from):
		return from, "email"
	}
	switch Site(from) {
	case Search:
		return owner(from), "organic"
	case Social:
		return from, "social"
	case Assistant:
		return from, MediumAssistant
	}
	return from, "referral"
}

// under reports that a host is one of the domains or below one; case and www do not matter.
func under(host string, domains []string) bool {
	for _, d := range domains {
		d = strings.TrimPrefix(d, "www.")
		if rest, ok := strings.CutSuffix(host, d); ok && d != "" && (rest == "" || rest[len(rest)-1] == '.') {
			return true
		}
	}
	return false
}

// isMail reports web mailers, whose hosts else look like their owners' search engines.
func isMail(host string) bool {
	return strings.HasPrefix(host, "mail.") || strings.HasPrefix(host, "outlook.") || strings.HasPrefix(host, "webmail.") || host == "com.google.android.gm"
}

// Host is the host of an address like https://user@www.example.com:8080/a, lower case and without www; empty for
// anything that is no such address.
func Host(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if colon := strings.LastIndexByte(rest, ':'); colon > strings.IndexByte(rest, ']') {
		rest = rest[:colon]
	}
	return strings.TrimPrefix(strings.ToLower(rest), "www.")
}
