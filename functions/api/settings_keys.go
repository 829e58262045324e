package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// storedKey is a key as the table has it: under the hash of its secret.
type storedKey struct {
	settings.Key
	setting store.Setting
}

// listKeys answers all keys, without their secrets, which nobody has.
func (s *server) listKeys(ctx context.Context, _ *httpapi.Request) (httpapi.Response, error) {
	all, err := s.storedKeys(ctx, "")
	if err != nil {
		return httpapi.Response{}, err
	}
	keys := []settings.Key{}
	for _, k := range all {
		keys = append(keys, k.Key)
	}
	return httpapi.JSON(http.StatusOK, map[string]any{"keys": keys}), nil
}

func (s *server) getKey(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	same, err := s.storedKeys(ctx, r.PathParameters["id"])
	if err != nil {
		return httpapi.Response{}, err
	}
	if len(same) == 0 {
		return httpapi.Response{}, noKey(r.PathParameters["id"])
	}
	return httpapi.JSON(http.StatusOK, same[0].Key), nil
}

// putKey makes a key and answers its secret, this once. A key that exists keeps its secret and takes the new label.
func (s *server) putKey(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	body, err := httpapi.Body(r, settings.MaxBody)
	if err != nil {
		return httpapi.Response{}, err
	}
	key, err := settings.ParseKey(r.PathParameters["id"], body)
	if err != nil {
		return httpapi.Response{}, err
	}
	same, err := s.storedKeys(ctx, key.ID)
	if err != nil {
		return httpapi.Response{}, err
	}
	if len(same) > 0 {
		key.Created = same[0].Created
		return httpapi.JSON(http.StatusOK, key), s.writeKey(ctx, same[0].setting, key)
	}
	key.Created = s.now().UTC().Format(time.RFC3339)
	secret := s.secret()
	if err := s.writeKey(ctx, store.Setting{ID: settings.KeyHash(secret)}, key); err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusCreated, struct {
		settings.Key
		Secret string `json:"secret"`
	}{key, secret}), nil
}

// deleteKey ends a key at once.
func (s *server) deleteKey(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	same, err := s.storedKeys(ctx, r.PathParameters["id"])
	if err != nil {
		return httpapi.Response{}, err
	}
	if len(same) == 0 {
		return httpapi.Response{}, noKey(r.PathParameters["id"])
	}
	for _, k := range same {
		if err := s.store.DeleteSetting(ctx, store.Keys, k.setting.ID, k.setting.Version); err != nil {
			return httpapi.Response{}, err
		}
	}
	return noContent(), nil
}

// writeKey stores a key in the place of was.
func (s *server) writeKey(ctx context.Context, was store.Setting, key settings.Key) error {
	body, err := json.Marshal(key)
	if err != nil {
		return fmt.Errorf("api: key %q: %w", key.ID, err)
	}
	_, err = s.store.PutSetting(ctx, store.Keys, store.Setting{ID: was.ID, Body: body, Version: was.Version})
	return err
}

// storedKeys are the keys of an id, or all of them; there are few. Two PUTs at once may have made two of one id.
func (s *server) storedKeys(ctx context.Context, id string) ([]storedKey, error) {
	stored, err := s.store.ListSettings(ctx, store.Keys, "", 0)
	if err != nil {
		return nil, err
	}
	var keys []storedKey
	for _, v := range stored {
		k, err := settings.Decode[settings.Key](v.Body)
		if err != nil {
			return nil, fmt.Errorf("api: key %q: %w", v.ID, err)
		}
		if id == "" || k.ID == id {
			keys = append(keys, storedKey{k, v})
		}
	}
	return keys, nil
}

func noKey(id string) error {
	return fault.New(fault.NotFound, "id", "there is no key %q; make it with PUT /v1/keys/{id}", id)
}
