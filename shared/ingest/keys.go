package ingest

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// KeySource knows stored API keys by the SHA-256 (hex) of their secret; see store.Store.
type KeySource interface {
	HasKey(ctx context.Context, sha256 string) (bool, error)
}

// Keys asks a source about API keys. While the source does not answer, a key that it has known is good. It is safe for
// concurrent use.
type Keys struct {
	source KeySource
	mu     sync.Mutex
	known  map[string]bool
}

// maxKeys bounds the keys that are remembered.
const maxKeys = 1000

// UncheckedKey is the error of a key that could not be looked up: the request may still be kept, to be judged later
// (Sender.Key).
type UncheckedKey struct {
	SHA256 string
	Cause  error
}

func (u *UncheckedKey) Error() string {
	return fmt.Sprintf("the key could not be looked up: %v", u.Cause)
}

// Unwrap is the source's error.
func (u *UncheckedKey) Unwrap() error { return u.Cause }

// KeysOf makes Keys of a source.
func KeysOf(source KeySource) *Keys { return &Keys{source: source, known: map[string]bool{}} }

// HasKey reports whether the key is known. An error is an UncheckedKey.
func (k *Keys) HasKey(ctx context.Context, sha256 string) (bool, error) {
	found, err := k.ask(ctx, sha256)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err != nil && k.known[sha256]:
		return true, nil
	case err != nil:
		return false, &UncheckedKey{SHA256: sha256, Cause: err}
	case !found:
		delete(k.known, sha256)
	case len(k.known) < maxKeys:
		k.known[sha256] = true
	}
	return found, nil
}

// ask asks twice within the store's part of the budget.
func (k *Keys) ask(ctx context.Context, sha256 string) (found bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, stall)
	defer cancel()
	if found, err = k.source.HasKey(ctx, sha256); err == nil {
		return found, nil
	}
	wait := time.NewTimer(pause())
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return false, err
	case <-wait.C:
		return k.source.HasKey(ctx, sha256)
	}
}
