package click

import (
	"tributary/shared/event"
	"tributary/shared/settings"
)

// Way is where a link or a referral code leads, and what a click on it is recorded with.
type Way struct {
	settings.Link
	Program, Advocate, Invite string // of a referral code
}

// OfLink is the way of a link.
func OfLink(l settings.Link) Way { return Way{Link: l} }

// OfCode is the way of a code of a program.
func OfCode(c settings.Code, p settings.Program) Way {
	return Way{Link: c.Link(p), Program: p.ID, Advocate: c.Advocate, Invite: c.Invite}
}

// Via is what the way says of those whom it leads. A link in a mail that says nothing of its medium is e-mail.
func (w Way) Via(kind Kind) *event.Via {
	v := &event.Via{Link: w.ID, Campaign: w.Campaign, Channel: w.Channel, Source: w.Source, Medium: w.Medium, Invite: w.Invite}
	if kind == Mail && v.Channel == "" && v.Source == "" && v.Medium == "" {
		v.Medium = "email"
	}
	return v
}
