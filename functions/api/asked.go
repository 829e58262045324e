package main

import (
	"context"
	"net/url"
	"strconv"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
)

// asked are the site that a request is about and its parameters.
func (s *server) asked(ctx context.Context, r *httpapi.Request) (settings.Site, url.Values, error) {
	q, err := httpapi.Query(r)
	if err != nil {
		return settings.Site{}, nil, err
	}
	site, err := s.siteOf(ctx, q)
	return site, q, err
}

// site is the site alone.
func (s *server) site(ctx context.Context, r *httpapi.Request) (settings.Site, error) {
	site, _, err := s.asked(ctx, r)
	return site, err
}

// siteOf reads the site that parameters name, the default one where they name none.
func (s *server) siteOf(ctx context.Context, q url.Values) (settings.Site, error) {
	id := q.Get("site")
	if id == "" {
		id = settings.DefaultID
	}
	site, found, err := s.store.Site(ctx, id)
	if err == nil && !found {
		return settings.Site{}, fault.New(fault.UnknownSite, "site", "there is no such site; make it with PUT /v1/sites/{site} and the body {}")
	}
	return site, err
}

// siteIfEmpty refuses the name of no site where a list of it holds nothing. What a site that is deleted has left is listed all the same.
func (s *server) siteIfEmpty(ctx context.Context, q url.Values, listed int) error {
	if listed > 0 {
		return nil
	}
	_, err := s.siteOf(ctx, q)
	return err
}

// limitOf is how many rows are asked for, from 1 to most.
func limitOf(q url.Values, standard, most int) (int, error) {
	text := q.Get("limit")
	if text == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fault.Query("limit", "it must be a whole number from 1 to %d", most)
	}
	return n, nil
}
