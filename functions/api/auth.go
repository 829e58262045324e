package main

import (
	"context"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
)

// authorize lets a request with a known key pass; else it returns an unauthorized fault or, when the stored keys
// cannot be read, the error.
func (s *server) authorize(ctx context.Context, r *httpapi.Request) error {
	return httpapi.Authorize(ctx, r, s.keySHA256, s.store.HasKey)
}

// checkKey judges a key that came by the page's form as if it had come by the header.
func (s *server) checkKey(ctx context.Context, secret string) error {
	return s.authorize(ctx, &httpapi.Request{Headers: map[string]string{"authorization": "Bearer " + secret}})
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
