package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"

	"tributary/shared/erasure"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// exportBytes is what one part of an export holds of events and records; Lambda answers 6 MB at most.
const exportBytes = 3 << 20

// exportPerson answers all that is held of one person, in parts.
func (s *server) exportPerson(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, f, ids, err := s.person(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	q, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	next, err := base64.RawURLEncoding.DecodeString(q.Get("next"))
	if err != nil || len(next) > 0 && !erasure.IsCursor(string(next)) {
		return httpapi.Response{}, fault.Query("next", "this is no cursor; take it from the answer before")
	}
	held, err := f.Export(ctx, site, ids, string(next), exportBytes)
	if err != nil {
		return httpapi.Response{}, err
	}
	if len(next) == 0 && len(held.Events)+len(held.Records) == 0 {
		return httpapi.Response{}, nobody()
	}
	held.Next = base64.RawURLEncoding.EncodeToString([]byte(held.Next))
	return httpapi.JSON(http.StatusOK, held), nil
}

// erasePerson keeps a demand for erasure, which redrive carries out, and answers its receipt.
func (s *server) erasePerson(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, _, ids, err := s.person(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	receipt := "er_" + rand.Text()
	t, err := store.Erasure{IDs: ids}.Task(site, receipt, "", s.now().UnixMilli())
	if err != nil {
		return httpapi.Response{}, err
	}
	if err := s.store.PutTask(ctx, t); err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusAccepted, map[string]string{"receipt": receipt}), nil
}

// person finds whom a request is about.
func (s *server) person(ctx context.Context, r *httpapi.Request) (site string, f *erasure.Finder, ids []string, _ error) {
	q, err := httpapi.Query(r)
	if err != nil {
		return "", nil, nil, err
	}
	site, id := q.Get("site"), r.PathParameters["id"]
	if site == "" {
		site = settings.DefaultID
	}
	if err := settings.CheckID("site", site); err != nil {
		return "", nil, nil, err
	}
	if id == "" || len(id) > maxPersonID {
		return "", nil, nil, fault.New(fault.InvalidField, "id", "name a person by any id of 1 to %d bytes", maxPersonID)
	}
	f = erasure.NewFinder(s.store, s.now)
	ids, found, err := f.Find(ctx, site, erasure.Candidates(id))
	if err == nil && !found {
		if err = s.siteIfEmpty(ctx, q, 0); err == nil {
			err = nobody()
		}
	}
	return site, f, ids, err
}

func nobody() error {
	return fault.New(fault.NotFound, "id", "nothing is held of this person; a user, anonymous or provider's id, an e-mail address, a phone number with its country code or an order of the person is looked for")
}
