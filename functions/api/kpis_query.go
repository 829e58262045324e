package main

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"tributary/shared/fault"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// kpiQuery is GET /v1/kpis, understood.
type kpiQuery struct {
	site    settings.Site
	period  kpi.Period
	zone    *time.Location
	grain   kpi.Grain
	by      []string          // dimensions, at most two
	filters map[string]string // dimension -> value
	goal    string            // whose conversions the site's row counts; empty: the primary ones
	names   []string
	scope   kpi.Scope
	explain bool
}

// dimensions are the names of by and of the filters.
var dimensions = []string{"campaign", "channel", "source", "medium", "content", "term", "page", "link", "goal", "type"}

// others are the parameters that are no filter.
var others = []string{"from", "to", "last", "tz", "by", "site", "kpis", "model", "compare", "explain", "format"}

// parseKPIQuery reads the parameters; every error is a fault that says what can be had instead.
func parseKPIQuery(params url.Values, site settings.Site, now time.Time) (*kpiQuery, error) {
	q := &kpiQuery{site: site, filters: map[string]string{}}
	for name, values := range params {
		switch {
		case !slices.Contains(dimensions, name) && !slices.Contains(others, name):
			return nil, refuse(name, "there is no parameter %q; there are %s", clipped(name), list(append(slices.Clone(others), dimensions...)))
		case len(values) > 1:
			return nil, refuse(name, "%s stands there %d times; give it once", name, len(values))
		case slices.Contains(dimensions, name) && values[0] != "":
			q.filters[name] = values[0]
		}
	}
	for _, step := range []func(url.Values) error{q.readBy, q.readScope, q.readNames, q.readModel, q.readFlags} {
		if err := step(params); err != nil {
			return nil, err
		}
	}
	return q, q.readPeriod(params, now)
}

func refuse(field, format string, args ...any) error {
	return fault.New(fault.InvalidQuery, field, format, args...)
}

func clipped(s string) string { return s[:min(len(s), 40)] }

// readBy takes by apart: at most one grain of time, and dimensions.
func (q *kpiQuery) readBy(params url.Values) error {
	for name := range strings.SplitSeq(params.Get("by"), ",") {
		grain, isGrain := kpi.ParseGrain(name)
		switch {
		case name == "":
		case isGrain && q.grain != kpi.Whole:
			return refuse("by", "%s and %s are both a grain of time; give one", q.grain, grain)
		case isGrain:
			q.grain = grain
		case !slices.Contains(dimensions, name):
			return refuse("by", "%q is none of hour, day, week, month, %s", clipped(name), list(dimensions))
		case slices.Contains(q.by, name):
			return refuse("by", "%s stands there twice", name)
		default:
			q.by = append(q.by, name)
		}
	}
	return nil
}

// pairs are the dimensions that are counted together; any others only each for itself.
var pairs = [][2]string{{"campaign", "channel"}, {"source", "medium"}}

// readScope decides what the rows are about and refuses combinations that are not counted.
func (q *kpiQuery) readScope(url.Values) error {
	if goal, ok := q.filters["goal"]; ok && !slices.Contains(q.by, "goal") {
		delete(q.filters, "goal")
		if dims := q.dims(); len(dims) > 0 {
			return refuse("goal", "goal chooses the conversions of the whole site; by %s, conversions are credited for the primary goals together", list(dims))
		}
		q.goal, q.scope = goal, kpi.OfSite
		return nil
	}
	dims := q.dims()
	switch {
	case len(dims) == 0:
		q.scope = kpi.OfSite
	case len(dims) == 1 && dims[0] == "goal":
		q.scope = kpi.OfGoal
	case len(dims) == 1 && dims[0] == "type":
		q.scope = kpi.OfType
	case len(dims) == 1 || len(dims) == 2 && isPair(dims):
		q.scope = kpi.OfPart
	default:
		return refuse("by", "%s are not counted together: besides time, give one dimension, or campaign with channel, or source with medium", list(dims))
	}
	return nil
}

// dims are all dimensions asked about, filters included, sorted.
func (q *kpiQuery) dims() []string {
	dims := slices.Clone(q.by)
	for d := range q.filters {
		dims = append(dims, d)
	}
	slices.Sort(dims)
	return slices.Compact(dims)
}

func isPair(dims []string) bool {
	for _, p := range pairs {
		if slices.Contains(dims, p[0]) && slices.Contains(dims, p[1]) {
			return true
		}
	}
	return false
}

// readNames takes the names of KPIs, all that the scope has if none are given.
func (q *kpiQuery) readNames(params url.Values) error {
	all := kpi.FigureNames(q.scope)
	for name := range strings.SplitSeq(params.Get("kpis"), ",") {
		switch {
		case name == "" || slices.Contains(q.names, name):
		case !slices.Contains(all, name):
			return refuse("kpis", "%q cannot be had here; there are %s", clipped(name), list(all))
		default:
			q.names = append(q.names, name)
		}
	}
	if len(q.names) == 0 {
		q.names = all
	}
	return nil
}

// readModel accepts the model that credit is counted under: the site's.
func (q *kpiQuery) readModel(params url.Values) error {
	model := params.Get("model")
	switch {
	case model == "" || model == q.site.Model:
		return nil
	case strings.HasPrefix(model, "markov") || model == "shapley":
		return fault.New(fault.ModelInReports, "model", "%s needs all paths of a period and stands in reports only: GET /v1/reports", clipped(model))
	}
	return refuse("model", "figures are counted under the site's model %s; %s is not available here yet, reports show every model side by side", q.site.Model, clipped(model))
}

// readFlags refuses what is not built yet, so that nobody takes a figure for another.
func (q *kpiQuery) readFlags(params url.Values) error {
	for _, name := range []string{"compare", "format"} {
		if v := params.Get(name); v != "" && (name != "format" || v != "json") {
			return refuse(name, "%s=%s is not available yet; leave it out", name, clipped(v))
		}
	}
	switch v := params.Get("explain"); v {
	case "", "0":
	case "1":
		q.explain = true
	default:
		return refuse("explain", "%q is neither 1 nor 0", clipped(v))
	}
	return nil
}

// readPeriod reads the zone and the range.
func (q *kpiQuery) readPeriod(params url.Values, now time.Time) error {
	q.zone = q.site.Location()
	if tz := params.Get("tz"); tz != "" {
		zone, err := time.LoadLocation(tz)
		if err != nil || tz == "Local" {
			return refuse("tz", "%q is no time zone; use an IANA name like Europe/Berlin", clipped(tz))
		}
		q.zone = zone
	}
	var err error
	q.period, err = kpi.ParsePeriod(params.Get("from"), params.Get("to"), params.Get("last"), now, q.zone)
	if err != nil {
		return err
	}
	if q.period.Fractional() && !q.site.Fractional() {
		return fault.New(fault.TZNotSupported, "tz", "the days of %s begin within an hour of UTC, and site %s counts by the hour; use a zone of full hours, or set the site's tz to it: what is counted from then on can be had", q.zone, q.site.ID)
	}
	return nil
}
