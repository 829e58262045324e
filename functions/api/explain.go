package main

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/kpi"
	"tributary/shared/nearest"
)

// explain answers GET /v1/explain?kpi=…: the parameters of /v1/kpis for one figure of one period, of the whole site or of one
// value of a dimension, and of= and next= for the events behind it.
func (s *server) explain(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	params, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	for _, p := range []string{"by", "compare", "format", "explain", "kpis", "as_of"} {
		if params.Get(p) != "" {
			return httpapi.Response{}, fault.Query(p, "one figure is explained at a time, as it is now; leave %s out, and choose a value of a dimension as in channel=Email", p)
		}
	}
	name, of, next := params.Get("kpi"), params.Get("of"), params.Get("next")
	for _, own := range []string{"kpi", "of", "next"} {
		params.Del(own)
	}
	all := kpi.FigureNames(kpi.OfSite | kpi.OfPart | kpi.OfGoal | kpi.OfType | kpi.OfPage)
	if !slices.Contains(all, name) {
		return httpapi.Response{}, fault.Query("kpi", "there is no KPI %q%s; there are %s", fault.Clip(name), nearest.Hint(name, all), strings.Join(all, ", "))
	}
	params.Set("kpis", name)
	q, err := s.query(ctx, params)
	if err != nil {
		return httpapi.Response{}, err
	}
	a, err := s.figures.Explain(ctx, q, of, next)
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, a), nil
}
