package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tributary/shared/fault"
)

// Ensures that no way of printing a connection shows its secrets.
func TestSecretsHide(t *testing.T) {
	c, err := ParseConnection("c", []byte(`{"provider":"hmac","secrets":["very-secret"],"token":"very-secret-too"}`), "default", Connection{})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", c.Secrets[0], "token", c.Token)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "connection", c, "secrets", c.Secrets)
	view, err := json.Marshal(c.View())
	if err != nil {
		t.Fatal(err)
	}
	for how, got := range map[string]string{
		"%v": fmt.Sprintf("%v", c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", c), "%s": fmt.Sprintf("%s", c.Secrets), "log": log.String(), "view": string(view),
	} {
		if strings.Contains(got, "very-secret") {
			t.Errorf("%s shows a secret: %s", how, got)
		}
	}
}

// Ensures who may send from where.
func TestFrom(t *testing.T) {
	c, err := ParseConnection("c", []byte(`{"provider":"postback","addresses":["203.0.113.7","198.51.100.0/24","2001:db8::/32"]}`), "default", Connection{})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"203.0.113.7": true, "::ffff:203.0.113.7": true, "203.0.113.8": false, "198.51.100.9": true, "2001:db8::1": true, "2001:db9::1": false, "": false, "x": false,
	} {
		if got := c.From(address); got != want {
			t.Errorf("%q: got %t, want %t", address, got, want)
		}
	}
	if !new(Connection).From("") {
		t.Error("a connection without addresses takes any")
	}
}

// Ensures that the secret before counts until its end and the current one always.
func TestLive(t *testing.T) {
	end := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	c, err := ParseConnection("c", []byte(`{"provider":"hmac","secrets":["new","old"],"previous_until":"2026-03-01T00:00:00Z"}`), "default", Connection{})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Live(end.Add(-time.Second)); len(got) != 2 {
		t.Errorf("before the end: %d secrets, want 2", len(got))
	}
	if got := c.Live(end); len(got) != 1 || got[0] != "new" {
		t.Errorf("at the end: %d secrets, want the new one", len(got))
	}
}

// Ensures that stages are read by pipeline, and any other pipeline's by the star.
func TestStage(t *testing.T) {
	c, err := ParseConnection("c", []byte(`{"provider":"hubspot","stages":{"default":{"closedwon":"won"},"*":{"won":"won","lost":"lost"}}}`), "default", Connection{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][3]string{{"default", "closedwon", StageWon}, {"default", "lost", ""}, {"other", "lost", StageLost}, {"other", "x", ""}} {
		if got := c.Stage(row[0], row[1]); got != row[2] {
			t.Errorf("%s/%s: got %q, want %q", row[0], row[1], got, row[2])
		}
	}
	_, err = ParseConnection("c", []byte(`{"provider":"hubspot","stages":{"default":{"closedwon":"victory"}}}`), "default", Connection{})
	if f := fault.Of(err); f == nil || f.Field != "stages.default.closedwon" {
		t.Errorf("got %v, want a refusal of stages.default.closedwon", err)
	}
}

// FuzzParseConnection ensures that whatever is taken comes back the same from the store, and that nothing panics.
func FuzzParseConnection(f *testing.F) {
	f.Add([]byte(`{"provider":"hmac","header":"X-Sig","secrets":["a","b"],"addresses":["::1/8"],"stages":{"*":{"a":"won"}},"fields":{"email":"a.b"},"mapping":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := ParseConnection("c", body, "default", Connection{})
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%q: %v is no fault", body, err)
			}
			return
		}
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeConnection(raw)
		again, err2 := json.Marshal(back)
		if err != nil || err2 != nil || !bytes.Equal(raw, again) {
			t.Fatalf("%s became %s: %v %v", raw, again, err, err2)
		}
	})
}
