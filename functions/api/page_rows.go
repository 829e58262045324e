package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"tributary/shared/event"
	"tributary/shared/money"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// pageRows is how many events the page shows.
const pageRows = 20

// strayRows is how many of them may be of no known site.
const strayRows = 5

// row is one line of the page's list.
type row struct {
	at                                         int64 // received, Unix milliseconds: the order of the list
	Time, Type, Site, Channel, Campaign, Value string
	Note                                       string // why it was not counted, or how it was changed
	Refused                                    bool
}

// rows are the site's last events and refusals, those of no known site included, newest first.
func (s *server) rows(ctx context.Context, site *settings.Site) ([]row, error) {
	events, err := s.recentEvents(ctx, site.ID)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, e := range events {
		if e != nil { // nil: gone since it was noted
			rows = append(rows, eventRow(site, e))
		}
	}
	// Input that could be told no site stands on every site's page, so only its last few do.
	for _, from := range []struct {
		site  string
		limit int
	}{{site.ID, pageRows}, {"", strayRows}} {
		kept, err := s.store.Kept(ctx, from.site, from.limit)
		if err != nil {
			return nil, err
		}
		for _, k := range kept {
			rows = append(rows, refusedRow(site, k))
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(b.at, a.at) })
	return rows[:min(len(rows), pageRows)], nil
}

// recentEvents reads the events that kpi has noted as the site's latest, several at a time.
func (s *server) recentEvents(ctx context.Context, site string) ([]*event.Event, error) {
	latest, err := s.store.Recent(ctx, site)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(latest, func(a, b store.Latest) int {
		return cmp.Or(cmp.Compare(b.Received, a.Received), cmp.Compare(a.SortKey, b.SortKey))
	})
	latest = slices.Compact(latest)
	latest = latest[:min(len(latest), pageRows)]
	events := make([]*event.Event, len(latest))
	group, ctx := errgroup.WithContext(ctx)
	for i, l := range latest {
		group.Go(func() (err error) {
			events[i], err = s.store.EventAt(ctx, site, l.Home, l.SortKey)
			return err
		})
	}
	return events, group.Wait()
}

// eventRow shows a stored event.
func eventRow(site *settings.Site, e *event.Event) row {
	r := row{
		at: e.Received, Time: clock(site, e.Time), Type: e.Type, Site: e.Site, Channel: e.Channel, Campaign: campaignOf(e), Value: valueOf(e),
	}
	var notes []string
	if e.Agent != "" && e.Agent != event.AgentHuman {
		notes = append(notes, strings.TrimSuffix("not counted: "+e.Agent+", "+e.AgentReason, ", "))
	}
	if e.Clamped {
		notes = append(notes, "clamped: its own time was out of bounds")
	}
	r.Note = strings.Join(notes, "; ")
	return r
}

// refusedRow shows an input that was refused.
func refusedRow(site *settings.Site, k store.Quarantined) row {
	reason := k.Message
	if k.Field != "" {
		reason = k.Field + ": " + reason
	}
	return row{
		at: k.Received, Time: clock(site, k.Received), Type: "refused at " + k.Door, Site: k.Site, Refused: true,
		Note: masked(k.Code + ": " + reason),
	}
}

func campaignOf(e *event.Event) string {
	if e.CampaignID != "" {
		return e.CampaignID
	}
	return e.Campaign
}

// valueOf is what an event is worth or costs.
func valueOf(e *event.Event) string {
	switch {
	case e.HasValue:
		return amount(e.Value, e.Currency)
	case e.HasCost:
		return "cost " + shifted(e.Cost, 6) + " " + e.Currency
	}
	return ""
}

// amount writes minor units as people do: 12.34 EUR.
func amount(minor int64, currency string) string {
	exp, _ := money.Exponent(currency)
	return shifted(minor, exp) + " " + currency
}

// shifted writes n / 10^digits exactly; of more than two digits the trailing zeros go.
func shifted(n int64, digits int) string {
	text, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		text, sign = text[1:], "-"
	}
	if digits == 0 {
		return sign + text
	}
	text = strings.Repeat("0", max(0, digits+1-len(text))) + text
	whole, frac := text[:len(text)-digits], text[len(text)-digits:]
	for len(frac) > 2 && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	return sign + whole + "." + frac
}
