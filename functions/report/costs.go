package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"tributary/shared/kpi"
	"tributary/shared/report"
	"tributary/shared/settings"
)

// readers is how many counters are read at once.
const readers = 8

// costKey is a cost before it is converted: rates go by the day, in the site's zone.
type costKey struct{ channel, campaign, currency, day string }

// spending gathers media cost in the currencies it was paid in. Campaigns' costs are told by channel; what a channel has
// beyond its campaigns, and the site beyond its channels, stands under report.None, so that the rows sum to the site.
type spending struct {
	mu     sync.Mutex
	site   *settings.Site
	micros map[costKey]int64
	at     map[string]int64 // a time of each day, Unix milliseconds
}

// costs reads the media cost of a period in the site's currency.
func (t *tables) costs(ctx context.Context, site *settings.Site, p report.Period) ([]report.Cost, error) {
	from, to, err := p.Bounds()
	if err != nil {
		return nil, err
	}
	s := &spending{site: site, micros: map[costKey]int64{}, at: map[string]int64{}}
	span := [2]string{kpi.Bucket(from, site.Fractional()), kpi.Bucket(to, site.Fractional())}
	for _, d := range []kpi.Dimension{kpi.BySite, kpi.ByChannel, kpi.ByCampaign} {
		if err := t.spent(ctx, s, d, span); err != nil {
			return nil, err
		}
	}
	return s.converted()
}

// spent adds every counter of a dimension.
func (t *tables) spent(ctx context.Context, s *spending, d kpi.Dimension, span [2]string) error {
	names := []string{""}
	if d != kpi.BySite {
		var err error
		if names, err = t.store.Names(ctx, s.site.ID, d); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for _, name := range names {
		g.Go(func() error {
			counters, err := t.store.Counters(ctx, s.site.ID, d, name, span[0], span[1])
			if err != nil {
				return err
			}
			return s.add(counters)
		})
	}
	return g.Wait()
}

// add books counters; what a finer dimension tells is taken from the coarser one's row of None.
func (s *spending) add(counters []kpi.Counter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range counters {
		begins, err := kpi.BucketTime(c.Bucket)
		if err != nil {
			return fmt.Errorf("report: counter %v: %w", c.Key, err)
		}
		day := s.site.Day(begins.UnixMilli())
		s.at[day] = begins.UnixMilli()
		for measure, micros := range c.Amounts {
			if currency, ok := strings.CutPrefix(string(measure), string(kpi.MediaCost)+":"); ok {
				s.book(&c.Key, currency, day, micros)
			}
		}
	}
	return nil
}

func (s *spending) book(k *kpi.Key, currency, day string, micros int64) {
	switch k.Dimension {
	case kpi.BySite:
		s.micros[costKey{report.None, report.None, currency, day}] += micros
	case kpi.ByChannel:
		s.micros[costKey{k.Value, report.None, currency, day}] += micros
		s.micros[costKey{report.None, report.None, currency, day}] -= micros
	case kpi.ByCampaign:
		channel := k.Split
		if channel == "" {
			channel = report.None
		}
		s.micros[costKey{channel, k.Value, currency, day}] += micros
		s.micros[costKey{channel, report.None, currency, day}] -= micros
	}
}

// converted sums the days in the site's currency. A cost without a rate is left out, as in the KPIs.
func (s *spending) converted() ([]report.Cost, error) {
	sums := map[report.Cost]int64{}
	for k, micros := range s.micros {
		n, ok := s.site.ConvertMicros(micros, k.currency, s.at[k.day])
		if !ok {
			continue
		}
		sums[report.Cost{Channel: k.channel, Campaign: k.campaign}] += n
	}
	costs := make([]report.Cost, 0, len(sums))
	for c, micros := range sums {
		c.Micros = micros
		costs = append(costs, c)
	}
	return costs, nil
}
