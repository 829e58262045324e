package adviser

import (
	"context"
	"fmt"
	"time"

	"tributary/shared/advice"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// What is compared: a week with the four before it, which have the same weekdays; a target with four weeks, as a week of one campaign
// holds little.
const (
	week       = 7
	weeksPast  = 4
	targetDays = 28
)

// steps are the funnel's.
var steps = []string{"visit", "view_item", "add_to_cart", "begin_checkout", "conversion"}

// Weakest is the weakest link of a site as of a day of its zone: the funnel's steps, the KPIs that are shares, those of money, landing
// pages and the campaigns' targets, of the week of whole days before it. Nil where none stands clearly under.
func (r *Reader) Weakest(ctx context.Context, site settings.Site, today time.Time) (*advice.Link, error) {
	campaigns, err := r.store.Campaigns(ctx, site.ID)
	if err != nil {
		return nil, fmt.Errorf("adviser: campaigns: %w", err)
	}
	s := scope{site, site.Location()}
	return r.weakest(ctx, &s, kpi.Day.Start(today.In(s.zone)), campaigns)
}

// chain gathers links.
type chain struct {
	*Reader
	*scope
	today time.Time
	links []advice.Link
}

func (r *Reader) weakest(ctx context.Context, s *scope, today time.Time, campaigns []settings.Campaign) (*advice.Link, error) {
	c := &chain{Reader: r, scope: s, today: today}
	for _, read := range []func(context.Context) error{
		c.funnel,
		func(ctx context.Context) error { return c.shares(ctx, 0) },
		func(ctx context.Context) error { return c.shares(ctx, settles) },
		c.money,
		c.pages,
		func(ctx context.Context) error { return c.targets(ctx, campaigns) },
	} {
		if err := read(ctx); err != nil {
			return nil, err
		}
	}
	return advice.Weakest(c.links), nil
}

// keep adds a link that could be told.
func (c *chain) keep(l advice.Link, told bool) {
	if told {
		c.links = append(c.links, l)
	}
}

// weeks are the n weeks that end that many days ago, after so many weeks more.
func (c *chain) weeks(ago, after, n int) kpi.Period {
	to := ago + after*week
	return kpi.Period{From: back(c.today, to+n*week), To: back(c.today, to)}
}

func link(kind, name string, p kpi.Period) advice.Link {
	return advice.Link{Kind: kind, Name: name, From: kpi.Day.Label(p.From), To: kpi.Day.Label(p.To)}
}

func (c *chain) funnel(ctx context.Context) error {
	now := c.weeks(0, 0, 1)
	reached, err := c.reached(ctx, now)
	if err != nil {
		return err
	}
	before, err := c.reached(ctx, c.weeks(0, 1, weeksPast))
	if err != nil {
		return err
	}
	for i := 1; i < len(steps); i++ {
		l := link(advice.Step, steps[i], now)
		l.After = steps[i-1]
		c.keep(l.Lost(advice.Tally{Passed: reached[i], Of: reached[i-1]}, advice.Tally{Passed: before[i], Of: before[i-1]}, false))
	}
	return nil
}

// reached are how many visits of a period came to each step.
func (c *chain) reached(ctx context.Context, p kpi.Period) ([]float64, error) {
	q, err := c.query(c.scope, p, "", "visits")
	if err != nil {
		return nil, err
	}
	found, err := c.figures.Funnel(ctx, q, steps)
	if err != nil {
		return nil, err
	}
	list := make([]float64, len(steps))
	for i, s := range found[0].Steps {
		list[i] = float64(s.Reached)
	}
	return list, nil
}
