package figures

import (
	"context"
	"slices"

	"tributary/shared/kpi"
)

// platformNames are the figures in which a platform's counts take the place of our own.
var platformNames = []string{"ctr", "cpc_minor", "cpm_minor"}

// platformRows puts the platforms' counts in the place of our own, campaign by campaign and day by day. Rows by campaign have
// read what that needs; those of the site and of channels read their campaigns, where some spend carries counts. Rows by
// the hour keep to our own: a platform counts days.
func (s *Reader) platformRows(ctx context.Context, set *rowSet) error {
	q := set.q
	byCampaign, byChannel := slices.Contains(q.dims(), "campaign"), slices.Equal(q.dims(), []string{"channel"})
	asked := slices.ContainsFunc(q.Names, func(n string) bool { return slices.Contains(platformNames, n) })
	if !asked || q.Grain == kpi.Hour || !byCampaign && !byChannel && q.Scope != kpi.OfSite {
		return nil
	}
	if said := set.saidByPlatforms(); said && !byCampaign {
		var err error
		if set.alias, err = s.aliases(ctx, q.Site.ID, kpi.ByCampaign); err != nil {
			return err
		}
		if err := s.readNamed(ctx, q, kpi.ByCampaign, func(c *kpi.Counter) error { return set.addBeside(c, byChannel) }); err != nil {
			return err
		}
	}
	for _, row := range set.rows {
		row.Settle(set.said)
	}
	return nil
}

func (set *rowSet) saidByPlatforms() bool {
	for _, row := range set.rows {
		if row.Platform() {
			return true
		}
	}
	return false
}

// addBeside adds a campaign's item to the row of the site, or of its channel.
func (set *rowSet) addBeside(c *kpi.Counter, byChannel bool) error {
	if err := set.note(c); err != nil {
		return err
	}
	var values [2]string
	if byChannel {
		if only, filtered := set.q.Filters["channel"]; filtered && only != c.Split {
			return nil
		}
		if len(set.q.By) > 0 {
			values[0] = c.Split
		}
	}
	row, err := set.at(c, values)
	if err != nil {
		return err
	}
	return set.addCampaign(row, c)
}

// note notes what platforms say of a campaign, whatever row its item belongs to.
func (set *rowSet) note(c *kpi.Counter) error {
	day, err := set.dayOf(c)
	if err == nil {
		set.said.Note(set.alias.Of(c.Value), day, *c)
	}
	return err
}

// addCampaign notes what a campaign's item counts on its day.
func (set *rowSet) addCampaign(row *kpi.Row, c *kpi.Counter) error {
	day, err := set.dayOf(c)
	if err == nil {
		row.AddCampaign(set.alias.Of(c.Value), day, c.Split, *c)
	}
	return err
}

func (set *rowSet) dayOf(c *kpi.Counter) (int64, error) {
	at, err := kpi.BucketTime(c.Bucket)
	return kpi.Day.Start(at.In(set.q.Zone)).Unix(), err
}
