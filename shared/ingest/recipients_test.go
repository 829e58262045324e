package ingest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"tributary/shared/event"
	"tributary/shared/recipient"
)

// ring is a store of recipients' keys that counts how often it is asked.
type ring struct {
	keys  []recipient.Key
	reads int
	down  error
}

func (r *ring) RecipientKeys(context.Context) ([]recipient.Key, error) {
	r.reads++
	return r.keys, r.down
}

// Ensures that a token becomes the recipient's address hash, that a forged one becomes nobody, and that keys are read
// once in half a minute and only for tokens.
func TestRecognise(t *testing.T) {
	in, _, at, _ := open()
	key := recipient.Key{Version: 1, Secret: bytes.Repeat([]byte{1}, recipient.SecretBytes)}
	from := &ring{keys: []recipient.Key{key}}
	in.recipients = recipients{source: from, now: in.now}
	digest, err := event.HashEmail("ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	good, _ := key.Token("shop", digest)
	other, _ := key.Token("blog", digest)
	for _, c := range []struct{ name, user, wantUser, wantEmail string }{
		{"a token", good, "", digest},
		{"a token of another site", other, "", ""},
		{"a forged one", good[:10] + "AAAA" + good[14:], "", ""},
		{"a user id", "u_1", "u_1", ""},
	} {
		e := &event.Event{ID: "1", Type: "email_opened", Site: "shop", MessageID: "m", UserID: c.user}
		if err := in.Prepare(t.Context(), e, in.Door(event.TrustPublic), ""); err != nil {
			t.Fatal(err)
		}
		if e.UserID != c.wantUser || e.Email != c.wantEmail {
			t.Errorf("%s: got %q %q, want %q %q", c.name, e.UserID, e.Email, c.wantUser, c.wantEmail)
		}
	}
	if from.reads != 1 {
		t.Errorf("%d reads, want 1", from.reads)
	}
	*at = at.Add(time.Hour)
	from.down = errors.New("down")
	e := &event.Event{ID: "1", Type: "email_opened", Site: "shop", MessageID: "m", UserID: good}
	if err := in.Prepare(t.Context(), e, in.Door(event.TrustPublic), ""); err != nil || e.Email != digest {
		t.Errorf("with the store away: got %q, %v; want the keys of before", e.Email, err)
	}
}
