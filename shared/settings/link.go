package settings

import (
	"net/url"
	"strings"

	"tributary/shared/fault"
)

// ClickParam is the parameter that a target gets a click's id under, unless the link names another. Trackers read this one.
const ClickParam = "trb"

// maxTarget bounds a target's bytes, so that the answer's header stays well within the gateway's 10 KB.
const maxTarget = 4096

// Link is where GET /c/{link} sends people, and what such a click carries.
type Link struct {
	ID         string `json:"id"`
	Target     string `json:"target"` // https only; never taken from a request for the link
	Name       string `json:"name,omitempty"`
	Campaign   string `json:"campaign,omitempty"`
	Channel    string `json:"channel,omitempty"`
	Source     string `json:"source,omitempty"`
	Medium     string `json:"medium,omitempty"`
	ClickParam string `json:"click_param"`
	// Honeypot marks a link that no person sees: whoever follows it reads mails by machine.
	Honeypot bool `json:"honeypot,omitempty"`
}

// ParseLink reads the body of a PUT; all errors are faults.
func ParseLink(id string, body []byte) (Link, error) {
	l := Link{ID: id, ClickParam: ClickParam}
	if err := CheckID("id", id); err != nil {
		return Link{}, err
	}
	err := parse(body, fields{
		"id":          sameID(id),
		"target":      checked(&l.Target, maxTarget, CheckTarget),
		"name":        text(&l.Name, 200),
		"campaign":    text(&l.Campaign, 256),
		"channel":     text(&l.Channel, 100),
		"source":      text(&l.Source, 256),
		"medium":      text(&l.Medium, 256),
		"click_param": checked(&l.ClickParam, 64, CheckID),
		"honeypot":    flag(&l.Honeypot),
	})
	if err != nil {
		return Link{}, err
	}
	if l.Target == "" {
		return Link{}, invalid("target", "it must say where the link leads, like https://shop.example.com/")
	}
	return l, nil
}

// CheckTarget accepts an https address with a host and without a name and password, as browsers read it: a backslash is a
// slash to them and not to net/url. It goes into a header, so it is plain ASCII.
func CheckTarget(field, s string) error {
	u, err := url.Parse(s)
	switch {
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return invalid(field, "it holds white space or letters beyond ASCII; write those as %%20 or %%C3%%A9, and a host as xn--…")
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Contains(s, "\\"):
		return invalid(field, "%q is no target; write an address with https:// and a host, without a name or password", fault.Clip(s))
	}
	return nil
}
