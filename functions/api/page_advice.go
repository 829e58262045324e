package main

import (
	"context"
	"time"

	"tributary/shared/adviser"
	"tributary/shared/alert"
	"tributary/shared/settings"
)

// pageAlerts is how many raised alerts the page shows.
const pageAlerts = 20

// alertRow is an alert that stands.
type alertRow struct{ Time, Rule, Why string }

// adviceRow is what a campaign is advised, and because of what.
type adviceRow struct{ Campaign, Advice, Because string }

// judged is what the page says of campaigns, where it is asked for: advice reads the records of weeks, and the page asks anew every
// five seconds.
type judged struct {
	Campaigns []adviceRow
	Weakest   string // the weakest link, in a sentence; empty: none stands clearly under
}

// standing are the alerts that are raised, the latest first.
func (s *server) standing(ctx context.Context, site *settings.Site) ([]alertRow, error) {
	list, err := s.store.Alerts(ctx, site.ID, alert.Raised, "", pageAlerts)
	if err != nil {
		return nil, err
	}
	var rows []alertRow
	for _, a := range list {
		row := alertRow{Time: a.Raised, Rule: a.Rule, Why: a.Why}
		if at, err := time.Parse(time.RFC3339, a.Raised); err == nil {
			row.Time = clock(site, at.UnixMilli())
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// judged asks for advice as GET /v1/advice does.
func (s *server) judged(ctx context.Context, site *settings.Site) (*judged, error) {
	a, err := s.adviser.Advice(ctx, adviser.Of(*site))
	if err != nil {
		return nil, err
	}
	j := &judged{}
	for i := range a.Campaigns {
		c := &a.Campaigns[i]
		row := adviceRow{Campaign: c.ID, Advice: "–", Because: c.Because}
		if c.Name != "" {
			row.Campaign = c.Name
		}
		if c.Advice != nil {
			row.Advice = *c.Advice
		}
		j.Campaigns = append(j.Campaigns, row)
	}
	if a.Weakest != nil {
		j.Weakest = a.Weakest.Because
	}
	return j, nil
}
