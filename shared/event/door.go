package event

import "time"

// Door is what a door knows about an event that arrives. It is kept with input that is judged later (package spill), so it
// holds nothing that may not be stored.
type Door struct {
	Trust  Trust         `json:"trust,omitempty"`
	App    bool          `json:"app,omitempty"`     // public, but the sender showed the site's app_key: its clock may be 30 days behind
	Now    int64         `json:"now"`               // arrival, Unix milliseconds
	SentAt int64         `json:"sent_at,omitempty"` // the sender's clock when it sent, Unix milliseconds; 0: unknown
	NewID  func() string `json:"-"`                 // a fresh id for an event that has none
	// Agent and AgentReason are the door's judgement of a public sender; keyed senders say it themselves.
	Agent       string `json:"agent,omitempty"`
	AgentReason string `json:"agent_reason,omitempty"`

	Visitor    string        `json:"-"` // the id in the browser's cookie (package visitor); an event takes it when it is read
	NewVisitor func() string `json:"-"` // an id for a visitor without one; nil where none is made
	Page       string        `json:"-"` // the address of the page that asked, for a view that names none

	// What a visitor's request says of privacy, and what an id of a day is made of (consent.See). Address and browser are
	// never stored or logged.
	GPC       bool   `json:"gpc,omitempty"`
	DNT       bool   `json:"dnt,omitempty"`
	Consent   string `json:"consent,omitempty"` // of the whole batch; an event's own goes before it
	IP        string `json:"-"`
	UserAgent string `json:"-"`
	Dry       bool   `json:"-"` // nothing shall be stored
}

// Site is what an event needs to know of its site.
type Site struct {
	Location      *time.Location // of a day that spend names
	RetentionDays int
	Quarter       bool     // the zone's offset is no whole hour
	Domains       []string // the site's own: a visitor who comes from one has been there before
	PaymentHosts  []string // hosts that visitors are only sent through
	Via           *Via     // the link that led here, where the event carries its click (Event.Followed); nil: none known
}

// Via is what a link says of the visitors whom it leads; empty fields say nothing.
type Via struct{ Link, Campaign, Channel, Source, Medium, Invite string }
