package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
	"tributary/shared/webhook/receive"
)

var arrival = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const secret, older = "current-secret-0123", "previous-secret-4567"

// bench is a door on the real engine with one connection, hmac, whose secret is being rolled.
type bench struct {
	*testing.T
	h          *handler
	st         *store.Store
	to         *receive.Receiver
	site, name string
	at         time.Time
	log        bytes.Buffer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, st: storetest.Open(t), at: arrival}
	b.site = storetest.MakeSite(t, b.st, `{}`)
	b.name = b.site + "-hook"
	b.connect(`{"provider":"hmac","header":"X-Sig","site":"` + b.site + `","secrets":["` + secret + `","` + older + `"],"previous_until":"2026-11-01T13:00:00Z"}`)
	log := slog.New(slog.NewJSONHandler(&b.log, nil))
	clock := func() time.Time { return b.at }
	in := ingest.New("webhook", b.st, clock, log)
	b.to = receive.New(in, b.st, b.st, clock, log)
	b.h = &handler{to: b.to, now: clock, log: log}
	return b
}

// connect stores the connection.
func (b *bench) connect(body string) {
	b.Helper()
	c, err := settings.ParseConnection(b.name, []byte(body), b.site, settings.Connection{})
	if err != nil {
		b.Fatal(err)
	}
	raw, err := json.Marshal(c)
	if err != nil {
		b.Fatal(err)
	}
	was, _, err := b.st.Setting(b.Context(), store.Connections, b.name)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := b.st.PutSetting(b.Context(), store.Connections, store.Setting{ID: b.name, Body: raw, Version: was.Version}); err != nil {
		b.Fatal(err)
	}
}

func signature(key, body string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(body))
	return hex.EncodeToString(m.Sum(nil))
}

// request is the gateway's payload with a body signed under a key.
func (b *bench) request(body, key string) *httpapi.Request {
	b.Helper()
	raw, err := os.ReadFile("testdata/post.json")
	if err != nil {
		b.Fatal(err)
	}
	r := &httpapi.Request{}
	if err := json.Unmarshal(raw, r); err != nil {
		b.Fatal(err)
	}
	r.Body, r.RawPath, r.Headers["x-sig"] = body, "/hooks/"+b.name, signature(key, body)
	return r
}

// send is how Lambda calls the door.
func (b *bench) send(r *httpapi.Request) (int, receive.Result, string) {
	b.Helper()
	res, err := httpapi.Serve(b.h.log, b.h.serve)(b.Context(), *r)
	if err != nil {
		b.Fatal(err)
	}
	var result receive.Result
	_ = json.Unmarshal([]byte(res.Body), &result)
	return res.StatusCode, result, res.Body
}

const order = `{"id":"ev-1","type":"conversion","order_id":"o-1","value":"42.00","currency":"USD","user_id":"u-1","props":{"name":"Zoë"}}`

// Ensures the answers of the contract: 200 stored, 200 again, also of base64; 401, 400, 404, 413 for the sender's faults.
func TestAnswers(t *testing.T) {
	b := newBench(t)
	encoded := b.request(order, secret)
	encoded.Body, encoded.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(order)), true
	tampered := b.request(order, secret)
	tampered.Body = strings.Replace(order, "42.00", "43.00", 1)
	broken := b.request(order, secret)
	broken.Body, broken.IsBase64Encoded = "%", true
	unknown := b.request(order, secret)
	unknown.RawPath = "/hooks/nobody"
	get := b.request("", secret)
	get.RequestContext.HTTP.Method = "GET"
	dry := b.request(strings.Replace(order, "ev-1", "ev-dry", 1), secret)
	dry.Headers["tributary-dry-run"] = "1"
	for _, c := range []struct {
		name                 string
		r                    *httpapi.Request
		status               int
		accepted, duplicates int
	}{
		{"a dry run", dry, 200, 1, 0},
		{"stored", b.request(order, secret), 200, 1, 0},
		{"again", b.request(order, secret), 200, 0, 1},
		{"again, in base64", encoded, 200, 0, 1},
		{"again, under the secret before", b.request(order, older), 200, 0, 1},
		{"tampered with", tampered, 401, 0, 0},
		{"under no secret of ours", b.request(order, "other"), 401, 0, 0},
		{"base64 that is none", broken, 400, 0, 0},
		{"an unknown connection", unknown, 404, 0, 0},
		{"GET where POST is meant", get, 405, 0, 0},
		{"too large", b.request(strings.Repeat(" ", maxBody+1), secret), 413, 0, 0},
	} {
		status, result, body := b.send(c.r)
		if status != c.status || result.Accepted != c.accepted || result.Duplicates != c.duplicates {
			t.Errorf("%s: got %d %s, want %d, %d accepted, %d duplicates", c.name, status, body, c.status, c.accepted, c.duplicates)
		}
	}
	got, err := b.st.HomeEvents(t.Context(), b.site, "O#o-1")
	if err != nil || len(got) != 1 || got[0].Trust != event.TrustWebhook || got[0].Value != 4200 || !strings.Contains(got[0].Props, "Zoë") {
		t.Errorf("stored: %+v, %v", got, err)
	}
	for _, want := range []string{`"secret":"current"`, `"secret":"previous"`, `"reason":"mismatch"`} {
		if !strings.Contains(b.log.String(), want) {
			t.Errorf("the log does not count %s", want)
		}
	}
	if log := b.log.String(); strings.Contains(log, secret) || strings.Contains(log, older) {
		t.Error("a secret stands in the log")
	}
}

// Ensures that a secret that was rolled counts until its end, and a new one at once.
func TestRotation(t *testing.T) {
	b := newBench(t)
	if status, _, body := b.send(b.request(order, older)); status != 200 {
		t.Fatalf("the secret before: %d %s", status, body)
	}
	b.at = arrival.Add(time.Hour)
	if status, _, body := b.send(b.request(order, older)); status != 401 {
		t.Errorf("the secret before, after its end: %d %s, want 401", status, body)
	}
	b.at = b.at.Add(2 * time.Second)
	b.connect(`{"provider":"hmac","header":"X-Sig","site":"` + b.site + `","secrets":["brand-new-secret"]}`)
	if status, _, body := b.send(b.request(order, "brand-new-secret")); status != 200 {
		t.Errorf("a secret set a moment ago: %d %s, want 200", status, body)
	}
	b.at = b.at.Add(2 * time.Second)
	if status, _, body := b.send(b.request(order, secret)); status != 401 {
		t.Errorf("a secret that was replaced: %d %s, want 401", status, body)
	}
}

// Ensures that a stored secret that cannot be used opens nothing, and is our fault.
func TestAnUnusableSecretIsOurFault(t *testing.T) {
	b := newBench(t)
	for i, stored := range []string{`"header":"X-Sig","secrets":[""]`, `"header":"X-Sig"`, `"secrets":["s"]`} {
		name := b.name + string(rune('a'+i))
		stored = `{"id":"` + name + `","provider":"hmac",` + stored + `}`
		if _, err := b.st.PutSetting(t.Context(), store.Connections, store.Setting{ID: name, Body: []byte(stored)}); err != nil {
			t.Fatal(err)
		}
		r := b.request(order, "")
		r.RawPath = "/hooks/" + name
		if status, _, body := b.send(r); status != 503 {
			t.Errorf("%s: got %d %s, want 503", stored, status, body)
		}
	}
}

// Ensures that what is verified and cannot be read is kept whole, answered 200, and can be read again after a fix.
func TestUnreadableDeliveriesAreKept(t *testing.T) {
	b := newBench(t)
	large := `{"type":"lead","user_id":"u","x":1e` + strings.Repeat("9", 500_000) + `}`
	for _, c := range []struct {
		name, body string
		code       fault.Code
	}{
		{"no JSON", `{"id":`, fault.InvalidJSON},
		{"a name twice", `{"type":"lead","user_id":"u","user_id":"v"}`, fault.InvalidJSON},
		{"bytes that are no text", "{\"type\":\"lead\",\"user_id\":\"a\xff\"}", fault.InvalidJSON},
		{"no amount", `{"type":"conversion","order_id":"o","value":"1.001","currency":"USD"}`, fault.InvalidAmount},
		{"half a batch", `[{"id":"h-1","type":"lead","user_id":"u"},{"type":"lead"}]`, fault.MissingField},
		{"large", large, fault.TooLarge},
	} {
		status, result, body := b.send(b.request(c.body, secret))
		if status != 200 || result.Kept == nil || result.Kept.Code != c.code {
			t.Errorf("%s: got %d %s, want 200, kept for %s", c.name, status, body, c.code)
			continue
		}
		list, err := b.st.Kept(t.Context(), b.site, 1)
		if err != nil || len(list) != 1 || list[0].Code != string(c.code) {
			t.Fatalf("%s: listed %v, %v", c.name, list, err)
		}
		whole, err := b.st.Delivery(t.Context(), list[0].ID)
		if err != nil || !bytes.Contains(whole, []byte(base64.StdEncoding.EncodeToString([]byte(c.body)))) {
			t.Errorf("%s: the raw bytes are not kept: %v", c.name, err)
		}
		if bytes.Contains(whole, []byte(secret)) || bytes.Contains(whole, []byte("x-sig")) {
			t.Errorf("%s: the signature is kept", c.name)
		}
		b.at = b.at.Add(time.Millisecond)
	}
}

// Ensures that a kept delivery is read again without its signature, as what a fix makes of it, once.
func TestAgain(t *testing.T) {
	b := newBench(t)
	b.connect(`{"provider":"hmac","header":"X-Sig","site":"not-made-yet-` + b.site + `","secrets":["` + secret + `"]}`)
	status, result, body := b.send(b.request(order, secret))
	if status != 200 || result.Kept == nil || result.Kept.Code != fault.UnknownSite {
		t.Fatalf("got %d %s, want 200, kept for unknown_site", status, body)
	}
	list, err := b.st.Kept(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var whole []byte
	for _, q := range list {
		if q.Door == "webhook:"+b.name {
			whole, err = b.st.Delivery(t.Context(), q.ID)
		}
	}
	if err != nil || whole == nil {
		t.Fatalf("the delivery is not kept: %v", err)
	}
	b.connect(`{"provider":"hmac","header":"X-Sig","site":"` + b.site + `","secrets":["` + secret + `"]}`)
	b.at = b.at.Add(time.Minute)
	for _, want := range []receive.Result{{Accepted: 1}, {Duplicates: 1}} {
		if got, err := b.to.Again(t.Context(), whole); err != nil || got.Accepted != want.Accepted || got.Duplicates != want.Duplicates || got.Kept != nil {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

// Ensures that a conflict is kept and answered 200: a sender that is told otherwise repeats itself for days.
func TestConflict(t *testing.T) {
	b := newBench(t)
	b.send(b.request(order, secret))
	status, result, body := b.send(b.request(strings.Replace(order, "42.00", "43.00", 1), secret))
	if status != 200 || result.Kept == nil || result.Kept.Code != fault.IDConflict {
		t.Errorf("got %d %s, want 200, kept for id_conflict", status, body)
	}
}

type down struct{ err error }

func (d down) Connection(context.Context, string) (settings.Connection, bool, error) {
	return settings.Connection{}, false, d.err
}

// Ensures that our own failures are 503 with Retry-After, never a 4xx, and are told in the log.
func TestOurFailures(t *testing.T) {
	b := newBench(t)
	b.h.to = receive.New(ingest.New("webhook", b.st, b.h.now, b.h.log), down{errors.New("no table")}, b.st, b.h.now, b.h.log)
	res, err := b.h.serve(t.Context(), b.request(order, secret))
	if err != nil || res.StatusCode != 503 || res.Headers["retry-after"] == "" || !strings.Contains(b.log.String(), `"level":"ERROR"`) {
		t.Errorf("got %d %v %v, logged %s", res.StatusCode, res.Headers, err, b.log.String())
	}
	if strings.Contains(res.Body, "no table") {
		t.Errorf("the cause is answered: %s", res.Body)
	}
}
