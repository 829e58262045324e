package event

import (
	"net/url"
	"strings"

	"golang.org/x/text/unicode/norm"

	"tributary/shared/channel"
)

// clickIDs are the parameters that ad platforms add to a landing page's address.
func isClickID(name string) bool {
	switch name {
	case "gclid", "wbraid", "gbraid", "gclsrc", "dclid", "gad_source", "gad_campaignid", "fbclid", "msclkid", "ttclid", "li_fat_id", "twclid",
		"rdt_cid", "epik", "sccid", "yclid", "irclickid", "cjevent", "awc", "trb":
		return true
	}
	return false
}

// Followed is the id of the click on one of our own links that led here: what the event itself says, else its page's
// address; empty when none did.
func (e *Event) Followed() string {
	if id := e.ClickIDs["trb"]; id != "" {
		return id
	}
	_, query, _ := strings.Cut(e.Page, "?")
	if !strings.Contains(query, "trb=") {
		return ""
	}
	params, _ := url.ParseQuery(query) // what can be read of a torn query counts
	return params.Get("trb")
}

// findTraffic finds out where the visitor came from, as far as the sender did not say so: by the link that led here, by what
// the page's address says, by the referrer. It groups that into a channel unless the sender or the link names one.
func (e *Event) findTraffic(s Site) {
	if s.Via != nil {
		e.follow(s.Via)
	}
	page := e.readPage()
	if e.Channel != "" {
		return
	}
	source, medium := e.Source, e.Medium
	if source == "" && medium == "" {
		source, medium = channel.FromClickIDs(e.ClickIDs)
		e.Source, e.Medium = source, medium
	}
	if source == "" && medium == "" && e.Campaign == "" && e.arrives() {
		source, medium = channel.FromReferrer(e.Referrer, page, s.Domains, s.PaymentHosts)
		if source == "" {
			return // a step within the site
		}
		if source != channel.SourceDirect {
			e.Source, e.Medium = source, medium
		}
	}
	if source == "" && medium == "" && e.Campaign == "" && e.Type != "click" && e.Type != "impression" {
		return
	}
	e.Channel, e.ChannelRule = channel.Group(source, medium, e.Campaign), channel.RuleVersion
}

// arrives reports that the referrer tells where the visitor came from: on a page, and at a link where there is one.
func (e *Event) arrives() bool {
	return e.Type == "visit" || e.Type == "page_view" || e.Type == "click" && e.Link != "" && e.Referrer != ""
}

// follow takes what the link says where the sender is silent.
func (e *Event) follow(v *Via) {
	if e.Campaign == "" && e.CampaignID == "" {
		e.Campaign = v.Campaign
	}
	if e.Source == "" && e.Medium == "" {
		e.Source, e.Medium = strings.ToLower(v.Source), strings.ToLower(v.Medium)
	}
	e.Channel, e.Link, e.InviteID = or(e.Channel, v.Channel), or(e.Link, v.Link), or(e.InviteID, v.Invite)
}

// readPage fills empty fields from the page's query and returns the page's host.
func (e *Event) readPage() string {
	address, query, ok := strings.Cut(e.Page, "?")
	if ok {
		_ = eachParam(query, e.readParam) // what can be read of a torn query counts
		e.Source, e.Medium = strings.ToLower(e.Source), strings.ToLower(e.Medium)
	}
	return channel.Host(address)
}

// readParam takes a tag or a click id; of two the first counts.
func (e *Event) readParam(name, v string) {
	if v == "" || len(v) > maxID {
		return
	}
	if to := e.utm(name); to != nil && *to == "" {
		if !isPlain(v) {
			v = strip(strings.TrimSpace(norm.NFC.String(strings.ToValidUTF8(v, ""))))
		}
		*to = v
	} else if isClickID(name) && e.ClickIDs[name] == "" {
		if e.ClickIDs == nil {
			e.ClickIDs = make(map[string]string, 2)
		}
		e.ClickIDs[name] = strip(strings.ToValidUTF8(v, ""))
	}
}

// utm is the place of a manual tag.
func (e *Event) utm(name string) *string {
	switch name {
	case "utm_source":
		return &e.Source
	case "utm_medium":
		return &e.Medium
	case "utm_campaign":
		return &e.Campaign
	case "utm_id":
		return &e.CampaignID
	case "utm_content":
		return &e.Content
	case "utm_term":
		return &e.Term
	}
	return nil
}
