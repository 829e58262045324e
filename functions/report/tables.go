package main

import (
	"cmp"
	"context"
	"iter"
	"time"

	"tributary/shared/archive"
	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/report"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// tables is the source that reads the store.
type tables struct {
	store   *store.Store
	archive *archive.Archive
	now     func() time.Time
	held    held
	// everybody is as known at a time that is no earlier than until, Unix milliseconds.
	everybody func(ctx context.Context, until int64) (everybody, error)
}

func newTables(s *store.Store, a *archive.Archive, now func() time.Time) *tables {
	return &tables{store: s, archive: a, now: now, held: held{maxOpenTouches, maxLinks}, everybody: always(scan{s})}
}

func always(e everybody) func(context.Context, int64) (everybody, error) {
	return func(context.Context, int64) (everybody, error) { return e, nil }
}

// Within is the source for a run of this name, whose reports share one reading of the tables. A run of the schedule, whose name is its
// nominal time, shares that of the night's recount too; one on request is asked for what is there now.
func (t *tables) Within(run string) source {
	w := *t
	own := newReading(t.store, t.archive, run).swept()
	if at, err := time.Parse(time.RFC3339, run); err == nil {
		w.everybody = (&nightly{archive: t.archive, at: at, own: own}).covering
	} else {
		w.everybody = always(own)
	}
	return &w
}

// Sites lists every site.
func (t *tables) Sites(ctx context.Context) ([]settings.Site, error) { return t.store.EverySite(ctx) }

// DropSalts deletes the salts of days that are over.
func (t *tables) DropSalts(ctx context.Context, now time.Time) error {
	return t.store.DropSalts(ctx, now)
}

// Site reads one site.
func (t *tables) Site(ctx context.Context, id string) (settings.Site, error) {
	site, found, err := t.store.Site(ctx, id)
	if err == nil && !found {
		err = fault.New(fault.UnknownSite, "site", "there is no site %q; make it with PUT /v1/sites/%s", id, id)
	}
	return site, err
}

// Causes tells because of what conversions' records were last written.
func (t *tables) Causes(ctx context.Context, site string, conversions []string) (map[string][]string, error) {
	return t.store.Causes(ctx, site, journey.KindConversion, conversions)
}

// Report reads the conversions and the media cost of a period and folds them.
func (t *tables) Report(ctx context.Context, site settings.Site, p report.Period) (*report.Report, error) {
	w, err := t.work(ctx, site, p)
	if err != nil {
		return nil, err
	}
	part := report.NewPart(w.head)
	files, err := t.rows(ctx, w, part)
	if err != nil {
		return nil, err
	}
	return files.attach(t.finish(ctx, w, part))
}

// work is what a report is made by.
type work struct {
	site  settings.Site
	goals []settings.Goal
	head  report.Head
	alias figures.Aliases
}

// work reads the settings.
func (t *tables) work(ctx context.Context, site settings.Site, p report.Period) (*work, error) {
	goals, err := t.store.Goals(ctx, site.ID)
	if err != nil {
		return nil, err
	}
	campaigns, err := t.store.Campaigns(ctx, site.ID)
	if err != nil {
		return nil, err
	}
	_, to, err := p.Bounds()
	if err != nil {
		return nil, err
	}
	w := &work{site: site, goals: goals, head: headOf(&site, goals, p), alias: figures.AliasesOf(campaigns)}
	w.head.Open = t.now().UnixMilli() < to
	for i := range campaigns {
		w.head.Campaigns = append(w.head.Campaigns, campaignOf(&w.site, &campaigns[i]))
	}
	return w, nil
}

// finish adds what stands beside the conversions to a part that holds all of them.
func (t *tables) finish(ctx context.Context, w *work, part *report.Part) (*report.Report, error) {
	costs, err := t.costs(ctx, &w.site, w.head.Period)
	if err != nil {
		return nil, err
	}
	for i := range costs {
		costs[i].Campaign = w.alias.Of(costs[i].Campaign)
	}
	x := report.Extra{}
	if part.Conversions() > 0 { // else there is nothing to weigh the others' paths against
		if x.NonConverting, err = t.addOpen(ctx, w, part); err != nil {
			return nil, err
		}
	}
	if err := t.beside(ctx, w, &x); err != nil {
		return nil, err
	}
	return part.Report(merged(costs), x)
}

// merged sums costs that have come to be of one campaign.
func merged(costs []report.Cost) []report.Cost {
	sums := map[report.Cost]int64{}
	for _, c := range costs {
		sums[report.Cost{Channel: c.Channel, Campaign: c.Campaign}] += c.Micros
	}
	costs = costs[:0]
	for c, micros := range sums {
		c.Micros = micros
		costs = append(costs, c)
	}
	return costs
}

// addOpen adds the paths of people without any conversion whose last touch is in the period.
func (t *tables) addOpen(ctx context.Context, w *work, part *report.Part) (*report.NonConverting, error) {
	from, to, err := w.head.Bounds()
	if err != nil {
		return nil, err
	}
	o, err := t.openPaths(ctx, &w.site, w.goals, &w.head)
	if err != nil {
		return nil, err
	}
	for p := range o.paths() {
		if p.last >= from && p.last < to {
			part.AddNonConverting(p.channels, o.sampled)
		}
	}
	return &report.NonConverting{ReadUnits: o.units, Sampled: o.sampled, Recount: o.by}, nil
}

// conversions reads the records slice by slice, in the order in which they are read where a period is split.
func (t *tables) conversions(ctx context.Context, w *work) iter.Seq2[report.Conversion, error] {
	return func(yield func(report.Conversion, error) bool) {
		list, err := slicesOf(w.head.Period, 0)
		if err != nil {
			yield(report.Conversion{}, err)
			return
		}
		for _, s := range list {
			for c, err := range t.inSlice(ctx, w, s) {
				if !yield(c, err) || err != nil {
					return
				}
			}
		}
	}
}

// conversion is a record as a report takes it. The record is in the currency that the site had when it was last restated;
// an amount that cannot be turned into today's is left out and counted as such.
func (w *work) conversion(r *journey.Record, c *journey.Conversion) report.Conversion {
	out := report.Conversion{
		ID: r.Node, Written: r.Written, Time: c.Time, Refunded: c.NetCount == 0, Unconverted: c.Unconverted, Person: c.Person, Goal: cmp.Or(c.Goal, settings.DefaultGoal),
		Order: c.Order, Lead: c.Lead, Opportunity: c.Opportunity, First: c.First, Previous: c.Previous,
		Touches: make([]report.Touch, 0, len(c.Touches)),
	}
	value, hasValue := w.site.Convert(c.Value, c.Currency, c.Time)
	net, hasNet := w.site.Convert(c.Net, c.Currency, c.Time)
	if hasValue && hasNet {
		out.Value, out.Net = value, net
	} else {
		out.Unconverted = true
	}
	for i := range c.Touches {
		t := &c.Touches[i]
		out.Touches = append(out.Touches, report.Touch{
			ID: t.ID, Time: t.Time, Channel: kpi.Name(t.Channel), Campaign: w.alias.Of(t.Campaign), Type: t.Type, ClickIDs: t.ClickIDs, Behind: t.Behind,
		})
	}
	return out
}
