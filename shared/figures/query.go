package figures

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

// others are the parameters that are no filter.
var others = []string{"from", "to", "last", "tz", "by", "site", "kpis", "model", "compare", "explain", "format", "as_of"}

// Parse reads the parameters of GET /v1/kpis; now is the end of what last= stands for. Every error is a fault that names the
// parameter and says what can be had instead.
func Parse(params url.Values, site settings.Site, now time.Time) (*Query, error) {
	q := &Query{Site: site, Filters: map[string]string{}}
	for name, values := range params {
		switch {
		case !slices.Contains(dimensions, name) && !slices.Contains(others, name):
			return nil, fault.Query(name, "there is no parameter %q; there are %s", fault.Clip(name), list(append(slices.Clone(others), dimensions...)))
		case len(values) > 1:
			return nil, fault.Query(name, "%s stands there %d times; give it once", name, len(values))
		case slices.Contains(dimensions, name) && values[0] != "":
			q.Filters[name] = values[0]
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
			return fault.Query("by", "%q is none of hour, day, week, month, %s", fault.Clip(name), list(dimensions))
		case slices.Contains(q.By, name):
			return fault.Query("by", "%s stands there twice", name)
		default:
			q.By = append(q.By, name)
		}
	}
	return nil
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
			return fault.Query("kpis", "%q cannot be had here; there are %s", fault.Clip(name), list(all))
		default:
			q.Names = append(q.Names, name)
		}
	}
	if len(q.Names) == 0 {
		q.Names = all
	}
	return nil
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
		return fault.Query("model", "there is no model %q; there are %v and, by campaign, %s", fault.Clip(string(model)), attribution.Models(), ownModel)
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

// readPeriod reads the zone and the range.
func (q *Query) readPeriod(params url.Values, now time.Time) error {
	q.Zone = q.Site.Location()
	if tz := params.Get("tz"); tz != "" {
		zone, err := time.LoadLocation(tz)
		if err != nil || tz == "Local" {
			return fault.Query("tz", "%q is no time zone; use an IANA name like Europe/Berlin", fault.Clip(tz))
		}
		q.Zone = zone
	}
	var err error
	q.Period, err = kpi.ParsePeriod(params.Get("from"), params.Get("to"), params.Get("last"), now, q.Zone)
	if err != nil {
		return err
	}
	if q.Period.Fractional() && !q.Site.Fractional() {
		return fault.New(fault.TZNotSupported, "tz", "the days of %s begin within an hour of UTC, and site %s counts by the hour; use a zone of full hours, or set the site's tz to it: what is counted from then on can be had", q.Zone, q.Site.ID)
	}
	return nil
}
