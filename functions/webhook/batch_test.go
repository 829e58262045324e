package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/store"
	"tributary/shared/webhook/receive"
)

// torn is a store that does not take some events.
type torn struct {
	*store.Store
	fails string
}

func (s *torn) PutEvent(ctx context.Context, e *event.Event) (store.Outcome, error) {
	if s.fails != "" && strings.Contains(e.ID, s.fails) {
		return 0, errors.New("away")
	}
	return s.Store.PutEvent(ctx, e)
}

// Ensures that a batch is stored event by event, that it is 503 while anything is missing, and that the sender's retry
// completes what is missing and nothing else.
func TestARetryCompletesABatch(t *testing.T) {
	b := newBench(t)
	st := &torn{b.st, "e-2"}
	b.h.to = receive.New(ingest.Over("webhook", st, b.st, b.st, b.h.now, b.h.log), b.st, b.st, b.h.now, b.h.log)
	body := `[{"id":"e-1","type":"lead","user_id":"u"},{"id":"e-2","type":"lead","user_id":"u"},{"id":"e-3","type":"lead","user_id":"u"}]`
	if status, _, answer := b.send(b.request(body, secret)); status != 503 {
		t.Fatalf("one of three is missing: got %d %s, want 503", status, answer)
	}
	st.fails = ""
	if status, result, answer := b.send(b.request(body, secret)); status != 200 || result.Accepted != 1 || result.Duplicates != 2 {
		t.Errorf("the retry: got %d %s, want one accepted and two duplicates", status, answer)
	}
	if got, err := b.st.HomeEvents(t.Context(), b.site, "U#u"); err != nil || len(got) != 3 {
		t.Errorf("stored: %v, %v; want three", got, err)
	}
}

// Ensures that a token of Mailgun's, whose body nobody signs, opens for the body that it came with first, as often as that
// comes, and for no other.
func TestMailgunsTokenIsForOneBody(t *testing.T) {
	b := newBench(t)
	b.connect(`{"provider":"mailgun","site":"` + b.site + `","secrets":["` + secret + `"]}`)
	stamp := fmt.Sprint(arrival.Unix())
	body := func(recipient string) string {
		return fmt.Sprintf(`{"signature":{"timestamp":%q,"token":"tok-%s","signature":%q},"event-data":{"id":"m-1","event":"delivered","timestamp":%s.5,"recipient":%q,"message":{"headers":{"message-id":"mid-1"}}}}`,
			stamp, b.site, signature(secret, stamp+"tok-"+b.site), stamp, recipient)
	}
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"the first", body("ada@example.org"), 200},
		{"the same again", body("ada@example.org"), 200},
		{"the token with another body", body("eve@example.org"), 401},
		{"the first once more", body("ada@example.org"), 200},
	} {
		if status, _, answer := b.send(b.request(c.body, "")); status != c.status {
			t.Errorf("%s: got %d %s, want %d", c.name, status, answer, c.status)
		}
	}
	if !strings.Contains(b.log.String(), `"reason":"spent"`) {
		t.Error("a token that was used again is not counted")
	}
}

// Ensures that a demand for erasure is kept before it is answered, with hashes in the place of addresses, and the lookup of a
// bare deal likewise.
func TestWhatADeliveryAsksForIsKept(t *testing.T) {
	b := newBench(t)
	b.connect(`{"provider":"hubspot","site":"` + b.site + `","token":"pat-0123","signature":"v1","secrets":["` + secret + `"]}`)
	body := `[{"eventId":1,"subscriptionId":2,"portalId":3,"occurredAt":1793534000000,"subscriptionType":"contact.privacyDeletion","objectId":51},
		{"eventId":1,"subscriptionId":2,"portalId":3,"occurredAt":1793534000001,"subscriptionType":"deal.creation","objectId":7}]`
	r, hashed := b.request(body, ""), sha256.Sum256([]byte(secret+body))
	r.Headers["x-hubspot-signature-version"], r.Headers["x-hubspot-signature"] = "v1", hex.EncodeToString(hashed[:])
	for range 2 {
		if status, result, answer := b.send(r); status != 200 || result.Kept != nil {
			t.Fatalf("got %d %s, want 200", status, answer)
		}
	}
	for kind, want := range map[store.TaskKind]string{store.TaskErase: `{"ids":["P#hubspot:51"]}`, store.TaskLookup: `"object":"deals","key":"7"`} {
		list, err := b.st.Tasks(t.Context(), kind, 1000)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, task := range list {
			if task.Site == b.site && strings.Contains(string(task.Body), want) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s: %d tasks that hold %s, want 1", kind, found, want)
		}
	}
}

// Ensures that a token in the path or in the query opens, and is kept nowhere.
func TestTokensAreNotKept(t *testing.T) {
	b := newBench(t)
	const token = "a-token-nobody-guesses"
	b.connect(`{"provider":"token","site":"` + b.site + `","secrets":["` + token + `"],"addresses":["203.0.113.0/24"]}`)
	inPath, inQuery, elsewhere := b.request(`{"type":`, ""), b.request(`{"type":`, ""), b.request(`{"type":`, "")
	inPath.RawPath += "~" + url.PathEscape(token)
	inQuery.RawQueryString = "a=b&token=" + token
	elsewhere.RawPath, elsewhere.RequestContext.HTTP.SourceIP = inPath.RawPath, "198.51.100.1"
	if status, _, answer := b.send(elsewhere); status != 401 {
		t.Errorf("from another address: got %d %s, want 401", status, answer)
	}
	for _, r := range []*httpapi.Request{inPath, inQuery} {
		if status, result, answer := b.send(r); status != 200 || result.Kept == nil {
			t.Fatalf("got %d %s, want 200 and kept", status, answer)
		}
	}
	list, err := b.st.Kept(t.Context(), b.site, 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d kept, %v", len(list), err)
	}
	for _, q := range list {
		whole, err := b.st.Delivery(t.Context(), q.ID)
		if err != nil || strings.Contains(string(whole)+fmt.Sprint(q), token) {
			t.Errorf("the token is kept: %s %v %v", whole, q, err)
		}
	}
	if strings.Contains(b.log.String(), token) {
		t.Error("the token is logged")
	}
}
