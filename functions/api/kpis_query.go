package main

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"tributary/shared/attribution"
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
	compare bool   // with the period before
	asOf    string // the day at whose end the figures were known; empty: now
	csv     bool
	model   attribution.Model // of the credit in rows by a dimension
	fresh   bool              // credit is made anew from the records of the range: counters hold the site's model and primary goals
}

// dimensions are the names of by and of the filters.
var dimensions = []string{"campaign", "channel", "source", "medium", "content", "term", "page", "link", "goal", "type"}

// others are the parameters that are no filter.
var others = []string{"from", "to", "last", "tz", "by", "site", "kpis", "model", "compare", "explain", "format", "as_of"}

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
	if err := q.readPeriod(params, now); err != nil {
		return nil, err
	}
	return q, q.readAsOf(params)
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
		q.goal = goal // beside a dimension of traffic, whose credit is that goal's then
	}
	dims := q.dims()
	switch {
	case len(dims) == 0:
		q.scope = kpi.OfSite
	case len(dims) == 1 && dims[0] == "goal":
		q.scope = kpi.OfGoal
	case len(dims) == 1 && dims[0] == "type" && q.goal != "":
		return refuse("goal", "events of a type of your own have no goal; leave goal out")
	case len(dims) == 1 && dims[0] == "type":
		q.scope = kpi.OfType
	case len(dims) == 1 && dims[0] == "page":
		q.scope = kpi.OfPart | kpi.OfPage
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

// readModel takes the model of the credit: the site's, unless another is asked for.
func (q *kpiQuery) readModel(params url.Values) error {
	q.model = attribution.Model(q.site.Model)
	model := attribution.Model(params.Get("model"))
	switch {
	case model == "":
	case strings.HasPrefix(string(model), "markov") || model == "shapley":
		return fault.New(fault.ModelInReports, "model", "%s needs all paths of a period and stands in reports only: GET /v1/reports", clipped(string(model)))
	case !slices.Contains(attribution.Models(), model):
		return refuse("model", "there is no model %q; there are %v", clipped(string(model)), attribution.Models())
	default:
		q.model = model
	}
	q.fresh = q.scope&kpi.OfPart != 0 && (string(q.model) != q.site.Model || q.goal != "")
	return nil
}

// readFlags reads what changes the shape of the answer.
func (q *kpiQuery) readFlags(params url.Values) error {
	for _, f := range []struct {
		name, on string
		off      []string
		to       *bool
	}{
		{"compare", "previous", []string{""}, &q.compare},
		{"format", "csv", []string{"", "json"}, &q.csv},
		{"explain", "1", []string{"", "0"}, &q.explain},
	} {
		switch v := params.Get(f.name); {
		case v == f.on:
			*f.to = true
		case !slices.Contains(f.off, v):
			return refuse(f.name, "%s=%q is not known; give %s or leave it out", f.name, clipped(v), f.on)
		}
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
