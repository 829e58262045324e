package webhook_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tributary/shared/settings"
	"tributary/shared/webhook"
)

// schemes are what the vectors of each name are held against.
var schemes = map[string]webhook.Scheme{
	"standard": webhook.Standard{}, "standard-webhooks": webhook.Standard{}, "stripe": webhook.Stripe, "shopify": webhook.Shopify, "hubspot": webhook.HubSpot{},
	"sendgrid": webhook.SendGrid{}, "mailgun": webhook.Mailgun{}, "paddle": webhook.Paddle, "lemonsqueezy": webhook.LemonSqueezy,
	"rewardful": webhook.Rewardful, "friendbuy": webhook.Friendbuy, "dub": webhook.Dub, "hmac": webhook.Configured{}, "github": webhook.Configured{},
	"token": webhook.Token{},
}

// vector is a delivery, and whether it is to be taken.
type vector struct {
	ID       string            `json:"id"`
	Provider string            `json:"provider"`
	Secret   string            `json:"secret"`
	Headers  map[string]string `json:"headers"`
	Body     string            `json:"body"`
	Now      int64             `json:"now"`
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Path     string            `json:"path"`
	Scheme   string            `json:"scheme"`
	Valid    bool              `json:"valid"`
	Undated  bool              `json:"undated"`
	Settings json.RawMessage   `json:"settings"`
}

// readVectors reads a file of vectors; provider is that of those that name none.
func readVectors(t testing.TB, file string) []vector {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Provider string   `json:"provider"`
		Vectors  []vector `json:"vectors"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	for i := range f.Vectors {
		v := &f.Vectors[i]
		if v.Provider == "" {
			v.Provider = strings.TrimSuffix(filepath.Base(file), ".json")
		}
		v.adapt()
	}
	return f.Vectors
}

// adapt says in our settings what the shared vectors say in their own way.
func (v *vector) adapt() {
	switch {
	case v.Provider == "github":
		v.Settings = json.RawMessage(`{"header":"X-Hub-Signature-256","encoding":"hex","prefix":"sha256="}`)
	case v.Provider == "hubspot" && (v.Scheme == "v1" || v.Scheme == "v2"):
		v.Settings, v.Undated = json.RawMessage(`{"signature":"`+v.Scheme+`"}`), true
	}
	if seed, ok := strings.CutPrefix(v.Secret, "seed(base64):"); ok {
		raw, _ := base64.StdEncoding.DecodeString(seed)
		public := ed25519.NewKeyFromSeed(raw).Public().(ed25519.PublicKey)
		v.Secret = "whpk_" + base64.StdEncoding.EncodeToString(public)
	}
}

func (v *vector) delivery() (*settings.Connection, *webhook.Delivery) {
	c := &settings.Connection{}
	if v.Settings != nil {
		_ = json.Unmarshal(v.Settings, c)
	}
	d := &webhook.Delivery{Method: v.Method, URL: v.URL, Header: map[string]string{}, Path: v.Path, Body: []byte(v.Body), Now: time.Unix(v.Now, 0)}
	for name, value := range v.Headers {
		d.Header[strings.ToLower(name)] = value
	}
	if u, err := url.Parse(v.URL); err == nil {
		d.Query = u.RawQuery
	}
	return c, d
}

// verify is what the door does, with the vector's secret as the connection's only one.
func (v *vector) verify(change func(c *settings.Connection, d *webhook.Delivery)) error {
	c, d := v.delivery()
	c.Secrets = []settings.Secret{settings.Secret(v.Secret)}
	if change != nil {
		change(c, d)
	}
	_, err := webhook.Verify(schemes[v.Provider], c, d)
	return err
}

// Ensures that every vector is answered as it says, and that no valid one survives a change of a byte.
func TestOwnVectors(t *testing.T) {
	hold(t, readVectors(t, "testdata/vectors.json"))
}

// Ensures the same of the vectors that vendors publish, which are not part of this project: TRIBUTARY_WEBHOOK_VECTORS names
// their folder.
func TestPublishedVectors(t *testing.T) {
	folder := os.Getenv("TRIBUTARY_WEBHOOK_VECTORS")
	if folder == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("TRIBUTARY_WEBHOOK_VECTORS must name the folder of the published vectors")
		}
		t.Skip("TRIBUTARY_WEBHOOK_VECTORS names no folder of published vectors")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) < 12 {
		t.Fatalf("%d files of vectors, %v; want at least 12", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) { hold(t, readVectors(t, file)) })
	}
}

func hold(t *testing.T, vectors []vector) {
	t.Helper()
	valid := 0
	for i := range vectors {
		v := &vectors[i]
		if schemes[v.Provider] == nil {
			t.Fatalf("%s: no scheme for %s", v.ID, v.Provider)
		}
		if err := v.verify(nil); (err == nil) != v.Valid {
			t.Errorf("%s: got %v, want valid %t", v.ID, err, v.Valid)
		}
		if v.Valid {
			valid++
			mutate(t, v)
		}
	}
	if valid == 0 {
		t.Error("no vector is valid")
	}
}

// mutate changes one byte of body, secret and headers, and the clock, and wants a refusal each time.
func mutate(t *testing.T, v *vector) {
	t.Helper()
	refused := func(what string, change func(c *settings.Connection, d *webhook.Delivery)) {
		t.Helper()
		if v.verify(change) == nil {
			t.Errorf("%s: taken with another %s", v.ID, what)
		}
	}
	if v.Provider != "mailgun" && v.Provider != "token" { // of which nobody signs the body
		for i := range []byte(v.Body) {
			refused("body", func(_ *settings.Connection, d *webhook.Delivery) { d.Body[i] ^= 1 })
		}
		refused("longer body", func(_ *settings.Connection, d *webhook.Delivery) { d.Body = append(d.Body, ' ') })
	}
	refused("secret", func(c *settings.Connection, _ *webhook.Delivery) {
		c.Secrets[0] = settings.Secret(flip(v.Secret, len(v.Secret)/2))
	})
	refused("empty secret", func(c *settings.Connection, _ *webhook.Delivery) { c.Secrets[0] = "" })
	refused("no secret", func(c *settings.Connection, _ *webhook.Delivery) { c.Secrets = nil })
	for name := range v.Headers {
		if name == "Content-Type" || strings.HasSuffix(name, "-Id") || strings.HasPrefix(name, "X-Shopify-Topic") || strings.HasPrefix(name, "X-Shopify-Shop") || name == "X-Event-Name" {
			continue // not signed
		}
		lower := strings.ToLower(name)
		refused("no "+name, func(_ *settings.Connection, d *webhook.Delivery) { delete(d.Header, lower) })
		if several(v.Headers[name]) {
			continue // one of several signatures may be any
		}
		for i := range v.Headers[name] {
			refused(name, func(_ *settings.Connection, d *webhook.Delivery) { d.Header[lower] = flip(d.Header[lower], i) })
		}
	}
	if !v.Undated && dated(v.Provider) {
		for _, hours := range []time.Duration{-60, 60} {
			refused("clock", func(_ *settings.Connection, d *webhook.Delivery) { d.Now = d.Now.Add(hours * time.Hour) })
		}
	}
}

func several(header string) bool { return strings.ContainsAny(header, ", ;") }

func dated(provider string) bool {
	switch provider {
	case "stripe", "paddle", "standard", "standard-webhooks", "sendgrid", "mailgun", "hubspot":
		return true
	}
	return false
}

// flip changes one character into another that means something else in hex, base64 and decimals.
func flip(s string, i int) string {
	c := byte('0')
	if s[i] == '0' {
		c = '7'
	}
	return s[:i] + string(c) + s[i+1:]
}

// FuzzVerify ensures that no delivery made up from nothing is taken, by any scheme, under any settings, and that none panics.
func FuzzVerify(f *testing.F) {
	f.Add("t=1767225600,v1=00", "v1,AAAA", "1767225600", []byte(`{"signature":{"timestamp":"1767225600","token":"t","signature":"00"}}`), "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")
	f.Fuzz(func(t *testing.T, a, b, stamp string, body []byte, secret string) {
		d := &webhook.Delivery{Method: "POST", URL: "https://x/?" + a, Query: a, Body: body, Now: time.Unix(1767225600, 0), Header: map[string]string{
			"stripe-signature": a, "paddle-signature": b, "webhook-id": a, "webhook-timestamp": stamp, "webhook-signature": b, "x-hub-signature-256": a,
			"x-shopify-hmac-sha256": a, "x-signature": a, "x-rewardful-signature": b, "x-friendbuy-hmac-sha256": a, "dub-signature": b,
			"x-hubspot-signature-v3": a, "x-hubspot-request-timestamp": stamp, "x-hubspot-signature": b, "x-hubspot-signature-version": "v2",
			"x-twilio-email-event-webhook-signature": a, "x-twilio-email-event-webhook-timestamp": stamp, "authorization": b, "content-type": a,
		}}
		for name, scheme := range schemes {
			for _, c := range []*settings.Connection{{Secrets: []settings.Secret{settings.Secret(secret)}}, {Header: "X-Hub-Signature-256", Signature: "v2", Secrets: []settings.Secret{settings.Secret(secret), ""}}} {
				_, err := webhook.Verify(scheme, c, d)
				if err == nil && !strings.Contains(a+b+string(body), secret) {
					t.Fatalf("%s takes %q %q %q %q", name, a, b, stamp, body)
				}
				if err == nil && secret == "" {
					t.Fatalf("%s takes a delivery under an empty secret", name)
				}
			}
		}
	})
}

// Ensures that an error never shows the secret it is about.
func TestErrorsHideSecrets(t *testing.T) {
	const secret = "whpk_this-is-no-base64-and-secret"
	for name, scheme := range schemes {
		err := scheme.Check(&settings.Connection{}, secret)
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
		if scheme.Check(&settings.Connection{Header: "x"}, "") == nil {
			t.Errorf("%s: an empty secret is taken when it is set", name)
		}
		if err := scheme.Verify(&settings.Connection{}, "", &webhook.Delivery{}); !errors.Is(err, webhook.ErrSecret) && name != "hmac" && name != "github" {
			t.Errorf("%s: an empty secret is used: %v", name, err)
		}
	}
}
