package adviser

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"tributary/shared/advice"
	"tributary/shared/figures"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// book credits conversions to the days of their touches, campaign by campaign.
type book struct {
	scope
	starts   []int64 // of the days, Unix milliseconds; the last is the end of the last day
	since    int64   // of the touches that tell how long conversions take, but for a look-back before
	now      int64
	alias    figures.Aliases
	of       map[string]*settings.Campaign
	mu       sync.Mutex
	accounts map[string]*account
}

// account is one campaign's.
type account struct {
	days  []advice.Day
	waits advice.Waits
}

// newBook opens a book of the days of a period, of campaigns as they are set.
func newBook(s scope, p kpi.Period, now time.Time, campaigns []settings.Campaign) *book {
	b := &book{
		scope: s, now: now.UnixMilli(), since: min(p.From.UnixMilli(), back(p.To, DefaultDays).UnixMilli()), alias: figures.AliasesOf(campaigns),
		of: map[string]*settings.Campaign{}, accounts: map[string]*account{},
	}
	for i := range campaigns {
		b.of[campaigns[i].ID] = &campaigns[i]
	}
	for t := p.From; ; t = kpi.Day.Next(t) {
		if b.starts = append(b.starts, t.UnixMilli()); !t.Before(p.To) {
			return b
		}
	}
}

func (b *book) account(id string) *account {
	a := b.accounts[id]
	if a == nil {
		a = &account{days: make([]advice.Day, len(b.starts)-1)}
		for i := range a.days {
			a.days[i].Weekday = time.UnixMilli(b.starts[i]).In(b.zone).Weekday()
		}
		b.accounts[id] = a
	}
	return a
}

// day is the place of a time among the days; false outside of them.
func (b *book) day(ms int64) (int, bool) {
	i, exact := slices.BinarySearch(b.starts, ms)
	if !exact {
		i--
	}
	return i, i >= 0 && i < len(b.starts)-1
}

// creditOf is how a campaign's conversions are credited: by its own settings where it has any.
func (b *book) creditOf(id string) settings.Credit {
	if c := b.of[id]; c != nil {
		return c.Credit(&b.site)
	}
	return b.site.Credit()
}

// reach is how long before a conversion a touch of any type may lie, in milliseconds: later nothing comes of it.
func reach(c settings.Credit) int64 { return max(c.Options.Lookback, c.Options.ViewLookback) }

func (b *book) own(id string) bool { c := b.of[id]; return c != nil && c.Own() }

// read books the conversions of the days, and those of a look-back before: their touches tell how long conversions take.
func (b *book) read(ctx context.Context, st *store.Store) error {
	longest := reach(b.site.Credit())
	for id := range b.of {
		longest = max(longest, reach(b.creditOf(id)))
	}
	take := func(r journey.Record) (struct{}, bool, error) {
		if r.Void() {
			return struct{}{}, false, nil
		}
		c, err := r.Conversion()
		if err == nil && c.Event != "" && c.Primary {
			b.credit(&c)
		}
		return struct{}{}, false, err
	}
	_, err := store.Collect(ctx, st, b.site.ID, journey.KindConversion, b.since-longest, b.now+1, take)
	if err != nil {
		return fmt.Errorf("adviser: credit: %w", err)
	}
	return nil
}

// credit books one conversion: under the site's settings for the campaigns that have none of their own, and under its own for each
// other one that has a touch of it.
func (b *book) credit(c *journey.Conversion) {
	var asked []string
	for i := range c.Touches {
		if id := b.alias.Of(c.Touches[i].Campaign); b.own(id) && !slices.Contains(asked, id) {
			asked = append(asked, id)
		}
	}
	b.share(c, b.site.Credit(), c.Eligible(c.Lookback), func(id string) bool { return !b.own(id) })
	for _, own := range asked {
		credit := b.creditOf(own)
		b.share(c, credit, c.Chosen(credit.Options), func(id string) bool { return id == own })
	}
}

// share splits a conversion among touches and books the parts of the campaigns that are meant.
func (b *book) share(c *journey.Conversion, by settings.Credit, touches []journey.Touch, meant func(id string) bool) {
	same := *c
	same.HalfLife = by.HalfLife
	credits := same.Credits(by.Model, touches)
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range credits {
		name := touches[i].Campaign
		if id := b.alias.Of(name); name != "" && meant(id) {
			b.account(id).add(b, &touches[i], c.Time, credits[i], reach(by))
		}
	}
}

// add books a touch's credit on its day and, where every conversion of that time has come, how long it waited.
func (a *account) add(b *book, t *journey.Touch, converted int64, credit journey.Credit, reach int64) {
	if i, ok := b.day(t.Time); ok {
		a.days[i].Revenue += credit.Net
		a.days[i].Conversions += credit.Micro
	}
	if t.Time >= b.since-reach && t.Time < b.now-reach {
		a.waits.Add(converted-t.Time, credit.Micro)
	}
}
