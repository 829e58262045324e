// Package webhook knows how senders of webhooks show that a delivery is theirs, and what a delivery is made into: drafts of
// events. Each provider is a small package below it, and shared/webhook/registry lists them. All of it is pure: no AWS, no
// HTTP envelope, no clock.
package webhook

import (
	"net/url"
	"strings"
	"time"
)

// Delivery is one request as it arrived.
type Delivery struct {
	Method string
	URL    string            // as the sender called it, with its query
	Header map[string]string // names in lower case
	Query  string            // raw
	Path   string            // what stood behind the connection's id and ~: the token of an address nobody guesses
	Body   []byte            // raw, base64 of the gateway undone
	Source string            // IP address
	Now    time.Time         // arrival

	salt []byte // of a delivery that waited: what may be a secret is sealed under it
}

// Param is the first value of a query's parameter; empty when absent or unreadable.
func (d *Delivery) Param(name string) string {
	if d.Query == "" {
		return ""
	}
	q, err := url.ParseQuery(d.Query)
	if err != nil && len(q) == 0 {
		return ""
	}
	return q.Get(name)
}

// Form reads a body sent as a form; false when it is not one.
func (d *Delivery) Form() (url.Values, bool) {
	if !strings.HasPrefix(strings.ToLower(d.Header["content-type"]), "application/x-www-form-urlencoded") {
		return nil, false
	}
	v, err := url.ParseQuery(string(d.Body))
	return v, err == nil
}

// Draft is an event as /v1/events takes it (contract.md section 2), by field name. Values are what event.FromFields takes;
// empty ones count as absent. Its id is the provider's, so that a repeated delivery is told apart from a new event; receive
// puts the connection's site in. A draft without an id takes one from the bytes of the delivery.
type Draft map[string]any

// Meaning is what a delivery says. All empty means: nothing that concerns us, such as an order of a shop's test.
type Meaning struct {
	Events []Draft
	// Erase are ids of people whose data must go, typed as event.IDs has them, or as e-mail and phone in the clear.
	Erase []Person
	// Lookups are what the delivery only points at: redrive asks the provider's API and completes them.
	Lookups []Lookup
}

// Person is somebody by any id; empty fields are absent.
type Person struct {
	UserID, AnonymousID, Email, Phone string
	ProviderIDs                       []string
}

// Lookup is an object of the provider that a delivery names and does not describe. ID makes a repeated delivery the same
// lookup; Object and Key name it to the provider; Time is when it changed, Unix milliseconds.
type Lookup struct {
	ID     string `json:"id"`
	Object string `json:"object"`
	Key    string `json:"key"`
	Time   int64  `json:"time"`
}
