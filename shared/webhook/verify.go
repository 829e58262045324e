package webhook

import (
	"errors"
	"time"

	"tributary/shared/settings"
)

// Window is how far a signed timestamp may be from arrival, both ways, unless the provider needs more.
const Window = 5 * time.Minute

// Match says which secret a delivery was signed with.
type Match string

// Matches: when Previous is no longer seen, it may be left out.
const (
	Current  Match = "current"
	Previous Match = "previous"
)

// Reasons why a delivery is not taken, for the metric. The sender is not told which.
var (
	ErrMissing   = errors.New("missing")   // no signature, or not all that belongs to it
	ErrMalformed = errors.New("malformed") // something stands in its place that cannot be one
	ErrStale     = errors.New("stale")     // its time is outside of the window
	ErrMismatch  = errors.New("mismatch")  // none of the secrets made it
	ErrAddress   = errors.New("address")   // from an address that may not send
	ErrSpent     = errors.New("spent")     // a token for one use came with another body
)

// ErrSecret is our own fault: the stored secret cannot be used. It is never a reason to let a delivery in.
var ErrSecret = errors.New("the connection has no usable secret; set it again with PUT /v1/connections/{id}")

// Scheme is a way in which deliveries are shown to be the sender's own. Both methods must refuse an empty secret.
type Scheme interface {
	// Check refuses a secret that cannot be used; the error does not repeat it.
	Check(c *settings.Connection, secret string) error
	// Verify holds a delivery against one secret, in constant time; the error is one of the reasons.
	Verify(c *settings.Connection, secret string, d *Delivery) error
}

// Verify holds a delivery against the secrets of a connection that count now. The error is a reason or ErrSecret.
func Verify(s Scheme, c *settings.Connection, d *Delivery) (Match, error) {
	if !c.From(d.Source) {
		return "", ErrAddress
	}
	reason := ErrSecret
	for i, secret := range c.Live(d.Now) {
		if s.Check(c, string(secret)) != nil {
			continue
		}
		err := s.Verify(c, string(secret), d)
		if err == nil {
			return [...]Match{Current, Previous}[min(i, 1)], nil
		}
		if errors.Is(reason, ErrSecret) {
			reason = err
		}
	}
	return "", reason
}

// within reports that a time is no further from now than the window, before or after.
func within(at, now time.Time, window time.Duration) bool {
	return now.Sub(at).Abs() <= window
}
