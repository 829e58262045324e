// Package channel groups traffic as GA4's default channel grouping does for manual tagging: rules from the top, the
// first that fits stands (https://support.google.com/analytics/answer/9756891). Which site is what, its lists say
// (lists/README.md). Pure functions, no tables built at start.
package channel

import "strings"

// RuleVersion names this set of rules; it is stored with every channel they decide.
const RuleVersion = "ga4-2"

// Channels by their GA4 names.
const (
	CrossNetwork    = "Cross-network"
	Direct          = "Direct"
	PaidShopping    = "Paid Shopping"
	PaidSearch      = "Paid Search"
	PaidSocial      = "Paid Social"
	PaidVideo       = "Paid Video"
	Display         = "Display"
	PaidOther       = "Paid Other"
	OrganicShopping = "Organic Shopping"
	OrganicSocial   = "Organic Social"
	OrganicVideo    = "Organic Video"
	OrganicSearch   = "Organic Search"
	Email           = "Email"
	Affiliates      = "Affiliates"
	Referral        = "Referral"
	Audio           = "Audio"
	SMS             = "SMS"
	MobilePush      = "Mobile Push Notifications"
	AIAssistant     = "AI Assistant" // since May 2026
	Unassigned      = "Unassigned"
)

// Group is the channel of a source, medium and campaign; case does not matter, empty means not set.
func Group(source, medium, campaign string) string {
	source, medium, campaign = strings.ToLower(source), strings.ToLower(medium), strings.ToLower(campaign)
	kind := Site(source)
	if strings.Contains(campaign, "cross-network") {
		return CrossNetwork
	}
	if source == "(direct)" && (medium == "(none)" || medium == "(not set)") {
		return Direct
	}
	if c := paid(kind, medium, campaign); c != "" {
		return c
	}
	if c := organic(kind, medium, campaign); c != "" {
		return c
	}
	return owned(source, medium)
}

// paid holds the rules that ask for a paid medium, and Display, which stands among them.
func paid(kind Kind, medium, campaign string) string {
	if isPaid(medium) {
		switch {
		case kind == Shopping || isShopping(campaign):
			return PaidShopping
		case kind == Search:
			return PaidSearch
		case kind == Social:
			return PaidSocial
		case kind == Video:
			return PaidVideo
		}
	}
	switch medium {
	case "display", "banner", "expandable", "interstitial", "cpm":
		return Display
	}
	if isPaid(medium) {
		return PaidOther
	}
	return ""
}

// organic holds the rules for sites of a known kind without a paid medium.
func organic(kind Kind, medium, campaign string) string {
	switch {
	case kind == Assistant || medium == MediumAssistant:
		return AIAssistant
	case kind == Shopping || isShopping(campaign):
		return OrganicShopping
	case kind == Social || oneOf(medium, "social", "social-network", "social-media", "sm", "social network", "social media"):
		return OrganicSocial
	case kind == Video || strings.Contains(medium, "video"):
		return OrganicVideo
	case kind == Search || medium == "organic":
		return OrganicSearch
	}
	return ""
}

// owned holds the rules that look at the medium, and for mail and messages at the source too.
func owned(source, medium string) string {
	switch {
	case isEmail(source) || isEmail(medium):
		return Email
	case medium == "affiliate":
		return Affiliates
	case oneOf(medium, "referral", "app", "link"):
		return Referral
	case medium == "audio":
		return Audio
	case source == "sms" || medium == "sms":
		return SMS
	case strings.HasSuffix(medium, "push") || strings.Contains(medium, "mobile") || strings.Contains(medium, "notification") || source == "firebase":
		return MobilePush
	}
	return Unassigned
}

// isPaid is GA4's ^(.*cp.*|ppc|retargeting|paid.*)$.
func isPaid(medium string) bool {
	return strings.Contains(medium, "cp") || medium == "ppc" || medium == "retargeting" || strings.HasPrefix(medium, "paid")
}

// isShopping is GA4's ^(.*(([^a-df-z]|^)shop|shopping).*)$ on a lower-case campaign: "shop" after anything but a letter
// other than e, or "shopping" anywhere.
func isShopping(campaign string) bool {
	for i := 0; ; i++ {
		at := strings.Index(campaign[i:], "shop")
		if at < 0 {
			return false
		}
		if i += at; i == 0 || strings.HasPrefix(campaign[i:], "shopping") {
			return true
		}
		if c := campaign[i-1]; c < 'a' || c > 'z' || c == 'e' {
			return true
		}
	}
}

// isEmail is GA4's email|e-mail|e_mail|e mail.
func isEmail(s string) bool {
	return oneOf(s, "email", "e-mail", "e_mail", "e mail")
}

func oneOf(s string, list ...string) bool {
	for _, l := range list {
		if s == l {
			return true
		}
	}
	return false
}
