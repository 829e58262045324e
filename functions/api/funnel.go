package main

import (
	"context"
	"net/http"

	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/httpapi"
)

// funnelAnswer is the body of GET /v1/funnel: the steps, or with by a row for each value.
type funnelAnswer struct {
	*figures.Funnel
	Rows    []map[string]any `json:"rows,omitempty"`
	Touches *figures.Touches `json:"touches,omitempty"`
}

// ofVisits are the dimensions that visits have: a funnel is by one of them.
var ofVisits = []string{"campaign", "channel", "source", "medium", "content", "term", "page", "link"}

// funnel answers GET /v1/funnel: how far the period's visits come through the steps, of the whole site, of what a filter
// chooses, or by one dimension.
func (s *server) funnel(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	params, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	list, touches := params.Get("steps"), params.Get("touches") == "1"
	if text := params.Get("touches"); text != "" && text != "0" && !touches {
		return httpapi.Response{}, fault.Query("touches", "%q is neither 1 nor 0", fault.Clip(text))
	}
	if err := figures.CheckBy(params, ofVisits...); err != nil {
		return httpapi.Response{}, err
	}
	params.Del("steps")
	params.Del("touches")
	params.Set("kpis", "visits")
	q, err := s.query(ctx, params)
	if err != nil {
		return httpapi.Response{}, err
	}
	steps, err := s.figures.Steps(ctx, q.Site.ID, list)
	if err != nil {
		return httpapi.Response{}, err
	}
	funnels, err := s.figures.Funnel(ctx, q, steps)
	if err != nil {
		return httpapi.Response{}, err
	}
	a := funnelAnswer{}
	if len(q.By) == 0 {
		a.Funnel = &funnels[0]
	} else {
		a.Rows = []map[string]any{}
	}
	for i := range funnels {
		if len(q.By) > 0 {
			f := &funnels[i]
			a.Rows = append(a.Rows, map[string]any{q.By[0]: f.Value, "steps": f.Steps, "bottleneck": f.Bottleneck})
		}
	}
	if touches {
		if a.Touches, err = s.figures.Touches(ctx, q); err != nil {
			return httpapi.Response{}, err
		}
	}
	return httpapi.JSON(http.StatusOK, a), nil
}
