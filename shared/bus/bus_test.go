package bus

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open makes a Bus whose EventBridge is handle.
func open(t *testing.T, handle http.HandlerFunc) *Bus {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	b, err := Open(environment("EVENT_BUS", "alerts", "AWS_ENDPOINT_URL_EVENTBRIDGE", s.URL), func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func environment(pairs ...string) func(string) string {
	env := map[string]string{"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

// TestPublishSigns ensures that a call is what PutEvents wants, signed for EventBridge over all that is sent.
func TestPublishSigns(t *testing.T) {
	b := open(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var got, want any
		const sent = `{"Entries":[{"Source":"tributary","DetailType":"Tributary Alert","Detail":"{\"id\":\"1\"}","EventBusName":"alerts"}]}`
		_ = json.Unmarshal([]byte(sent), &want)
		if err := json.Unmarshal(body, &got); err != nil || !cmp.Equal(want, got) {
			t.Errorf("body %s, %v", body, err)
		}
		if r.Method != "POST" || r.URL.Path != "/" || r.Header.Get("X-Amz-Target") != "AWSEvents.PutEvents" || r.Header.Get("Content-Type") != "application/x-amz-json-1.1" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		given := r.Header.Get("Authorization")
		again, _ := http.NewRequest(r.Method, "http://"+r.Host+"/", bytes.NewReader(body))
		for _, name := range []string{"Content-Type", "X-Amz-Target"} {
			again.Header.Set(name, r.Header.Get(name))
		}
		sum := sha256.Sum256(body)
		creds := aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: "token"}
		if err := v4.NewSigner().SignHTTP(r.Context(), creds, again, hex.EncodeToString(sum[:]), "events", "eu-central-1", noon); err != nil {
			t.Error(err)
		}
		if again.Header.Get("Authorization") != given || !strings.Contains(given, "/20260301/eu-central-1/events/aws4_request") {
			t.Errorf("signed as %s\nwant %s", given, again.Header.Get("Authorization"))
		}
		_, _ = io.WriteString(w, `{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}`)
	})
	if n, err := b.Publish(t.Context(), []Event{{"tributary", "Tributary Alert", `{"id":"1"}`}}); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

// TestPublishTells ensures that what is not on the bus is told, whatever EventBridge answers.
func TestPublishTells(t *testing.T) {
	for _, row := range []struct {
		name, answer string
		status, want int
		says         string
	}{
		{"all", `{"Entries":[{"EventId":"a"},{"EventId":"b"}]}`, 200, 2, ""},
		{"the second is refused", `{"FailedEntryCount":1,"Entries":[{"EventId":"a"},{"ErrorCode":"ThrottlingException","ErrorMessage":"later"}]}`, 200, 1, "ThrottlingException: later"},
		{"the first is refused", `{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"},{"EventId":"b"}]}`, 200, 0, "InternalFailure"},
		{"one is not told of", `{"Entries":[{"EventId":"a"}]}`, 200, 0, "tells of 1 events, not of 2"},
		{"no JSON", `<html>`, 200, 0, "the answer"},
		{"no permission", `{"__type":"AccessDeniedException"}`, 400, 0, "EventBridge answers 400: {\"__type\":\"AccessDeniedException\"}"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := open(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(row.status)
				_, _ = io.WriteString(w, row.answer)
			})
			n, err := b.Publish(t.Context(), make([]Event, 2))
			if n != row.want || (err == nil) != (row.says == "") || err != nil && !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %d, %v; want %d, %q", n, err, row.want, row.says)
			}
		})
	}
}

// TestOpen ensures that without a bus nothing is published, and where AWS's is.
func TestOpen(t *testing.T) {
	if b, err := Open(environment(), time.Now); b != nil || err != nil {
		t.Errorf("without EVENT_BUS: %v, %v", b, err)
	}
	b, err := Open(environment("EVENT_BUS", "default"), time.Now)
	if err != nil || b.endpoint != "https://events.eu-central-1.amazonaws.com" {
		t.Errorf("got %+v, %v", b, err)
	}
	if _, err := Open(environment("EVENT_BUS", "default", "AWS_ACCESS_KEY_ID", ""), time.Now); err == nil {
		t.Error("without credentials: no error")
	}
	if n, err := (&Bus{}).Publish(t.Context(), nil); n != 0 || err != nil {
		t.Errorf("of nothing: %d, %v", n, err)
	}
}
