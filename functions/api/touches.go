package main

import (
	"context"
	"fmt"
	"slices"

	"tributary/shared/fault"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// touchCounts says how many of one kind of touch conversions took: how many conversions took none, one, two and so on.
type touchCounts struct {
	Mean         *float64     `json:"mean"`
	Median       *float64     `json:"median"`
	Distribution []touchCount `json:"distribution"`
}

type touchCount struct {
	Touches     int64 `json:"touches"`
	Conversions int64 `json:"conversions"`
}

// touches answers how many impressions, clicks and visits it took, within the look-back, until the period's conversions of
// the site's primary goals. It reads the record of each.
func (s *server) touches(ctx context.Context, q *kpiQuery) (map[string]any, error) {
	if len(q.dims()) > 0 {
		return nil, fault.New(fault.InvalidQuery, "touches", "touches before conversion are of the whole site; leave dimensions and filters out")
	}
	goals, err := s.store.Goals(ctx, q.site.ID)
	if err != nil {
		return nil, fmt.Errorf("api: touches: %w", err)
	}
	primary := q.site.PrimaryGoals(goals)
	counted := func(r journey.Record) (journey.Contacts, bool, error) { return contactsOf(r, primary) }
	list, err := store.Collect(ctx, s.store, q.site.ID, journey.KindConversion, q.period.From.UnixMilli(), q.period.To.UnixMilli(), counted)
	if err != nil {
		return nil, fmt.Errorf("api: touches: %w", err)
	}
	of := func(n func(journey.Contacts) int64) touchCounts {
		counts := make([]int64, len(list))
		for i := range list {
			counts[i] = n(list[i])
		}
		return touchCountsOf(counts)
	}
	return map[string]any{
		"conversions": len(list),
		"impressions": of(func(c journey.Contacts) int64 { return c.Impressions }),
		"clicks":      of(func(c journey.Contacts) int64 { return c.Clicks }),
		"visits":      of(func(c journey.Contacts) int64 { return c.Visits }),
	}, nil
}

// contactsOf reads a conversion of a primary goal; false for a record of anything else.
func contactsOf(r journey.Record, primary []string) (journey.Contacts, bool, error) {
	if r.Void() {
		return journey.Contacts{}, false, nil
	}
	b, err := r.Brief()
	goal := b.Goal
	if goal == "" {
		goal = settings.DefaultGoal
	}
	return b.Contacts, err == nil && b.Counts > 0 && b.Person != "" && slices.Contains(primary, goal), err
}

func touchCountsOf(counts []int64) touchCounts {
	c := touchCounts{Distribution: []touchCount{}}
	if len(counts) == 0 {
		return c
	}
	slices.Sort(counts)
	sum, n := int64(0), len(counts)
	for _, k := range counts {
		if last := len(c.Distribution) - 1; last >= 0 && c.Distribution[last].Touches == k {
			c.Distribution[last].Conversions++
		} else {
			c.Distribution = append(c.Distribution, touchCount{k, 1})
		}
		sum += k
	}
	mean, _ := kpi.RatioOf(sum, int64(n)).(float64)
	median, _ := kpi.RatioOf(counts[(n-1)/2]+counts[n/2], 2).(float64)
	c.Mean, c.Median = &mean, &median
	return c
}
