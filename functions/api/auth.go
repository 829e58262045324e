package main

import (
	"context"
	"crypto/subtle"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
)

// authorize lets a request with a known key pass; else it returns an unauthorized fault or, when the stored keys
// cannot be read, the error.
func (s *server) authorize(ctx context.Context, r *httpapi.Request) error {
	scheme, secret, _ := strings.Cut(strings.TrimSpace(header(r, "authorization")), " ")
	secret = strings.TrimSpace(secret)
	switch {
	case scheme == "":
		return fault.New(fault.Unauthorized, "", "send your key as the header Authorization: Bearer <key>")
	case !strings.EqualFold(scheme, "Bearer") || secret == "":
		return fault.New(fault.Unauthorized, "", "the Authorization header must read: Bearer <key>")
	}
	return s.checkKey(ctx, secret)
}

// checkKey compares the secret's hash with the first admin key's, in constant time, then looks it up among the
// stored keys (by hash: what a lookup's time tells is not the secret).
func (s *server) checkKey(ctx context.Context, secret string) error {
	hash := settings.KeyHash(secret)
	if len(s.keySHA256) == len(hash) && subtle.ConstantTimeCompare([]byte(hash), []byte(s.keySHA256)) == 1 {
		return nil
	}
	known, err := s.store.HasKey(ctx, hash)
	if err != nil {
		return err
	}
	if !known {
		return fault.New(fault.Unauthorized, "", "this key is not known; make one with PUT /v1/keys/{id} or use the one given at deployment")
	}
	return nil
}

// unauthorized answers a refused key with the challenge that HTTP asks for; other errors pass.
func unauthorized(err error) (httpapi.Response, error) {
	f := fault.Of(err)
	if f == nil {
		return httpapi.Response{}, err
	}
	res := httpapi.Refuse(f)
	res.Headers["www-authenticate"] = `Bearer realm="tributary"`
	return res, nil
}

// header reads a header; the gateway lower-cases names.
func header(r *httpapi.Request, name string) string { return r.Headers[name] }
