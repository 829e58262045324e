package event

import "time"

// Door is what a door knows about an event that arrives.
type Door struct {
	Trust  Trust
	App    bool          // public, but the sender showed the site's app_key: its clock may be 30 days behind
	Now    int64         // arrival, Unix milliseconds
	SentAt int64         // the sender's clock when it sent, Unix milliseconds; 0: unknown
	NewID  func() string // a fresh id for an event that has none
	// Agent and AgentReason are the door's judgement of a public sender; keyed senders say it themselves.
	Agent, AgentReason string
}

// Site is what an event needs to know of its site.
type Site struct {
	Location      *time.Location // of a day that spend names
	RetentionDays int
	Quarter       bool // the zone's offset is no whole hour
}
