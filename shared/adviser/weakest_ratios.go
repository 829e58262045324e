package adviser

import (
	"context"
	"fmt"

	"tributary/shared/advice"
	"tributary/shared/figures"
	"tributary/shared/kpi"
	"tributary/shared/settings"
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

// mostPages bounds the landing pages that are looked at, each of which is a read.
const mostPages = 200

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
		c.keep(link(advice.KPI, e.name, now).Dropped(lately, before, e.cost, c.site.Currency))
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
		c.keep(l.Missed(days, target, aim.kpi == cpaMinor, c.site.Currency))
	}
	return nil
}
