package event

import (
	"net/url"
	"strings"

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

// findTraffic reads what the page's address says about where the visitor came from, as far as the sender did not say so,
// and groups it into a channel unless the sender named one.
func (e *Event) findTraffic() {
	page := e.readPage()
	if e.Channel != "" {
		return
	}
	source, medium := e.Source, e.Medium
	if source == "" && medium == "" {
		source, medium = channel.FromClickIDs(e.ClickIDs)
		e.Source, e.Medium = source, medium
	}
	if source == "" && medium == "" && e.Campaign == "" && (e.Type == "visit" || e.Type == "page_view") {
		source, medium = channel.FromReferrer(e.Referrer, page)
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

// readPage fills empty fields from the page's query and returns the page's host.
func (e *Event) readPage() string {
	address, query, ok := strings.Cut(e.Page, "?")
	if ok {
		params, err := url.ParseQuery(query)
		if err == nil || len(params) > 0 { // what can be read of a torn query counts
			e.readParams(params)
		}
	}
	return channel.Host(address)
}

func (e *Event) readParams(params url.Values) {
	for name, values := range params {
		v := values[0]
		if v == "" || len(v) > maxID {
			continue
		}
		if to := e.utm(name); to != nil && *to == "" {
			*to = strip(strings.TrimSpace(strings.ToValidUTF8(v, "")))
		} else if isClickID(name) && e.ClickIDs[name] == "" {
			if e.ClickIDs == nil {
				e.ClickIDs = make(map[string]string, 2)
			}
			e.ClickIDs[name] = strip(strings.ToValidUTF8(v, ""))
		}
	}
	e.Source, e.Medium = strings.ToLower(e.Source), strings.ToLower(e.Medium)
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
