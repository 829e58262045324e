package adviser

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"tributary/shared/advice"
	"tributary/shared/figures"
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

// settles is how many days messages and carts are left to be answered: each is counted on its own day, whenever it is.
const settles = 3

// watched are the KPIs that are shares. Those that an answer may still come to are read a few days later.
var watched = []struct {
	name    string
	lost    bool // it is the share of those who did not pass
	settles int  // days
}{
	{name: "ctr"},
	{name: "conversion_rate_visits"},
	{name: "csat"},
	{name: "lead_to_opportunity_rate"},
	{name: "win_rate"},
	{name: "repeat_purchase_rate"},
	{name: "cart_abandonment_rate", lost: true, settles: settles},
	{name: "email_bounce_rate", lost: true, settles: settles},
	{name: "email_open_rate", settles: settles},
	{name: "email_click_rate", settles: settles},
}

// earning are the ratios of money.
var earning = []struct {
	name string
	cost bool // less is better
}{{"aov_net_minor", false}, {"roas_net", false}, {"cpa_minor", true}, {"cpc_minor", true}}

// steps are the funnel's.
var steps = []string{"visit", "view_item", "add_to_cart", "begin_checkout", "conversion"}

// mostPages bounds the landing pages that are looked at, each of which is a read.
const mostPages = 200

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

// shares compares the watched KPIs that settle in so many days. Each week is read for itself: who bought twice within four weeks is
// not who bought twice within one.
func (c *chain) shares(ctx context.Context, settle int) error {
	var names []string
	for _, w := range watched {
		if w.settles == settle {
			names = append(names, w.name)
		}
	}
	var now, before map[string]advice.Tally
	for n := range 1 + weeksPast {
		t, err := c.table(ctx, c.scope, c.weeks(settle, n, 1), "", names...)
		if err != nil {
			return err
		}
		if n == 0 {
			now = tallies(nil, &t.Lines[0], names)
		} else {
			before = tallies(before, &t.Lines[0], names)
		}
	}
	for _, w := range watched {
		if w.settles != settle {
			continue
		}
		a, b := now[w.name], before[w.name]
		if w.lost {
			a.Passed, b.Passed = a.Of-a.Passed, b.Of-b.Passed
		}
		c.keep(link(advice.KPI, w.name, c.weeks(settle, 0, 1)).Lost(a, b, w.lost))
	}
	return nil
}

// tallies adds a line's figures to those before.
func tallies(sums map[string]advice.Tally, l *figures.Line, names []string) map[string]advice.Tally {
	if sums == nil {
		sums = map[string]advice.Tally{}
	}
	for _, name := range names {
		num, den := floatOf(l.Figure(name))
		sums[name] = advice.Tally{Passed: sums[name].Passed + num, Of: sums[name].Of + den}
	}
	return sums
}

// money compares the ratios of money, day by day.
func (c *chain) money(ctx context.Context) error {
	now := c.weeks(0, 0, 1)
	var names []string
	for _, e := range earning {
		names = append(names, e.name)
	}
	t, err := c.table(ctx, c.scope, kpi.Period{From: c.weeks(0, 1, weeksPast).From, To: now.To}, "day", names...)
	if err != nil {
		return err
	}
	for _, e := range earning {
		var lately, before []advice.Daily
		for i := range t.Lines {
			num, den := floatOf(t.Lines[i].Figure(e.name))
			if day := (advice.Daily{Num: num, Den: den}); t.Lines[i].Start().Before(now.From) {
				before = append(before, day)
			} else {
				lately = append(lately, day)
			}
		}
		c.keep(link(advice.KPI, e.name, now).Dropped(lately, before, e.cost))
	}
	return nil
}

// pages compares what landing pages make of their visits, where a site has not too many of them.
func (c *chain) pages(ctx context.Context) error {
	const rate = "landing_page_conversion_rate"
	known, err := c.store.Names(ctx, c.site.ID, kpi.ByPage)
	if err != nil {
		return fmt.Errorf("adviser: pages: %w", err)
	}
	if len(known) > mostPages {
		return nil
	}
	now := c.weeks(0, 0, 1)
	t, err := c.table(ctx, c.scope, c.weeks(0, 1, weeksPast), "page", rate)
	if err != nil {
		return err
	}
	before := map[string]advice.Tally{}
	for i := range t.Lines {
		before[t.Lines[i].Value(0)] = tallies(nil, &t.Lines[i], []string{rate})[rate]
	}
	if t, err = c.table(ctx, c.scope, now, "page", rate); err != nil {
		return err
	}
	for i := range t.Lines { // in order of the page
		l := link(advice.KPI, rate, now)
		page := t.Lines[i].Value(0)
		l.Of = map[string]string{"page": page}
		c.keep(l.Lost(tallies(nil, &t.Lines[i], []string{rate})[rate], before[page], false))
	}
	return nil
}

// targets compares campaigns with what they are to reach.
func (c *chain) targets(ctx context.Context, campaigns []settings.Campaign) error {
	p := kpi.Period{From: back(c.today, targetDays), To: c.today}
	aims := aimsOf(&c.site, campaigns)
	if len(aims) == 0 {
		return nil
	}
	t, err := c.table(ctx, c.scope, p, "campaign,day", roasNet, cpaMinor)
	if err != nil {
		return err
	}
	for _, aim := range aims {
		var days []advice.Daily
		for i := range t.Lines {
			if t.Lines[i].Value(0) == aim.campaign.ID {
				num, den := floatOf(t.Lines[i].Figure(aim.kpi))
				days = append(days, advice.Daily{Num: num, Den: den})
			}
		}
		l := link(advice.Target, aim.kpi, p)
		l.Of = map[string]string{"campaign": aim.campaign.ID}
		target, _ := aim.target.Float64()
		c.keep(l.Missed(days, target, aim.kpi == cpaMinor))
	}
	return nil
}

// byID sorts campaigns, so that links and rows come in one order.
func byID(campaigns []settings.Campaign) []*settings.Campaign {
	var list []*settings.Campaign
	for i := range campaigns {
		list = append(list, &campaigns[i])
	}
	slices.SortFunc(list, func(a, b *settings.Campaign) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
