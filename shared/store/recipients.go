package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"tributary/shared/fault"
	"tributary/shared/recipient"
)

// secrets is the shelf of what is neither shown nor set by anybody.
const secrets Shelf = "#secrets"

// keptKeys is how many keys go on opening tokens: mails are read for a long time.
const keptKeys = 12

// recipientKeys is the stored form; the newest key stands first.
type recipientKeys struct {
	Keys []recipient.Key `json:"keys"`
}

// RecipientKeys reads the keys of mail recipients' tokens, the newest first; none before the first AddRecipientKey.
func (s *Store) RecipientKeys(ctx context.Context) ([]recipient.Key, error) {
	keys, _, err := s.recipientKeys(ctx)
	return keys, err
}

func (s *Store) recipientKeys(ctx context.Context) ([]recipient.Key, int64, error) {
	v, found, err := s.Setting(ctx, secrets, "recipient")
	if err != nil || !found {
		return nil, 0, err
	}
	var stored recipientKeys
	if json.Unmarshal(v.Body, &stored) != nil { // the error would show the secret
		return nil, 0, wrap(errors.New("the stored keys cannot be read"), "RecipientKeys")
	}
	return stored.Keys, v.Version, nil
}

// AddRecipientKey makes a key of a fresh secret the newest and returns all, keptKeys at most. Somebody else's at the same
// time is a concurrent_update fault.
func (s *Store) AddRecipientKey(ctx context.Context, secret []byte) ([]recipient.Key, error) {
	keys, version, err := s.recipientKeys(ctx)
	if err != nil {
		return nil, err
	}
	next := recipient.Key{Version: 1, Secret: secret}
	if len(keys) > 0 {
		next.Version = keys[0].Version + 1
	}
	keys = slices.Insert(keys, 0, next)
	keys = keys[:min(len(keys), keptKeys)]
	body, err := json.Marshal(recipientKeys{keys})
	if err != nil {
		return nil, wrap(errors.New("the keys cannot be encoded"), "AddRecipientKey")
	}
	if _, err = s.PutSetting(ctx, secrets, Setting{ID: "recipient", Body: body, Version: version}); fault.Of(err) != nil {
		return nil, fault.New(fault.ConcurrentUpdate, "", "somebody else made a key meanwhile; that one is used from now on")
	}
	return keys, err
}
