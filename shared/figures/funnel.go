package figures

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
)

// Funnel is how far visits come.
type Funnel struct {
	Value      string  `json:"-"` // of the query's dimension, where it has one
	Steps      []Step  `json:"steps"`
	Bottleneck *string `json:"bottleneck"` // the step before which most are lost; null where nobody is
}

// Step is one step (contract.md section 4). Of the last step, and where nobody is meant, the share and the time are null.
type Step struct {
	Name     string   `json:"name"`
	Reached  int64    `json:"reached"`
	DropOff  *float64 `json:"drop_off"`
	MedianMS *float64 `json:"median_ms"`
}

// maxSteps bounds the steps of a funnel.
const maxSteps = 20

// synonyms are other names of types (contract.md section 2); sign_up is a goal's.
var synonyms = map[string]string{"pageview": "page_view", "generate_lead": "lead", "purchase": "conversion"}

// Funnel takes the period's visits through the steps: of the whole site, of what a filter chooses, or by one dimension. It
// reads the record of every visit of the period that went past its first page; how many began is a counter.
func (s *Reader) Funnel(ctx context.Context, q *Query, steps []string) ([]Funnel, error) {
	if q.Grain != kpi.Whole || len(q.By) > 1 || q.Goal != "" {
		return nil, fault.Query("by", "a funnel is for the whole period and of visits; give one dimension of theirs, as in by=channel or by=page, or none")
	}
	found, err := s.funnels(ctx, q, steps, func(*journey.Told) {})
	if err != nil {
		return nil, err
	}
	list := make([]Funnel, 0, len(found))
	for l, f := range found {
		one := funnelOf(f)
		if len(q.By) > 0 {
			one.Value = l.dims[0]
		}
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b Funnel) int { return strings.Compare(a.Value, b.Value) })
	return list, nil
}

// Steps reads steps=, a list: types of events, also of the user's own, and goals.
func (s *Reader) Steps(ctx context.Context, site, list string) ([]string, error) {
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
				return nil, fmt.Errorf("figures: funnel: %w", err)
			}
			own = append(own, names...)
		}
		if !slices.Contains(own, step) {
			return nil, fault.New(fault.InvalidQuery, "steps", "%q is no type of event and no goal that site %s has counted; steps are types and goals", fault.Clip(step), site)
		}
	}
	return steps, nil
}

// usual are the steps of a shop. Sites of other kinds have not all of them.
func usual() []string {
	return []string{"visit", "view_item", "add_to_cart", "begin_checkout", "conversion"}
}

// UsualFunnel takes the period's visits through the steps of a shop, without those that none of them took.
func (s *Reader) UsualFunnel(ctx context.Context, q *Query) (Funnel, error) {
	steps, taken := usual(), map[string]bool{"visit": true}
	found, err := s.funnels(ctx, q, steps, func(t *journey.Told) {
		for _, step := range steps {
			taken[step] = taken[step] || len(t.Times(step)) > 0
		}
	})
	if err != nil {
		return Funnel{}, err
	}
	if some := slices.DeleteFunc(usual(), func(step string) bool { return !taken[step] }); len(some) < len(steps) {
		if found, err = s.funnels(ctx, q, some, func(*journey.Told) {}); err != nil {
			return Funnel{}, err
		}
	}
	return funnelOf(found[labels{}]), nil
}

// funnels takes the visits of the period through the steps, by the rows of the query. Each is shown to see, one at a time.
func (s *Reader) funnels(ctx context.Context, q *Query, steps []string, see func(*journey.Told)) (map[labels]*journey.Funnel, error) {
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
		if set.alias, err = s.aliases(ctx, q.Site.ID, kpi.ByCampaign); err != nil {
			return nil, err
		}
	}
	var mu sync.Mutex
	add := func(r journey.Record) (struct{}, bool, error) {
		visit, err := r.Told()
		if err != nil {
			return struct{}{}, false, err
		}
		mu.Lock()
		defer mu.Unlock()
		if l, ok := set.labelsOf(visit.Count(&q.Site, kpi.Visits, 1)); ok {
			see(&visit)
			at(l).Add(&visit)
		}
		return struct{}{}, false, nil // nothing is held of a visit
	}
	if _, err := store.Collect(ctx, s.store, q.Site.ID, journey.KindVisit, q.Period.From.UnixMilli(), q.Period.To.UnixMilli(), add); err != nil {
		return nil, fmt.Errorf("figures: funnel: %w", err)
	}
	rows, err := s.rows(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(q.By) == 0 {
		at(labels{})
	}
	for l, row := range rows {
		if n := row.Sum(kpi.Visits); n > 0 && at(l).FromVisits() {
			at(l).Begun(n)
		}
	}
	return all, nil
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

func funnelOf(f *journey.Funnel) Funnel {
	steps, bottleneck := f.Result()
	out := Funnel{Steps: make([]Step, len(steps))}
	for i, s := range steps {
		out.Steps[i] = Step{Name: s.Name, Reached: s.Reached}
		if s.DropOff != nil {
			v, _ := s.DropOff.Float64()
			out.Steps[i].DropOff = &v
		}
		if s.Median != nil {
			v, _ := s.Median.Float64()
			out.Steps[i].MedianMS = &v
		}
	}
	if bottleneck != "" {
		out.Bottleneck = &bottleneck
	}
	return out
}
