package webhook

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/shared/settings"
)

const waitingSecret = "Guess-me-not-0123456789"

var salt = []byte("0123456789abcdef")

func waiting(change func(d *Delivery)) *Delivery {
	d := &Delivery{
		Method: "POST", URL: "https://x.example/hooks/stripe", Body: []byte("{\xff"), Now: time.UnixMilli(1767225600123), Source: "192.0.2.1",
		Header: map[string]string{"content-type": "application/json"},
	}
	change(d)
	return d
}

// Ensures that a signed delivery waits as it came, but for headers that are nobody's business.
func TestUnverified(t *testing.T) {
	d := waiting(func(d *Delivery) {
		d.Header["stripe-signature"], d.Header["cookie"] = "t=1,v1=ab", "session=0123456789"
	})
	raw, ok := KeepUnverified("stripe", d, salt)
	if !ok || strings.Contains(string(raw), "0123456789") {
		t.Fatalf("got %s, %v; want it kept without the cookie", raw, ok)
	}
	id, got, err := Unverified(raw)
	if err != nil || id != "stripe" {
		t.Fatalf("%q, %v", id, err)
	}
	delete(d.Header, "cookie")
	delete(got.Header, "cookie")
	d.URL = "" // only HubSpot signs it
	if diff := cmp.Diff(d, got, cmpopts.IgnoreUnexported(Delivery{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "{", "{}", `{"connection":""}`} {
		if _, _, err := Unverified([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// Ensures of every place where a secret may stand, and every form, that nothing that opens a door waits, that what waits is
// known again by the secret and by no other, and that nobody who reads it can show it.
func TestSealed(t *testing.T) {
	sum := sign(waitingSecret, "", "", []byte("{\xff"))
	inHex, in64 := hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum)
	token, chosen := Scheme(Token{}), Scheme(Configured{})
	header := func(name, v string) func(d *Delivery) { return func(d *Delivery) { d.Header[name] = v } }
	for _, c := range []struct {
		name       string
		scheme     Scheme
		connection settings.Connection
		secret     string // what must not be read
		change     func(d *Delivery)
	}{
		{"a bearer token", token, settings.Connection{}, waitingSecret, header("authorization", "Bearer "+waitingSecret)},
		{"a bearer token, as others write it", token, settings.Connection{}, waitingSecret, header("authorization", "bearer  "+waitingSecret)},
		{"a header of its own", token, settings.Connection{Header: "X-Key"}, waitingSecret, header("x-key", waitingSecret)},
		{"authorization as it stands", token, settings.Connection{Header: "Authorization"}, waitingSecret, header("authorization", waitingSecret)},
		{"in the query", token, settings.Connection{}, waitingSecret, func(d *Delivery) { d.Query = "a=%zz&t%6fken=" + url.QueryEscape(waitingSecret) + "&b=1" }},
		{"in the path", token, settings.Connection{}, waitingSecret, func(d *Delivery) { d.Path = waitingSecret }},
		{"a chosen scheme's", Chosen{}, settings.Connection{}, waitingSecret, header("authorization", "Bearer "+waitingSecret)},
		{"a signature in hexadecimal", chosen, settings.Connection{Header: "X-Sig"}, inHex, header("x-sig", inHex)},
		{"in capitals, behind a prefix", chosen, settings.Connection{Header: "X-Sig", Prefix: "sha256="}, strings.ToUpper(inHex), header("x-sig", "sha256="+strings.ToUpper(inHex))},
		{"in base64", chosen, settings.Connection{Header: "X-Sig", Encoding: Base64}, in64, header("x-sig", in64)},
		{"Lemon Squeezy's", LemonSqueezy, settings.Connection{}, inHex, header("x-signature", inHex)},
	} {
		d := waiting(c.change)
		if err := c.scheme.Verify(&c.connection, waitingSecret, d); err != nil {
			t.Fatalf("%s: %v before it waits", c.name, err)
		}
		raw, ok := KeepUnverified("x", d, salt)
		if !ok || strings.Contains(strings.ToLower(string(raw)), strings.ToLower(c.secret)) {
			t.Fatalf("%s: kept as %s, %v", c.name, raw, ok)
		}
		_, got, err := Unverified(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.scheme.Verify(&c.connection, waitingSecret, got); err != nil {
			t.Errorf("%s: %v after it waited as %s", c.name, err, raw)
		}
		if err := c.scheme.Verify(&c.connection, waitingSecret+"0", got); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: by another secret: %v", c.name, err)
		}
		if d.Told() != got.Told() {
			t.Errorf("%s: told %q, and after it waited %q", c.name, d.Told(), got.Told())
		}
		shown := *got
		if shown.salt = nil; c.scheme.Verify(&c.connection, waitingSecret, &shown) == nil {
			t.Errorf("%s: the seal itself opens the door", c.name)
		}
		if again, ok := KeepUnverified("x", got, salt); ok {
			t.Errorf("%s: sealed twice as %s", c.name, again)
		}
	}
}

// Ensures that an address that HubSpot signed waits as it is, unless there is a token in it.
func TestHubSpotsAddressWaits(t *testing.T) {
	hubspot := func(change func(d *Delivery)) *Delivery {
		return waiting(func(d *Delivery) { d.Header["x-hubspot-signature-v3"] = "x"; change(d) })
	}
	raw, ok := KeepUnverified("hubspot", hubspot(func(d *Delivery) {}), salt)
	if _, got, err := Unverified(raw); !ok || err != nil || got.URL != "https://x.example/hooks/stripe" {
		t.Errorf("got %s, %v", raw, err)
	}
	for name, change := range map[string]func(d *Delivery){
		"in the path":  func(d *Delivery) { d.Path = waitingSecret },
		"in the query": func(d *Delivery) { d.Query = "token=" + waitingSecret },
	} {
		if raw, ok := KeepUnverified("hubspot", hubspot(change), salt); ok {
			t.Errorf("a token %s: kept as %s", name, raw)
		}
	}
}
