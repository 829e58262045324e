package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
)

// funnelStep is one step of the answer (contract.md section 4). Of the last step, and where nobody is meant, the share and
// the time are null.
type funnelStep struct {
	Name     string   `json:"name"`
	Reached  int64    `json:"reached"`
	DropOff  *float64 `json:"drop_off"`
	MedianMS *float64 `json:"median_ms"`
}

// maxSteps bounds the steps of a funnel.
const maxSteps = 20

// synonyms are other names of types (contract.md section 2); sign_up is a goal's.
var synonyms = map[string]string{"pageview": "page_view", "generate_lead": "lead", "purchase": "conversion"}

// funnel answers GET /v1/funnel: how far the period's visits come through the steps, of the whole site, of what a filter
// chooses, or by one dimension. It reads the record of every visit of the period that went past its first page; how many
// began is a counter.
func (s *server) funnel(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, err := s.site(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	params, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	steps, err := s.funnelSteps(ctx, site.ID, params.Get("steps"))
	if err != nil {
		return httpapi.Response{}, err
	}
	params.Del("steps")
	touches := params.Get("touches") == "1"
	params.Del("touches")
	params.Set("kpis", "visits")
	q, err := parseKPIQuery(params, site, s.now())
	if err != nil {
		return httpapi.Response{}, err
	}
	if q.grain != kpi.Whole || len(q.by) > 1 || q.goal != "" {
		return httpapi.Response{}, fault.New(fault.InvalidQuery, "by", "a funnel is for the whole period and of visits; give one dimension of theirs, as in by=channel or by=page, or none")
	}
	funnels, err := s.funnels(ctx, q, steps)
	if err != nil {
		return httpapi.Response{}, err
	}
	body := funnelAnswer(q, steps, funnels)
	if touches {
		if body["touches"], err = s.touches(ctx, q); err != nil {
			return httpapi.Response{}, err
		}
	}
	return httpapi.JSON(http.StatusOK, body), nil
}

// funnelSteps reads the steps: types of events, also of the user's own, and goals.
func (s *server) funnelSteps(ctx context.Context, site, list string) ([]string, error) {
	steps := strings.Split(list, ",")
	if list == "" || len(steps) > maxSteps {
		return nil, fault.New(fault.InvalidQuery, "steps", "give 1 to %d steps, as in steps=visit,view_item,add_to_cart,begin_checkout,conversion", maxSteps)
	}
	var own []string
	for i, step := range steps {
		if same, ok := synonyms[step]; ok {
			steps[i] = same
		}
		if event.Known(steps[i]) {
			continue
		}
		for _, d := range []kpi.Dimension{kpi.ByType, kpi.ByGoal} {
			names, err := s.store.Names(ctx, site, d)
			if err != nil {
				return nil, fmt.Errorf("api: funnel: %w", err)
			}
			own = append(own, names...)
		}
		if !slices.Contains(own, step) {
			return nil, fault.New(fault.InvalidQuery, "steps", "%q is no type of event and no goal that site %s has counted; steps are types and goals", clipped(step), site)
		}
	}
	return steps, nil
}

// funnels takes the visits of the period through the steps, by the rows of the query.
func (s *server) funnels(ctx context.Context, q *kpiQuery, steps []string) (map[labels]*journey.Funnel, error) {
	all := map[labels]*journey.Funnel{}
	at := func(l labels) *journey.Funnel {
		f := all[l]
		if f == nil {
			f = journey.NewFunnel(steps)
			all[l] = f
		}
		return f
	}
	set := &rowSet{q: q}
	var err error
	if slices.Contains(q.dims(), "campaign") {
		if set.alias, err = s.aliases(ctx, q.site.ID, kpi.ByCampaign); err != nil {
			return nil, err
		}
	}
	visits, err := store.Collect(ctx, s.store, q.site.ID, journey.KindVisit, q.period.From.UnixMilli(), q.period.To.UnixMilli(), visitOf)
	if err != nil {
		return nil, fmt.Errorf("api: funnel: %w", err)
	}
	for i := range visits {
		if l, ok := set.labelsOf(visits[i].Count(&q.site, kpi.Visits, 1)); ok {
			at(l).Add(&visits[i])
		}
	}
	rows, err := s.kpiRows(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(q.by) == 0 {
		at(labels{})
	}
	for l, row := range rows {
		if n := row.Sum(kpi.Visits); n > 0 && at(l).FromVisits() {
			at(l).Begun(n)
		}
	}
	return all, nil
}

func visitOf(r journey.Record) (journey.Told, bool, error) {
	t, err := r.Told()
	return t, true, err
}

// labelsOf is the row of a visit; false where it has none, or a filter leaves it out.
func (set *rowSet) labelsOf(moves []kpi.Move) (labels, bool) {
	dims := set.q.dims()
	if len(dims) == 0 {
		return labels{}, true
	}
	base := partOf(dims[0], dims).base
	for _, m := range moves {
		if m.Dimension == base {
			values, ok := set.values(&kpi.Counter{Key: m.Key}, dims)
			return labels{dims: values}, ok
		}
	}
	return labels{}, false
}

// funnelAnswer is the body: the steps, or with by a row for each value.
func funnelAnswer(q *kpiQuery, steps []string, funnels map[labels]*journey.Funnel) map[string]any {
	if len(q.by) == 0 {
		for _, f := range funnels {
			return stepsOf(f)
		}
	}
	rows := []map[string]any{}
	for l, f := range funnels {
		row := stepsOf(f)
		row[q.by[0]] = l.dims[0]
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b map[string]any) int {
		return strings.Compare(fmt.Sprint(a[q.by[0]]), fmt.Sprint(b[q.by[0]]))
	})
	return map[string]any{"rows": rows}
}

func stepsOf(f *journey.Funnel) map[string]any {
	list, bottleneck := f.Result()
	steps := make([]funnelStep, len(list))
	for i, s := range list {
		steps[i] = funnelStep{Name: s.Name, Reached: s.Reached}
		if s.DropOff != nil {
			v, _ := s.DropOff.Float64()
			steps[i].DropOff = &v
		}
		if s.Median != nil {
			v, _ := s.Median.Float64()
			steps[i].MedianMS = &v
		}
	}
	out := map[string]any{"steps": steps, "bottleneck": nil}
	if bottleneck != "" {
		out["bottleneck"] = bottleneck
	}
	return out
}
