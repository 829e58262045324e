package webhook

import (
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
)

// minToken is how long a token must be that is all there is between the world and the store.
const minToken = 16

// Token is the scheme of senders that sign nothing: the secret itself comes along, as Authorization: Bearer, in the header
// that the connection names, as the parameter token, or in the path (/hooks/{connection}~{token}). It says nothing of the
// body and nothing of when.
type Token struct{}

// Check refuses a token that is guessed.
func (Token) Check(_ *settings.Connection, secret string) error {
	if len(secret) < minToken {
		return fault.New(fault.InvalidField, "secrets", "a token must have at least %d characters, else it is guessed; openssl rand -hex 24 makes one", minToken)
	}
	return nil
}

// Verify compares whichever token came.
func (t Token) Verify(c *settings.Connection, secret string, d *Delivery) error {
	if t.Check(c, secret) != nil {
		return ErrSecret
	}
	given := t.given(c, d)
	if given == "" {
		return ErrMissing
	}
	if !d.shows(given, secret) {
		return ErrMismatch
	}
	return nil
}

func (Token) given(c *settings.Connection, d *Delivery) string {
	if c.Header != "" {
		return d.Header[strings.ToLower(c.Header)]
	}
	if scheme, key, ok := strings.Cut(d.Header["authorization"], " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(key)
	}
	if d.Path != "" {
		return d.Path
	}
	return d.Param(TokenParam)
}

// Chosen is the scheme of senders of any kind: as the connection's verify says, a token unless it says something else.
type Chosen struct{}

func (Chosen) scheme(c *settings.Connection) Scheme {
	switch c.Verify {
	case "hmac":
		return Configured{}
	case "standard":
		return Standard{}
	}
	return Token{}
}

// Check is that of the scheme chosen.
func (s Chosen) Check(c *settings.Connection, secret string) error {
	return s.scheme(c).Check(c, secret)
}

// Verify is that of the scheme chosen.
func (s Chosen) Verify(c *settings.Connection, secret string, d *Delivery) error {
	return s.scheme(c).Verify(c, secret, d)
}

// TokenParam is the parameter that carries a token. Nothing that is kept has it, but for the seal of what waits.
const TokenParam = "token"
