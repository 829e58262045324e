// Package event holds the one canonical event that every door produces and everything downstream reads. It knows no
// AWS, no HTTP and no clock: doors hand in what they know (Door), consumers read flat attributes (Attr).
package event

// Kind sorts the events of one home so that marketing history is one query from C to T.
type Kind byte

// Kinds in key order; see design.md section 4.
const (
	KindConversion Kind = 'C' // conversions, refunds, leads, opportunities, cancels
	KindLink       Kind = 'L' // identify events
	KindTouch      Kind = 'T' // impression, click, visit, e-mail open and click
	KindOther      Kind = 'X' // everything else
)

// Trust ranks the reporters of one sale: the highest stands (contract.md section 3).
type Trust int8

// Doors by how far their word counts.
const (
	TrustPublic  Trust = 0 // pixel, tracker
	TrustKeyed   Trust = 1 // a server with a key
	TrustWebhook Trust = 2 // a signed webhook
)

// Agents that are not people are marked, never dropped; AgentHuman is stored as no attribute at all.
const (
	AgentHuman     = "human"
	AgentBot       = "bot"
	AgentPrefetch  = "prefetch"
	AgentMailProxy = "mail_proxy"
	AgentScanner   = "scanner"
)

// Event is one fact, normalised. Times are Unix milliseconds; Value is in minor units of Currency, Cost in millionths
// of Currency's unit. Empty strings and nil mean absent.
type Event struct {
	ID       string
	Type     string // canonical name, synonyms resolved (page_view, lead, conversion, ...)
	Site     string
	Time     int64 // when it happened, after clamping
	Received int64 // when it arrived first

	AnonymousID string
	LinkedID    string // another anonymous id of the same person: of another of the company's domains
	UserID      string
	Email       string   // SHA-256 hex of the normalised address
	Phone       string   // SHA-256 hex of the E.164 digits
	ProviderIDs []string // like "stripe:cus_1"
	SessionID   string

	Campaign, CampaignID, Channel, Source, Medium, Content, Term string
	ChannelRule                                                  string // version of the grouping that set Channel; empty when the sender named it
	ClickIDs                                                     map[string]string
	Page, Referrer, Link, Goal                                   string
	Reached                                                      string // goal whose match the event is, which makes it a conversion; set at ingest

	HasValue bool
	Value    int64
	HasCost  bool
	Cost     int64
	Currency string

	OrderID      string
	OrderAliases []string
	CartID       string
	MessageID    string
	InviteID     string
	PostID       string
	Score        int
	Items        string // canonical JSON array as sent
	Props        string // canonical JSON object: property name -> string, number or bool
	Traits       string // canonical JSON object
	Consent      string

	Agent       string // AgentHuman unless marked
	AgentReason string
	Trust       Trust
	Clamped     bool   // the client's time was outside the door's window
	Quarter     bool   // the site's zone has a fractional offset: KPI buckets are quarter hours
	Date        string // spend only: the day in the site's zone that the sender named, 2006-01-02; Time is its start
	Version     int64  // spend only: a higher one replaces
	Hash        string // hash of the sender's own fields, before defaults; tells a duplicate from a conflict
	TTL         int64  // Unix seconds after which the table may drop it
	Erased      bool   // an erasure has taken its ids and the detail out; its place was changed without being counted again
}

// Attr is one flat attribute of a stored item: a string, or a number when Number is set. Structured values are one
// string of canonical JSON.
type Attr struct {
	Name   string
	Number bool
	Value  string
}
