package ingest

import (
	"cmp"
	"context"
	"sync"
	"time"

	"tributary/shared/event"
	"tributary/shared/recipient"
)

// RecipientKeys reads the keys of mail recipients' tokens; see store.Store.
type RecipientKeys interface {
	RecipientKeys(ctx context.Context) ([]recipient.Key, error)
}

// recipients keeps the keys for cacheFor. It is safe for concurrent use.
type recipients struct {
	source RecipientKeys
	now    func() time.Time

	mu   sync.Mutex
	keys []recipient.Key
	at   time.Time
}

// get returns the keys, older ones where they cannot be read afresh.
func (r *recipients) get(ctx context.Context) ([]recipient.Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.now()
	if r.source == nil || at.Sub(r.at) < cacheFor {
		return r.keys, nil
	}
	keys, err := r.source.RecipientKeys(ctx)
	if err != nil {
		return r.keys, stale(err, len(r.keys) > 0)
	}
	r.keys, r.at = keys, at
	return keys, nil
}

// Recipient is the SHA-256 (hex) of the address that a mail's token stands for; empty for one that no key signed. An error is
// the store's: who the recipient is can be found out later.
func (in *Ingest) Recipient(ctx context.Context, site, token string) (string, error) {
	if !recipient.Is(token) {
		return "", nil
	}
	keys, err := in.recipients.get(ctx)
	if err != nil {
		return "", err
	}
	digest, _ := recipient.Open(keys, site, token)
	return digest, nil
}

// recognise puts the recipient in the place of a token that came as user id (u= in a mail's links and pictures). One that
// no key signed is nobody's, and no id. An error is the store's: who the recipient is can be found out later.
func (in *Ingest) recognise(ctx context.Context, e *event.Event) error {
	token := e.UserID
	if !recipient.Is(token) {
		return nil
	}
	digest, err := in.Recipient(ctx, e.Site, token)
	if err != nil {
		return err
	}
	e.UserID, e.Email = "", cmp.Or(e.Email, digest)
	return nil
}
