package figures

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tributary/shared/fault"
	"tributary/shared/kpi"
)

// reads are the reads of one answer that run at once.
const reads = 16

// part is where the figures of a dimension are counted: in items of base, by their value or by their split.
type part struct {
	base  kpi.Dimension
	split bool
}

// partOf finds a dimension's items; of a pair, both stand in the items of the first.
func partOf(dim string, dims []string) part {
	switch {
	case dim == "medium":
		return part{kpi.BySource, true}
	case dim == "channel" && slices.Contains(dims, "campaign"):
		return part{kpi.ByCampaign, true}
	}
	return part{kpi.Dimension(dim), false}
}

// of is what an item says about the dimension.
func (p part) of(c *kpi.Counter) string {
	switch {
	case !p.split:
		return c.Value
	case c.Split == "":
		return kpi.NotSet
	}
	return c.Split
}

// rowSet gathers counters into rows.
type rowSet struct {
	q      *Query
	rows   map[labels]*kpi.Row
	starts map[string]int64 // bucket -> start of its row
	alias  Aliases          // where rows are by campaign
	said   kpi.Platforms
}

// rows reads the counters of a query.
func (s *Reader) rows(ctx context.Context, q *Query) (map[labels]*kpi.Row, error) {
	set := &rowSet{q: q, rows: map[labels]*kpi.Row{}, starts: map[string]int64{}, said: kpi.Platforms{}}
	if err := set.fillTime(); err != nil {
		return nil, err
	}
	if q.Scope == kpi.OfSite {
		if err := s.siteRows(ctx, set); err != nil {
			return nil, err
		}
		if err := s.peopleRows(ctx, set); err != nil {
			return nil, err
		}
	} else if err := s.partRows(ctx, set); err != nil {
		return nil, err
	}
	if err := s.postRows(ctx, set); err != nil {
		return nil, err
	}
	return set.rows, s.platformRows(ctx, set)
}

// fillTime makes a row for every hour, day, week or month of a query that asks for nothing else, for a chart without
// gaps, and the one row of a query that asks for no rows.
func (set *rowSet) fillTime() error {
	q := set.q
	if len(q.By) > 0 {
		return nil
	}
	if q.Grain == kpi.Whole {
		set.rows[labels{}] = kpi.NewRow()
		return nil
	}
	most := maxCells / len(q.Names)
	for t := q.Grain.Start(q.Period.From); t.Before(q.Period.To); t = q.Grain.Next(t) {
		if len(set.rows) > most {
			return TooMuch(len(set.rows), len(q.Names))
		}
		set.rows[labels{start: t.Unix()}] = kpi.NewRow()
	}
	return nil
}

// at finds the row of a counter.
func (set *rowSet) at(c *kpi.Counter, dims [2]string) (*kpi.Row, error) {
	l := labels{dims: dims}
	if set.q.Grain != kpi.Whole {
		start, ok := set.starts[c.Bucket]
		if !ok {
			at, err := kpi.BucketTime(c.Bucket)
			if err != nil {
				return nil, err
			}
			start = set.q.Grain.Start(at.In(set.q.Zone)).Unix()
			set.starts[c.Bucket] = start
		}
		l.start = start
	}
	row, ok := set.rows[l]
	if !ok {
		row = kpi.NewRow()
		set.rows[l] = row
	}
	return row, nil
}

// partRows reads the items of the query's dimensions.
func (s *Reader) partRows(ctx context.Context, set *rowSet) error {
	q := set.q
	dims := q.dims()
	base := partOf(dims[0], dims).base
	var err error
	if set.alias, err = s.aliases(ctx, q.Site.ID, base); err != nil {
		return err
	}
	var values []string
	for d, v := range q.Filters {
		if p := partOf(d, dims); !p.split {
			values = set.alias.names(keyOf(d, v))
		}
	}
	if values == nil {
		if values, err = s.store.Names(ctx, q.Site.ID, base); err != nil {
			return fmt.Errorf("figures: %w", err)
		}
	}
	err = s.read(ctx, q, base, values, func(c *kpi.Counter) error {
		if q.fresh {
			dropCredit(c)
		}
		return set.addPart(c, dims)
	})
	if err != nil || !q.fresh {
		return err
	}
	return s.creditRows(ctx, set, base, dims)
}

// keyOf is a filter's value as it stands in keys.
func keyOf(dim, value string) string {
	if dim == "page" {
		value = kpi.PageOf(value)
	}
	return kpi.Name(value)
}

// addPart adds an item to its row, unless a filter leaves it out.
func (set *rowSet) addPart(c *kpi.Counter, dims []string) error {
	if c.Dimension == kpi.ByCampaign {
		if err := set.note(c); err != nil {
			return err
		}
	}
	values, ok := set.values(c, dims)
	if !ok {
		return nil
	}
	row, err := set.at(c, values)
	if err != nil {
		return err
	}
	if c.Dimension == kpi.ByCampaign {
		row.AddReach(c.Split, *c)
		if err := set.addCampaign(row, c); err != nil {
			return err
		}
	}
	return row.Add(*c)
}

// values are what an item's row is labelled with; false where a filter leaves the item out.
func (set *rowSet) values(c *kpi.Counter, dims []string) (values [2]string, ok bool) {
	if !set.alias.match(c, set.q.Filters, dims) {
		return values, false
	}
	for i, d := range set.q.By {
		values[i] = set.alias.valueOf(c, d, dims)
	}
	return values, true
}

// siteRows reads the site's own items, what its channels reach for CTR, and its conversions and money from its goals:
// the primary ones, or the one asked for, count; money is that of all goals that earn any.
func (s *Reader) siteRows(ctx context.Context, set *rowSet) error {
	q := set.q
	err := s.read(ctx, q, kpi.BySite, []string{""}, func(c *kpi.Counter) error { return set.add(c) })
	if err == nil && slices.Contains(q.Names, "ctr") {
		err = s.readNamed(ctx, q, kpi.ByChannel, func(c *kpi.Counter) error {
			row, err := set.at(c, [2]string{})
			if err == nil {
				row.AddReach(c.Value, *c)
			}
			return err
		})
	}
	if err != nil {
		return err
	}
	if q.Goal != "" {
		return s.read(ctx, q, kpi.ByGoal, []string{kpi.Name(q.Goal)}, func(c *kpi.Counter) error { return set.add(c, goalMeasures...) })
	}
	goals, err := s.store.Goals(ctx, q.Site.ID)
	if err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	primary := q.Site.PrimaryGoals(goals)
	return s.readNamed(ctx, q, kpi.ByGoal, func(c *kpi.Counter) error {
		if slices.Contains(primary, c.Value) {
			return set.add(c, goalMeasures...)
		}
		return set.add(c, goalMeasures[2:]...)
	})
}

// goalMeasures are what a site's row takes from its goals: first what only the primary ones count.
var goalMeasures = []kpi.Measure{
	kpi.Conversions, kpi.NetConversions,
	kpi.Orders, kpi.NetOrders, kpi.RevenueGross, kpi.RevenueNet, kpi.Refunds,
}

func (set *rowSet) add(c *kpi.Counter, only ...kpi.Measure) error {
	row, err := set.at(c, [2]string{})
	if err != nil {
		return err
	}
	return row.Add(*c, only...)
}

// readNamed reads the items of every value that a dimension has.
func (s *Reader) readNamed(ctx context.Context, q *Query, d kpi.Dimension, take func(*kpi.Counter) error) error {
	values, err := s.store.Names(ctx, q.Site.ID, d)
	if err != nil {
		return fmt.Errorf("figures: %w", err)
	}
	return s.read(ctx, q, d, values, take)
}

// read queries the items of the values, several at once, and hands them to take one by one.
func (s *Reader) read(ctx context.Context, q *Query, d kpi.Dimension, values []string, take func(*kpi.Counter) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	from, to := q.Period.Buckets()
	var mu sync.Mutex
	var first error
	var wg sync.WaitGroup
	room := make(chan struct{}, reads)
	for _, v := range values {
		room <- struct{}{}
		wg.Go(func() {
			defer func() { <-room }()
			list, err := s.store.Counters(ctx, q.Site.ID, d, v, from, to)
			mu.Lock()
			defer mu.Unlock()
			for i := range list {
				if err == nil && q.knew(&list[i]) {
					err = take(&list[i])
				}
			}
			if err != nil && first == nil {
				first = err
				cancel()
			}
		})
	}
	wg.Wait()
	if first != nil && fault.Of(first) == nil {
		return fmt.Errorf("figures: %w", first)
	}
	return first
}
