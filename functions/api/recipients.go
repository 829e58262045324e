package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/recipient"
)

// maxRecipients is how many addresses one request signs; the body is bounded as that of settings.
const maxRecipients = 1000

// recipients answers a token for each address of a mailing, in their order. Nothing is stored but the signing key, which
// the first request makes.
func (s *server) recipients(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, err := s.site(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	digests, err := readRecipients(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	keys, err := s.signingKeys(ctx)
	if err != nil {
		return httpapi.Response{}, err
	}
	tokens := make([]string, len(digests))
	for i, digest := range digests {
		var ok bool
		if tokens[i], ok = keys[0].Token(site.ID, digest); !ok {
			return httpapi.Response{}, fmt.Errorf("api: recipient %d has no hash", i)
		}
	}
	return httpapi.JSON(http.StatusOK, map[string]any{"site": site.ID, "version": keys[0].Version, "tokens": tokens}), nil
}

// readRecipients reads {"emails":[…]} as hashes; no message repeats an address.
func readRecipients(r *httpapi.Request) ([]string, error) {
	body, err := httpapi.Body(r, 512<<10)
	if err != nil {
		return nil, err
	}
	var in struct {
		Emails []string `json:"emails"`
	}
	switch err := json.Unmarshal(body, &in); {
	case err != nil || len(in.Emails) == 0:
		return nil, fault.New(fault.InvalidJSON, "emails", `send {"emails":["ada@example.org",…]}, addresses or their SHA-256 in hex`)
	case len(in.Emails) > maxRecipients:
		return nil, fault.New(fault.TooMany, "emails", "these are %d addresses; send at most %d at a time", len(in.Emails), maxRecipients)
	}
	for i, address := range in.Emails {
		digest, err := event.HashEmail(address)
		if err != nil {
			return nil, fault.New(fault.InvalidField, "emails["+strconv.Itoa(i)+"]", "%s", fault.Of(err).Message)
		}
		in.Emails[i] = digest
	}
	return in.Emails, nil
}

// signingKeys are the keys of recipients' tokens, the newest first; the first is made when there is none.
func (s *server) signingKeys(ctx context.Context) ([]recipient.Key, error) {
	keys, err := s.store.RecipientKeys(ctx)
	if err != nil || len(keys) > 0 {
		return keys, err
	}
	keys, err = s.store.AddRecipientKey(ctx, s.random(recipient.SecretBytes))
	if f := fault.Of(err); f != nil && f.Code == fault.ConcurrentUpdate {
		return s.store.RecipientKeys(ctx)
	}
	return keys, err
}

// rotateRecipients makes a new key; tokens that older ones signed go on working.
func (s *server) rotateRecipients(ctx context.Context, _ *httpapi.Request) (httpapi.Response, error) {
	keys, err := s.store.AddRecipientKey(ctx, s.random(recipient.SecretBytes))
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, map[string]int{"version": keys[0].Version}), nil
}
