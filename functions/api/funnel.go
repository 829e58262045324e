package main

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/kpi"
)

// funnelStep is one step of the answer (contract.md section 4). What is not counted is null.
type funnelStep struct {
	Name     string   `json:"name"`
	Reached  any      `json:"reached"`
	DropOff  *float64 `json:"drop_off"`
	MedianMS *float64 `json:"median_ms"`
}

// maxSteps bounds the steps of a funnel.
const maxSteps = 20

// funnel answers GET /v1/funnel as far as it is counted: how many visits enter it. The steps within a visit need a record
// of each visit, which journey does not keep yet; they are null, not 0.
func (s *server) funnel(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, err := s.site(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	params, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	names := strings.Split(params.Get("steps"), ",")
	if i := slices.IndexFunc(names, func(n string) bool { return !event.Known(n) }); i >= 0 || len(names) > maxSteps {
		return httpapi.Response{}, fault.New(fault.InvalidQuery, "steps", "give 1 to %d event types, as in steps=visit,add_to_cart,conversion", maxSteps)
	}
	params.Del("steps")
	params.Set("kpis", "visits")
	q, err := parseKPIQuery(params, site, s.now())
	if err != nil {
		return httpapi.Response{}, err
	}
	if len(q.by) > 0 || q.grain != kpi.Whole {
		return httpapi.Response{}, fault.New(fault.InvalidQuery, "by", "a funnel is for the whole period; leave by out")
	}
	rows, err := s.kpiRows(ctx, q)
	if err != nil {
		return httpapi.Response{}, err
	}
	a := kpiAnswer{Unconverted: map[string]int64{}}
	if err := a.fill(q, kpiTable{rows: rows}); err != nil {
		return httpapi.Response{}, err
	}
	steps := make([]funnelStep, len(names))
	for i, n := range names {
		steps[i].Name = n
		if n == "visit" {
			steps[i].Reached = a.Rows[0]["visits"]
		}
	}
	return httpapi.JSON(http.StatusOK, map[string]any{"steps": steps, "bottleneck": nil}), nil
}
