package main

import (
	"context"
	"net/http"

	"tributary/shared/adviser"
	"tributary/shared/httpapi"
)

// advice answers GET /v1/advice: more, less or hold for each campaign, with the figures behind it, and the weakest link.
func (s *server) advice(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, params, err := s.asked(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	ask, err := adviser.Parse(params, site)
	if err != nil {
		return httpapi.Response{}, err
	}
	a, err := s.adviser.Advice(ctx, ask)
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, a), nil
}

// targets answers GET /v1/targets: how far each campaign is from what it is to reach.
func (s *server) targets(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, params, err := s.asked(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	a, err := s.adviser.Targets(ctx, params, site)
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, a), nil
}
