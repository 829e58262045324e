package main

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"tributary/shared/attribution"
	"tributary/shared/fault"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/report"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// tables is the source that reads the store.
type tables struct{ store *store.Store }

// Sites lists every site.
func (t *tables) Sites(ctx context.Context) ([]settings.Site, error) {
	stored, err := t.store.ListSettings(ctx, store.Sites, "", 0)
	if err != nil {
		return nil, err
	}
	ids := []string{settings.DefaultID}
	for _, s := range stored {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	var sites []settings.Site
	for _, id := range slices.Compact(ids) {
		site, found, err := t.store.Site(ctx, id)
		if err != nil {
			return nil, err
		}
		if found { // else it was deleted since it was listed
			sites = append(sites, site)
		}
	}
	return sites, nil
}

// Site reads one site.
func (t *tables) Site(ctx context.Context, id string) (settings.Site, error) {
	site, found, err := t.store.Site(ctx, id)
	if err == nil && !found {
		err = fault.New(fault.UnknownSite, "site", "there is no site %q; make it with PUT /v1/sites/%s", id, id)
	}
	return site, err
}

// Report reads the conversions and the media cost of a period and folds them.
func (t *tables) Report(ctx context.Context, site settings.Site, p report.Period) (*report.Report, error) {
	goals, err := t.store.Goals(ctx, site.ID)
	if err != nil {
		return nil, err
	}
	costs, err := t.costs(ctx, &site, p)
	if err != nil {
		return nil, err
	}
	h := report.Head{
		Period: p, Site: site.ID, Currency: site.Currency,
		Lookback: int64(site.LookbackDays) * attribution.Day, HalfLife: int64(site.HalfLifeDays) * attribution.Day,
	}
	return report.Build(h, t.conversions(ctx, &site, goals, p), costs)
}

// conversions reads the records day by day, so that a day is in memory and not the period. A record that moves between two
// days while they are read may be met twice and counts once.
func (t *tables) conversions(ctx context.Context, site *settings.Site, goals []settings.Goal, p report.Period) iter.Seq2[report.Conversion, error] {
	primary := site.PrimaryGoals(goals)
	return func(yield func(report.Conversion, error) bool) {
		from, to, err := p.Bounds()
		if err != nil {
			yield(report.Conversion{}, err)
			return
		}
		seen := map[string]struct{}{}
		for ; from < to; from += attribution.Day {
			records, err := t.store.RecordsInRange(ctx, site.ID, journey.KindConversion, from, min(from+attribution.Day, to))
			if err != nil {
				yield(report.Conversion{}, err)
				return
			}
			for _, r := range records {
				if _, again := seen[r.Node]; again || r.Void() {
					continue
				}
				seen[r.Node] = struct{}{}
				c, err := r.Conversion()
				if err == nil && (c.Counts != 1 || !slices.Contains(primary, cmp.Or(c.Goal, settings.DefaultGoal))) {
					continue
				}
				if !yield(conversion(site, r.Node, &c), err) || err != nil {
					return
				}
			}
		}
	}
}

// conversion is a record as a report takes it. The record is in the currency that the site had when it was last restated;
// an amount that cannot be turned into today's is left out and counted as such.
func conversion(site *settings.Site, node string, c *journey.Conversion) report.Conversion {
	out := report.Conversion{
		ID: node, Time: c.Time, Refunded: c.NetCount == 0, Unconverted: c.Unconverted, Lead: c.Lead, Opportunity: c.Opportunity,
	}
	value, hasValue := site.Convert(c.Value, c.Currency, c.Time)
	net, hasNet := site.Convert(c.Net, c.Currency, c.Time)
	if hasValue && hasNet {
		out.Value, out.Net = value, net
	} else {
		out.Unconverted = true
	}
	for _, t := range c.Touches {
		out.Touches = append(out.Touches, report.Touch{ID: t.ID, Time: t.Time, Channel: kpi.Name(t.Channel), Campaign: kpi.Name(t.Campaign)})
	}
	return out
}
