package adviser

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tributary/shared/advice"
	"tributary/shared/attribution"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// Answer is the body of GET /v1/advice.
type Answer struct {
	AsOf      string       `json:"as_of"`
	From      string       `json:"from"` // first day looked at
	To        string       `json:"to"`   // day after the last: today
	TZ        string       `json:"tz"`
	Currency  string       `json:"currency"`
	Days      int          `json:"days"`
	LagDays   float64      `json:"lag_days"` // of the site
	Model     string       `json:"model"`    // of campaigns that have none of their own
	Campaigns []Campaign   `json:"campaigns"`
	Weakest   *advice.Link `json:"weakest_link"`
	// Unconverted are costs in currencies without a rate, in millionths of each; they stand in no figure.
	Unconverted map[string]int64 `json:"unconverted,omitempty"`
}

// Campaign is the advice for one campaign. From and To bound its complete days, to exclusive.
type Campaign struct {
	ID   string `json:"campaign"`
	Name string `json:"name,omitempty"`
	advice.Judgement
	From    string  `json:"from"`
	To      string  `json:"to"`
	LagDays float64 `json:"lag_days"` // within which 95 % of its credit comes
	LagOf   string  `json:"lag_of"`   // campaign, site (too few conversions of its own), or look_back (too few at all)
	Model   string  `json:"model"`
	Pace    *Pace   `json:"pace"`
}

// Advice judges the campaigns that are set and those that cost anything within the days, the dearest first.
func (r *Reader) Advice(ctx context.Context, ask Ask) (*Answer, error) {
	now := r.now()
	today := kpi.Day.Start(now.In(ask.zone))
	p := kpi.Period{From: back(today, ask.days), To: today}
	campaigns, err := r.store.Campaigns(ctx, ask.site.ID)
	if err != nil {
		return nil, fmt.Errorf("adviser: campaigns: %w", err)
	}
	b := newBook(ask.scope, p, now, campaigns)
	a := &Answer{
		AsOf: now.UTC().Format("2006-01-02T15:04:05.000Z"), From: kpi.Day.Label(p.From), To: kpi.Day.Label(p.To), TZ: ask.zone.String(),
		Currency: ask.site.Currency, Days: ask.days, Model: ask.site.Model, Campaigns: []Campaign{},
	}
	if a.Unconverted, err = r.spend(ctx, b, p); err != nil {
		return nil, err
	}
	if err := b.read(ctx, r.store); err != nil {
		return nil, err
	}
	paces, err := r.paces(ctx, b)
	if err != nil {
		return nil, err
	}
	lag := b.lag()
	a.LagDays = inDays(lag.ms)
	ids := b.listed()
	if ask.campaign != "" {
		all := ids
		if ids = slices.DeleteFunc(slices.Clone(all), func(id string) bool { return id != b.alias.Of(ask.campaign) }); len(ids) == 0 {
			return nil, noCampaign(ask.campaign, &b.site, all, fmt.Sprintf("is not set, and cost nothing within %d days", ask.days))
		}
	}
	for _, id := range ids {
		one := b.judge(id, lag)
		one.Pace = paces[id]
		a.Campaigns = append(a.Campaigns, one)
	}
	slices.SortStableFunc(a.Campaigns, func(x, y Campaign) int { return cmp.Compare(y.Spend, x.Spend) })
	a.Weakest, err = r.weakest(ctx, &ask.scope, today, campaigns)
	return a, err
}

// spend notes what each campaign cost on each day, and its clicks as CPC counts them.
func (r *Reader) spend(ctx context.Context, b *book, p kpi.Period) (unconverted map[string]int64, err error) {
	t, err := r.table(ctx, &b.scope, p, "campaign,day", "media_cost_micros", "cpc_minor")
	if err != nil {
		return nil, err
	}
	for i := range t.Lines {
		l := &t.Lines[i]
		at, ok := b.day(l.Start().UnixMilli())
		if id := l.Value(0); ok && id != "" && id != kpi.NotSet {
			day := &b.account(id).days[at]
			_, clicks := floatOf(l.Figure("cpc_minor"))
			day.Spend, day.Clicks = l.Figure("media_cost_micros").Count, int64(math.Round(clicks))
		}
	}
	return t.Unconverted, nil
}

// listed are the ids of the campaigns that are set or cost anything, sorted.
func (b *book) listed() []string {
	var ids []string
	for id := range b.of {
		ids = append(ids, id)
	}
	for id, a := range b.accounts {
		if b.of[id] == nil && slices.ContainsFunc(a.days, func(d advice.Day) bool { return d.Spend > 0 }) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// lag is how long credit takes to come, and of what that is known.
type lag struct {
	ms int64
	of string
}

// lag is the site's: of all campaigns together or, where too few conversions tell, the look-back, after which nothing can come.
func (b *book) lag() lag {
	var all advice.Waits
	for _, a := range b.accounts { // sums, in whatever order
		all.Join(a.waits)
	}
	if ms, ok := all.Lag(); ok {
		return lag{ms, "site"}
	}
	return lag{reach(b.site.Credit()), "look_back"}
}

// judge gives a campaign's complete days to judgement: those that ended at least its lag ago.
func (b *book) judge(id string, site lag) Campaign {
	account, set := b.account(id), b.of[id]
	credit := b.creditOf(id)
	of := site
	if ms, ok := account.waits.Lag(); ok {
		of = lag{ms, "campaign"}
	} else if site.of == "look_back" {
		of.ms = reach(credit)
	}
	end := kpi.Day.Start(time.UnixMilli(b.now - of.ms).In(b.zone)).UnixMilli()
	n, _ := slices.BinarySearch(b.starts, end)
	n = min(n, len(account.days))
	if set == nil {
		set = &settings.Campaign{}
	}
	var need *advice.Need
	if what, ok := advice.NeedOf(set, &b.site); ok {
		need = &what
	}
	return Campaign{
		ID: id, Name: set.Name, Judgement: advice.Judge(account.days[:n], need, b.site.Currency), From: b.label(0), To: b.label(n),
		LagDays: inDays(of.ms), LagOf: of.of, Model: string(credit.Model),
	}
}

func (b *book) label(i int) string { return kpi.Day.Label(time.UnixMilli(b.starts[i]).In(b.zone)) }

// inDays is a span of milliseconds in days, to the hundredth.
func inDays(ms int64) float64 { return math.Round(float64(ms)*100/float64(attribution.Day)) / 100 }
