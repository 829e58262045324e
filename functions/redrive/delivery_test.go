package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"tributary/shared/event"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/webhook"
	"tributary/shared/webhook/receive"
)

// noConnections is a store of connections that is away.
type noConnections struct{}

func (noConnections) Connection(context.Context, string) (settings.Connection, bool, error) {
	return settings.Connection{}, false, errAway
}

// Ensures that a signed delivery to a process that knows no connection waits while the store is away, is verified and stored
// when it is back, as of its arrival and once, and that one that is signed by nobody is not.
func TestADeliveryWaitsForItsConnection(t *testing.T) {
	b := newBench(t)
	secret := "a long enough secret"
	connection, err := settings.ParseConnection(b.site+"-hook", []byte(`{"provider":"standard","site":"`+b.site+`","secrets":["whsec_`+base64.StdEncoding.EncodeToString([]byte(secret))+`"]}`), b.site, settings.Connection{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(connection)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.PutSetting(t.Context(), store.Connections, store.Setting{ID: connection.ID, Body: raw}); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return arrival }
	log := slog.New(slog.DiscardHandler)
	away := receive.New(ingest.Over("webhook", away{}, away{}, away{}, clock, log).SpillTo(b.spills), noConnections{}, b.store, clock, log)
	body := `{"id":"w-1","type":"lead","user_id":"w-1"}`
	for _, key := range []string{secret, secret, "another"} {
		m := hmac.New(sha256.New, []byte(key))
		m.Write([]byte("msg_1.1793534400." + body))
		got, err := away.Take(t.Context(), connection.ID, &webhook.Delivery{
			Method: "POST", URL: "https://x.example/hooks/" + connection.ID, Body: []byte(body), Now: arrival,
			Header: map[string]string{"webhook-id": "msg_1", "webhook-timestamp": "1793534400", "webhook-signature": "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))},
		}, false)
		if err != nil || !got.Waiting {
			t.Fatalf("got %+v, %v; want it waiting", got, err)
		}
	}
	now := func() time.Time { return arrival.Add(time.Hour) } // long past the window of a signature
	b.later = receive.New(ingest.New("webhook", b.store, now, log), b.store, b.store, now, log).Later
	b.want("three wait", summary{Objects: 3, Stored: 1, Duplicates: 1, Refused: 1}, 0)
	if got := b.stored("U#w-1"); len(got) != 1 || got[0].Trust != event.TrustWebhook || got[0].Received != arrival.UnixMilli() {
		t.Errorf("stored %+v, want one of a webhook, as of its arrival", got)
	}
}
