package main

import (
	"context"
	"net/http"
	"net/url"

	"tributary/shared/figures"
	"tributary/shared/httpapi"
)

// maxAnswer bounds an answer's bytes: Lambda carries 6 MB.
const maxAnswer = 5 << 20

// kpis answers GET /v1/kpis.
func (s *server) kpis(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	params, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	q, err := s.query(ctx, params)
	if err != nil {
		return httpapi.Response{}, err
	}
	a, err := s.figures.KPIs(ctx, q)
	if err != nil {
		return httpapi.Response{}, err
	}
	res := httpapi.JSON(http.StatusOK, a)
	if q.CSV {
		res = csvAnswer(q, a.Rows)
	}
	if len(res.Body) > maxAnswer {
		return httpapi.Response{}, figures.TooMuch(len(a.Rows), len(q.Names))
	}
	return res, nil
}

// query reads the site that params name, and what they ask of it.
func (s *server) query(ctx context.Context, params url.Values) (*figures.Query, error) {
	site, err := s.siteOf(ctx, params)
	if err != nil {
		return nil, err
	}
	return figures.Parse(params, site, s.now())
}
