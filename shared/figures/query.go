package figures

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"tributary/shared/attribution"
	"tributary/shared/fault"
	"tributary/shared/kpi"
	"tributary/shared/nearest"
	"tributary/shared/settings"
)

// Query asks for figures of a site: the parameters of GET /v1/kpis (contract.md section 4), understood.
type Query struct {
	Site    settings.Site
	Period  kpi.Period
	Zone    *time.Location
	Grain   kpi.Grain
	By      []string          // dimensions, at most two
	Filters map[string]string // dimension -> value
	Goal    string            // whose conversions the site's row counts; empty: the primary ones
	Names   []string
	Scope   kpi.Scope
	Explain bool
	Compare bool   // with the period before
	AsOf    string // the day at whose end the figures were known; empty: now
	CSV     bool
	Model   attribution.Model // of the credit in rows by a dimension

	own   bool // each campaign's credit goes by its own settings
	fresh bool // credit is made anew from the records of the range: counters hold the site's model and primary goals
}

// dimensions are the names of by and of the filters.
var dimensions = []string{"campaign", "channel", "source", "medium", "content", "term", "page", "link", "goal", "type"}

// grains are the names of by that are of time.
var grains = []string{string(kpi.Hour), string(kpi.Day), string(kpi.Week), string(kpi.Month)}

// others are the parameters that are no filter.
var others = []string{"from", "to", "last", "tz", "by", "site", "kpis", "model", "compare", "explain", "format", "as_of"}

// Parse reads the parameters of GET /v1/kpis; now is the end of what last= stands for. Every error is a fault that names the
// parameter and says what can be had instead.
func Parse(params url.Values, site settings.Site, now time.Time) (*Query, error) {
	q := &Query{Site: site, Filters: map[string]string{}}
	if err := fault.Params(params, slices.Concat(others, dimensions)...); err != nil {
		return nil, err
	}
	for _, name := range dimensions {
		if value := params.Get(name); value != "" {
			q.Filters[name] = value
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

// list is "a, b, c".
func list(names []string) string { return strings.Join(names, ", ") }

// readBy takes by apart: at most one grain of time, and dimensions.
func (q *Query) readBy(params url.Values) error {
	for name := range strings.SplitSeq(params.Get("by"), ",") {
		grain, isGrain := kpi.ParseGrain(name)
		switch {
		case name == "":
		case isGrain && q.Grain != kpi.Whole:
			return fault.Query("by", "%s and %s are both a grain of time; give one", q.Grain, grain)
		case isGrain:
			q.Grain = grain
		case !slices.Contains(dimensions, name):
			return noDimension(name, slices.Concat(grains, dimensions))
		case slices.Contains(q.By, name):
			return fault.Query("by", "%s stands there twice", name)
		default:
			q.By = append(q.By, name)
		}
	}
	return nil
}

// CheckBy refuses a by= of anything but names, where an answer has rows by nothing else.
func CheckBy(params url.Values, names ...string) error {
	for name := range strings.SplitSeq(params.Get("by"), ",") {
		if name != "" && !slices.Contains(names, name) {
			return noDimension(name, names)
		}
	}
	return nil
}

// noDimension refuses a name in by= that is none of those that can be had.
func noDimension(name string, names []string) error {
	return fault.Query("by", "%q is none of %s%s", fault.Clip(name), list(names), nearest.Hint(name, names))
}

// pairs are the dimensions that are counted together; any others only each for itself.
var pairs = [][2]string{{"campaign", "channel"}, {"source", "medium"}}

// readScope decides what the rows are about and refuses combinations that are not counted.
func (q *Query) readScope(url.Values) error {
	if goal, ok := q.Filters["goal"]; ok && !slices.Contains(q.By, "goal") {
		delete(q.Filters, "goal")
		q.Goal = goal // beside a dimension of traffic, whose credit is that goal's then
	}
	dims := q.dims()
	switch {
	case len(dims) == 0:
		q.Scope = kpi.OfSite
	case len(dims) == 1 && dims[0] == "goal":
		q.Scope = kpi.OfGoal
	case len(dims) == 1 && dims[0] == "type" && q.Goal != "":
		return fault.Query("goal", "events of a type of your own have no goal; leave goal out")
	case len(dims) == 1 && dims[0] == "type":
		q.Scope = kpi.OfType
	case len(dims) == 1 && dims[0] == "page":
		q.Scope = kpi.OfPart | kpi.OfPage
	case len(dims) == 1 || len(dims) == 2 && isPair(dims):
		q.Scope = kpi.OfPart
	default:
		return fault.Query("by", "%s are not counted together: besides time, give one dimension, or campaign with channel, or source with medium", list(dims))
	}
	return nil
}

// dims are all dimensions asked about, filters included, sorted.
func (q *Query) dims() []string {
	dims := slices.Clone(q.By)
	for d := range q.Filters {
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
func (q *Query) readNames(params url.Values) error {
	all := kpi.FigureNames(q.Scope)
	for name := range strings.SplitSeq(params.Get("kpis"), ",") {
		switch {
		case name == "" || slices.Contains(q.Names, name):
		case !slices.Contains(all, name):
			return q.noFigure(name, all)
		default:
			q.Names = append(q.Names, name)
		}
	}
	if len(q.Names) == 0 {
		q.Names = all
	}
	return nil
}

// noFigure refuses a name in kpis=: one of another scope, or none at all.
func (q *Query) noFigure(name string, all []string) error {
	of := "the whole site"
	if dims := q.dims(); len(dims) > 0 {
		of = list(dims)
	}
	if _, known := kpi.Explain(name); known {
		return fault.Query("kpis", "%s cannot be had of %s%s; there are %s", name, of, nearest.Hint(name, all), list(all))
	}
	return fault.Query("kpis", "there is no KPI %q%s; README, Read, tells what each is, and of %s there are %s", fault.Clip(name), nearest.Hint(name, all), of, list(all))
}

// readModel takes the model of the credit: the site's, unless another is asked for.
func (q *Query) readModel(params url.Values) error {
	q.Model = attribution.Model(q.Site.Model)
	model := attribution.Model(params.Get("model"))
	switch {
	case model == "":
	case model == ownModel && !slices.Contains(q.dims(), "campaign"):
		return fault.Query("model", "own settings are those of campaigns: ask by=campaign or for one campaign=")
	case model == ownModel:
		q.own = true
	case strings.HasPrefix(string(model), "markov") || model == "shapley":
		return fault.New(fault.ModelInReports, "model", "%s needs all paths of a period and stands in reports only: GET /v1/reports", fault.Clip(string(model)))
	case !slices.Contains(attribution.Models(), model):
		names := []string{ownModel}
		for _, m := range attribution.Models() {
			names = append(names, string(m))
		}
		return fault.Query("model", "there is no model %q%s; there are %s (README, Reports, tells what each credits; %s is for campaigns)", fault.Clip(string(model)), nearest.Hint(string(model), names), list(names), ownModel)
	default:
		q.Model = model
	}
	q.fresh = q.Scope&kpi.OfPart != 0 && (q.own || string(q.Model) != q.Site.Model || q.Goal != "")
	return nil
}

// readFlags reads what changes the shape of the answer.
func (q *Query) readFlags(params url.Values) error {
	for _, f := range []struct {
		name, on string
		off      []string
		to       *bool
	}{
		{"compare", "previous", []string{""}, &q.Compare},
		{"format", "csv", []string{"", "json"}, &q.CSV},
		{"explain", "1", []string{"", "0"}, &q.Explain},
	} {
		switch v := params.Get(f.name); {
		case v == f.on:
			*f.to = true
		case !slices.Contains(f.off, v):
			return fault.Query(f.name, "%s=%q is not known; give %s or leave it out", f.name, fault.Clip(v), f.on)
		}
	}
	return nil
}

// ZoneOf is the zone that the parameter tz names, the site's own where it is absent. Its error is a fault.
func ZoneOf(params url.Values, site *settings.Site) (*time.Location, error) {
	tz := params.Get("tz")
	if tz == "" {
		return site.Location(), nil
	}
	zone, err := time.LoadLocation(tz)
	if err != nil || tz == "Local" {
		return nil, fault.Query("tz", "%q is no time zone; use an IANA name like Europe/Berlin", fault.Clip(tz))
	}
	return zone, nil
}

// readPeriod reads the zone and the range.
func (q *Query) readPeriod(params url.Values, now time.Time) error {
	var err error
	if q.Zone, err = ZoneOf(params, &q.Site); err != nil {
		return err
	}
	q.Period, err = kpi.ParsePeriod(params.Get("from"), params.Get("to"), params.Get("last"), now, q.Zone)
	if err != nil {
		return err
	}
	if q.Period.Fractional() && !q.Site.Fractional() {
		return fault.New(fault.TZNotSupported, "tz", "the days of %s begin within an hour of UTC, and site %s counts by the hour; use a zone of full hours, or set the site's tz to it: what is counted from then on can be had", q.Zone, q.Site.ID)
	}
	return nil
}
