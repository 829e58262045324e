package send

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Delivery is a request that is ready to be sent.
type Delivery struct {
	Method, URL string
	Header      http.Header
	Body        []byte
	Event       string    // the fixture's name
	ID          string    // of the delivery, fresh
	At          time.Time // when it says that it was sent
}

func sum(key string, parts ...string) []byte {
	m := hmac.New(sha256.New, []byte(key))
	for _, p := range parts {
		m.Write([]byte(p))
	}
	return m.Sum(nil)
}

func (d *Delivery) unix() string { return strconv.FormatInt(d.At.Unix(), 10) }

// signHeader is how most sign: the body, in hex or base64.
func signHeader(header string, inBase64 bool) func(d *Delivery, secret string) {
	return func(d *Delivery, secret string) {
		s := sum(secret, string(d.Body))
		if inBase64 {
			d.Header.Set(header, base64.StdEncoding.EncodeToString(s))
			return
		}
		d.Header.Set(header, hex.EncodeToString(s))
	}
}

func signStripe(d *Delivery, secret string) {
	d.Header.Set("Stripe-Signature", "t="+d.unix()+",v1="+hex.EncodeToString(sum(secret, d.unix(), ".", string(d.Body))))
}

func signPaddle(d *Delivery, secret string) {
	d.Header.Set("Paddle-Signature", "ts="+d.unix()+";h1="+hex.EncodeToString(sum(secret, d.unix(), ":", string(d.Body))))
}

// signShopify also says what the body is about: orders.create.dollars is a fixture of the topic orders/create.
func signShopify(d *Delivery, secret string) {
	parts := strings.SplitN(d.Event, ".", 3)
	d.Header.Set("X-Shopify-Topic", strings.Join(parts[:min(2, len(parts))], "/"))
	d.Header.Set("X-Shopify-Webhook-Id", d.ID)
	d.Header.Set("X-Shopify-Triggered-At", d.At.UTC().Format(time.RFC3339Nano))
	signHeader("X-Shopify-Hmac-Sha256", true)(d, secret)
}

// signHubSpot signs the address too, as HubSpot calls it: by https.
func signHubSpot(d *Delivery, secret string) {
	at := strconv.FormatInt(d.At.UnixMilli(), 10)
	address := "https://" + strings.TrimPrefix(strings.TrimPrefix(d.URL, "http://"), "https://")
	d.Header.Set("X-HubSpot-Request-Timestamp", at)
	d.Header.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(sum(secret, d.Method, address, string(d.Body), at)))
}

func signStandard(d *Delivery, secret string) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		key = []byte(secret)
	}
	d.Header.Set("Webhook-Id", d.ID)
	d.Header.Set("Webhook-Timestamp", d.unix())
	d.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(sum(string(key), d.ID, ".", d.unix(), ".", string(d.Body))))
}

func standardSecret(seed string) (string, string) {
	s := "whsec_" + base64.StdEncoding.EncodeToString(sum(seed, "standard"))
	return s, s
}

func signBearer(d *Delivery, secret string) { d.Header.Set("Authorization", "Bearer "+secret) }

// signMailgun puts time, token and signature into the body.
func signMailgun(d *Delivery, secret string) {
	var doc map[string]any
	if json.Unmarshal(d.Body, &doc) != nil {
		return
	}
	s, _ := doc["signature"].(map[string]any)
	if s == nil {
		s = map[string]any{"token": d.ID}
		doc["signature"] = s
	}
	s["timestamp"] = d.unix()
	s["signature"] = hex.EncodeToString(sum(secret, d.unix(), fmt.Sprint(s["token"])))
	d.Body, _ = json.Marshal(doc) // it was decoded from JSON
}

// signQuery makes a query of the body's members, and of the secret its token.
func signQuery(d *Delivery, secret string) {
	var doc map[string]any
	if json.Unmarshal(d.Body, &doc) != nil {
		return
	}
	q := url.Values{"token": {secret}}
	for name, v := range doc {
		if n, ok := v.(float64); ok {
			v = strconv.FormatInt(int64(n), 10)
		}
		q.Set(name, fmt.Sprint(v))
	}
	d.URL, d.Body = d.URL+"?"+q.Encode(), nil
}

// sendgridKey is a key pair of the seed's own: SendGrid keeps the private half, and shows the public one.
func sendgridKey(seed string) *ecdsa.PrivateKey {
	for i := byte(0); ; i++ {
		raw := sha256.Sum256(append([]byte("sendgrid\x00"+seed), i))
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw[:]); err == nil {
			return key
		}
	}
}

func sendgridSecret(seed string) (string, string) {
	der, err := x509.MarshalPKIXPublicKey(&sendgridKey(seed).PublicKey)
	if err != nil {
		return "", ""
	}
	return seed, base64.StdEncoding.EncodeToString(der)
}

func signSendGrid(d *Delivery, secret string) {
	h := sha256.Sum256(append([]byte(d.unix()), d.Body...))
	sig, err := ecdsa.SignASN1(rand.Reader, sendgridKey(secret), h[:])
	if err != nil {
		return
	}
	d.Header.Set("X-Twilio-Email-Event-Webhook-Timestamp", d.unix())
	d.Header.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(sig))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
