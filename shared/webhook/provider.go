package webhook

import (
	"strconv"

	"tributary/shared/fault"
	"tributary/shared/settings"
)

// Provider is a sender of webhooks.
type Provider struct {
	Name   string // as a connection's provider
	Title  string // as people call it
	Scheme Scheme
	// Read says what a verified delivery means. An error, which is a fault, keeps the delivery aside with its reason; what of
	// the meaning could be read is taken all the same. It must say the same of the same delivery for ever: ids and content.
	Read func(c *settings.Connection, d *Delivery) (Meaning, error)
	// File is instead of Read where a delivery is a file of rows for import and no events: what it holds; a fault refuses it.
	File func(c *settings.Connection, d *Delivery) (Taken, error)
	// Check refuses a connection whose settings the provider cannot work with; nil: there are none.
	Check func(c *settings.Connection) error
	// Complete says what a Lookup means, by asking the provider's own API: redrive calls it, never ingest. A fault puts the
	// lookup aside, any other error keeps it for later; nil: the provider has no lookups.
	Complete func(c *settings.Connection, l Lookup, ask Ask) (Meaning, error)
	// Headers are those besides content-type that Read needs, in lower case: they are kept with what could not be read.
	Headers []string
	// Once is a part of the delivery that counts for one body only, where the signature does not cover the body; nil: none.
	Once func(d *Delivery) string
	// Get lets GET in too, for postbacks.
	Get bool

	// For README: the events that are told, how a delivery is verified, what a replay meets, how the sender tries again.
	Events, Verification, Replay, Retries string
}

// Ask gets an address of a provider's API with a token as bearer.
type Ask func(address string, token settings.Secret) (status int, body []byte, err error)

// Unanswered is an answer of a provider's API that is not what was asked for.
type Unanswered struct{ Status int }

// Error tells the status and nothing of the answer, which may repeat the token.
func (u *Unanswered) Error() string {
	return "the provider answers " + strconv.Itoa(u.Status) + "; check the connection's token and its scopes"
}

// Taken is what a delivery that is a file holds.
type Taken struct {
	Extension string // of the file's name
	Rows      int    // that will be stored
	Refused   []RefusedRow
}

// RefusedRow is a row of a file that is not stored, and why.
type RefusedRow struct {
	Line int `json:"line"`
	*fault.Fault
}

// CheckConnection refuses a connection that its provider cannot work with: an empty or undecodable secret among others.
func (p *Provider) CheckConnection(c *settings.Connection) error {
	if len(c.Secrets) == 0 {
		return p.Scheme.Check(c, "")
	}
	for _, s := range c.Secrets {
		if err := p.Scheme.Check(c, string(s)); err != nil {
			return err
		}
	}
	if p.Check != nil {
		return p.Check(c)
	}
	return nil
}
