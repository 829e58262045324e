package main

import (
	"context"
	"net/http"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/kpi"
)

// retention answers GET /v1/retention: cohorts by first order. Its parameters are those of GET /v1/kpis that make sense here.
func (s *server) retention(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	params, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	for name := range params {
		switch name {
		case "from", "to", "last", "tz", "by", "site":
		default:
			return httpapi.Response{}, fault.Query(name, "there is no parameter %q here; there are from, to, last, tz, by, site", fault.Clip(name))
		}
	}
	if params.Get("by") == "" {
		params.Set("by", string(kpi.Month))
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
