package settings

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tributary/shared/fault"
)

// Secret is something that a sender and this installation share. It has to be kept in the clear, since a signature is
// computed with it; no log, error or answer shows it.
type Secret string

// String hides the secret from every print of a value that holds it.
func (Secret) String() string { return "…" }

// GoString hides it from %#v.
func (Secret) GoString() string { return `"…"` }

// LogValue hides it from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue("…") }

// Connection is a sender of webhooks, under the id that its address /hooks/{id} names. What only one provider needs is
// checked by the provider (shared/webhook/registry), not here.
type Connection struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	Site     string `json:"site"` // where its events go
	// Secrets are the current one and, while a secret is rolled, the previous one, which counts until PreviousUntil (RFC
	// 3339; empty: until it is left out).
	Secrets       []Secret `json:"secrets,omitempty"`
	PreviousUntil string   `json:"previous_until,omitempty"`
	// Token opens the provider's own API to redrive, which completes what a delivery only points at.
	Token Secret `json:"token,omitempty"`
	// PublicURL is the address that the provider calls, where it signs that and it is not the API's own.
	PublicURL string `json:"public_url,omitempty"`
	// Verify is how a sender shows itself that may choose: token, hmac or standard. Signature is the version of HubSpot's.
	Verify    string `json:"verify,omitempty"`
	Signature string `json:"signature,omitempty"`
	// Header, Encoding (hex or base64) and Prefix say where an HMAC stands; Header also where a token does.
	Header   string `json:"header,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Prefix   string `json:"prefix,omitempty"`
	// Addresses are the IP addresses and networks that may send; empty: all.
	Addresses []string `json:"addresses,omitempty"`
	// Fields says where a payload has what: a field of an event -> a path like contact.email.
	Fields map[string]string `json:"fields,omitempty"`
	// Currency is that of amounts which come without one.
	Currency string `json:"currency,omitempty"`
	// Stages says what a CRM's stages mean: pipeline ("*" for any other) -> stage -> lead, opportunity, won, lost or ignored.
	Stages map[string]map[string]string `json:"stages,omitempty"`
	// Mapping, Postback and Spend are read by the providers of these names, Referral by those of referral tools.
	Mapping  json.RawMessage `json:"mapping,omitempty"`
	Postback json.RawMessage `json:"postback,omitempty"`
	Spend    json.RawMessage `json:"spend,omitempty"`
	Referral json.RawMessage `json:"referral,omitempty"`

	networks []netip.Prefix
	until    time.Time
}

// Meanings of a CRM's stage (Connection.Stages).
const (
	StageLead        = "lead"
	StageOpportunity = "opportunity"
	StageWon         = "won"
	StageLost        = "lost"
	StageIgnored     = "ignored"
)

// Bounds of a connection's lists and texts.
const (
	maxSecret    = 1024
	maxAddresses = 200
	maxFields    = 100
	maxPipelines = 50
)

// ParseConnection reads the body of a PUT. Secrets and token stay was's where the body leaves them out, as nobody can read
// them to send them again; null removes the token. All errors are faults, and none repeats a secret.
func ParseConnection(id string, body []byte, site string, was Connection) (Connection, error) {
	c := Connection{ID: id, Site: site, Secrets: was.Secrets, Token: was.Token}
	if err := CheckID("id", id); err != nil {
		return Connection{}, err
	}
	if err := parse(body, c.fields()); err != nil {
		return Connection{}, err
	}
	if c.Provider == "" {
		return Connection{}, invalid("provider", "it must name who sends, like stripe; README lists the providers")
	}
	return c, c.prepare()
}

// DecodeConnection reads a connection as it is stored.
func DecodeConnection(body []byte) (Connection, error) {
	c, err := Decode[Connection](body)
	if err != nil {
		return Connection{}, err
	}
	return c, c.prepare()
}

func (c *Connection) fields() fields {
	return fields{
		"id": sameID(c.ID), "secrets_set": ignored, "token_set": ignored,
		"provider":       checked(&c.Provider, 64, CheckID),
		"site":           checked(&c.Site, 64, CheckID),
		"secrets":        readSecrets(&c.Secrets),
		"previous_until": checked(&c.PreviousUntil, 40, isTime),
		"token":          c.readToken,
		"public_url":     checked(&c.PublicURL, 2048, CheckTarget),
		"verify":         checked(&c.Verify, 16, oneOf("token", "hmac", "standard")),
		"signature":      checked(&c.Signature, 2, oneOf("v1", "v2", "v3")),
		"header":         checked(&c.Header, 64, isHeader),
		"encoding":       checked(&c.Encoding, 16, oneOf("hex", "base64")),
		"prefix":         text(&c.Prefix, 32),
		"addresses":      texts(&c.Addresses, maxAddresses, 64, isNetwork),
		"fields":         dictionary(&c.Fields, maxFields, 128, func(string, string) error { return nil }),
		"currency":       checked(&c.Currency, 3, isCurrency),
		"stages":         c.readStages,
		"mapping":        kept(&c.Mapping),
		"postback":       kept(&c.Postback),
		"spend":          kept(&c.Spend),
		"referral":       kept(&c.Referral),
	}
}

// prepare reads what deliveries are compared with.
func (c *Connection) prepare() error {
	for _, a := range c.Addresses {
		n, err := network(a)
		if err != nil {
			return invalid("addresses", "%q is no address", fault.Clip(a))
		}
		c.networks = append(c.networks, n)
	}
	if c.PreviousUntil != "" {
		t, err := time.Parse(time.RFC3339, c.PreviousUntil)
		if err != nil {
			return isTime("previous_until", c.PreviousUntil)
		}
		c.until = t
	}
	return nil
}

// Live are the secrets that count at a time: the current one first.
func (c *Connection) Live(now time.Time) []Secret {
	if len(c.Secrets) > 1 && !c.until.IsZero() && !now.Before(c.until) {
		return c.Secrets[:1]
	}
	return c.Secrets
}

// From reports that an IP address may send.
func (c *Connection) From(address string) bool {
	if len(c.networks) == 0 {
		return len(c.Addresses) == 0
	}
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(c.networks, func(n netip.Prefix) bool { return n.Contains(ip.Unmap()) })
}

// View is a connection as it may be shown: how many secrets there are, and none of them.
func (c Connection) View() any {
	type shown Connection
	v := struct {
		shown
		SecretsSet int  `json:"secrets_set"`
		TokenSet   bool `json:"token_set"`
	}{shown: shown(c), SecretsSet: len(c.Secrets), TokenSet: c.Token != ""}
	v.Secrets, v.Token = nil, ""
	return v
}

// readSecrets takes the current secret and the one before. What is wrong with one is said without repeating it.
func readSecrets(dst *[]Secret) reader {
	return func(field string, raw json.RawMessage) error {
		all := []Secret{}
		err := list(2, func(field string, raw json.RawMessage) error {
			var s string
			if err := text(&s, maxSecret)(field, raw); err != nil {
				return err
			}
			if strings.TrimSpace(s) != s {
				return invalid(field, "it must not begin or end with white space")
			}
			if slices.Contains(all, Secret(s)) {
				return invalid(field, "both secrets are the same; send the current one and the one before it")
			}
			all = append(all, Secret(s))
			return nil
		})(field, raw)
		*dst = all
		return err
	}
}

func (c *Connection) readToken(field string, raw json.RawMessage) error {
	if string(raw) == "null" {
		c.Token = ""
		return nil
	}
	return text((*string)(&c.Token), maxSecret)(field, raw)
}

func (c *Connection) readStages(field string, raw json.RawMessage) error {
	c.Stages = map[string]map[string]string{}
	return eachMember(field, raw, maxPipelines, func(pipeline string, raw json.RawMessage) error {
		var stages map[string]string
		err := dictionary(&stages, maxFields, 64, oneOf(StageLead, StageOpportunity, StageWon, StageLost, StageIgnored))(field+"."+fault.Clip(pipeline), raw)
		c.Stages[pipeline] = stages
		return err
	})
}

// Stage is what a stage of a pipeline means; empty when nothing says so.
func (c *Connection) Stage(pipeline, stage string) string {
	if m, ok := c.Stages[pipeline]; ok {
		return m[stage]
	}
	return c.Stages["*"][stage]
}

// dictionary reads an object of at most most checked strings.
func dictionary(dst *map[string]string, most, length int, check func(field, s string) error) reader {
	return func(field string, raw json.RawMessage) error {
		all := map[string]string{}
		err := eachMember(field, raw, most, func(name string, raw json.RawMessage) error {
			var s string
			err := checked(&s, length, check)(field+"."+fault.Clip(name), raw)
			all[name] = s
			return err
		})
		*dst = all
		return err
	}
}

// eachMember reads an object whose names are the user's own.
func eachMember(field string, raw json.RawMessage, most int, read func(name string, raw json.RawMessage) error) error {
	var all map[string]json.RawMessage
	if !startsWith(raw, '{') || json.Unmarshal(raw, &all) != nil {
		return invalid(field, "it must be a JSON object")
	}
	if len(all) > most {
		return invalid(field, "it has %d entries; at most %d are kept", len(all), most)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name == "" || len(name) > 128 {
			return invalid(field, "its names must have 1 to 128 bytes")
		}
		if err := read(name, all[name]); err != nil {
			return err
		}
	}
	return nil
}

// kept takes an object as it is, for the provider to check.
func kept(dst *json.RawMessage) reader {
	return func(field string, raw json.RawMessage) error {
		if !startsWith(raw, '{') {
			return invalid(field, "it must be a JSON object")
		}
		*dst = slices.Clone(raw)
		return nil
	}
}

func isTime(field, s string) error {
	if _, err := time.Parse(time.RFC3339, s); err != nil {
		return invalid(field, "write a time as 2026-03-01T12:00:00Z")
	}
	return nil
}

// isHeader accepts a header's name.
func isHeader(field, s string) error {
	if strings.Trim(s, letters) != "" {
		return invalid(field, "%q is no name of a header", fault.Clip(s))
	}
	return nil
}

func isNetwork(field, s string) error {
	if _, err := network(s); err != nil {
		return invalid(field, "%q is no IP address or network; write 203.0.113.7 or 203.0.113.0/24", fault.Clip(s))
	}
	return nil
}

func network(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		n, err := netip.ParsePrefix(s)
		return n.Masked(), err
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), nil
}
