package figures

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

// Contacts says how many of one kind of touch conversions took: how many conversions took none, one, two and so on.
type Contacts struct {
	Mean         *float64       `json:"mean"`
	Median       *float64       `json:"median"`
	Distribution []ContactCount `json:"distribution"`
}

// ContactCount is how many conversions took so many touches.
type ContactCount struct {
	Touches     int64 `json:"touches"`
	Conversions int64 `json:"conversions"`
}

// Touches says how many impressions, clicks and visits conversions took, within the look-back.
type Touches struct {
	Conversions int      `json:"conversions"`
	Impressions Contacts `json:"impressions"`
	Clicks      Contacts `json:"clicks"`
	Visits      Contacts `json:"visits"`
}

// Touches counts those before the period's conversions of the site's primary goals. It reads the record of each.
func (s *Reader) Touches(ctx context.Context, q *Query) (*Touches, error) {
	if len(q.dims()) > 0 {
		return nil, fault.Query("touches", "touches before conversion are of the whole site; leave dimensions and filters out")
	}
	goals, err := s.store.Goals(ctx, q.Site.ID)
	if err != nil {
		return nil, fmt.Errorf("figures: touches: %w", err)
	}
	primary := q.Site.PrimaryGoals(goals)
	counted := func(r journey.Record) (journey.Contacts, bool, error) { return contactsBefore(r, primary) }
	list, err := store.Collect(ctx, s.store, q.Site.ID, journey.KindConversion, q.Period.From.UnixMilli(), q.Period.To.UnixMilli(), counted)
	if err != nil {
		return nil, fmt.Errorf("figures: touches: %w", err)
	}
	of := func(n func(journey.Contacts) int64) Contacts {
		counts := make([]int64, len(list))
		for i := range list {
			counts[i] = n(list[i])
		}
		return contactsOf(counts)
	}
	return &Touches{
		Conversions: len(list),
		Impressions: of(func(c journey.Contacts) int64 { return c.Impressions }),
		Clicks:      of(func(c journey.Contacts) int64 { return c.Clicks }),
		Visits:      of(func(c journey.Contacts) int64 { return c.Visits }),
	}, nil
}

// contactsBefore reads a conversion of a primary goal; false for a record of anything else.
func contactsBefore(r journey.Record, primary []string) (journey.Contacts, bool, error) {
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

func contactsOf(counts []int64) Contacts {
	c := Contacts{Distribution: []ContactCount{}}
	if len(counts) == 0 {
		return c
	}
	slices.Sort(counts)
	sum, n := int64(0), len(counts)
	for _, k := range counts {
		if last := len(c.Distribution) - 1; last >= 0 && c.Distribution[last].Touches == k {
			c.Distribution[last].Conversions++
		} else {
			c.Distribution = append(c.Distribution, ContactCount{k, 1})
		}
		sum += k
	}
	mean, _ := kpi.RatioOf(sum, int64(n)).(float64)
	median, _ := kpi.RatioOf(counts[(n-1)/2]+counts[n/2], 2).(float64)
	c.Mean, c.Median = &mean, &median
	return c
}
