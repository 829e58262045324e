package main

import (
	"context"
	"net/http"

	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/httpapi"
	"tributary/shared/kpi"
)

// retention answers GET /v1/retention: cohorts by first order. Its parameters are those of GET /v1/kpis that make sense here.
func (s *server) retention(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	params, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	if err := fault.Params(params, "from", "to", "last", "tz", "by", "site"); err != nil {
		return httpapi.Response{}, err
	}
	if params.Get("by") == "" {
		params.Set("by", string(kpi.Month))
	}
	if err := figures.CheckBy(params, string(kpi.Day), string(kpi.Week), string(kpi.Month)); err != nil {
		return httpapi.Response{}, err
	}
	q, err := s.query(ctx, params)
	if err != nil {
		return httpapi.Response{}, err
	}
	cohorts, err := s.figures.Cohorts(ctx, q)
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, cohorts), nil
}
