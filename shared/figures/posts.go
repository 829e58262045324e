package figures

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"tributary/shared/journey"
	"tributary/shared/kpi"
)

// Bounds of all buckets: a post's engagements count whenever they come.
const firstBucket, lastBucket = "0", "9999"

// postRows adds the engagements of the period's posts, which are counted by post at their own time and booked when the post
// was made.
func (s *Reader) postRows(ctx context.Context, set *rowSet) error {
	q := set.q
	if !slices.ContainsFunc(q.Names, kpi.OfPosts) {
		return nil
	}
	posts, err := s.store.RecordsInRange(ctx, q.Site.ID, journey.KindPost, q.Period.From.UnixMilli(), q.Period.To.UnixMilli())
	if err != nil {
		return fmt.Errorf("figures: posts: %w", err)
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(reads)
	for _, post := range posts {
		g.Go(func() error {
			n, err := s.engagements(ctx, q.Site.ID, post.Node)
			if err != nil {
				return err
			}
			told, err := post.Told()
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			return set.addCounted(told.Count(&q.Site, kpi.Engagements, n))
		})
	}
	return g.Wait()
}

// engagements is how often people engaged with a post so far.
func (s *Reader) engagements(ctx context.Context, site, post string) (n int64, err error) {
	list, err := s.store.Counters(ctx, site, kpi.ByPost, kpi.Name(post), firstBucket, lastBucket)
	if err != nil {
		return 0, fmt.Errorf("figures: engagements of %q: %w", post, err)
	}
	for _, c := range list {
		n += c.Amounts[kpi.Engagements]
	}
	return n, nil
}

// addCounted adds moves as the counters that they would be, those of the dimension that the query reads.
func (set *rowSet) addCounted(moves []kpi.Move) error {
	dims := set.q.dims()
	base := kpi.BySite
	if len(dims) > 0 {
		base = partOf(dims[0], dims).base
	}
	for _, m := range moves {
		if m.Dimension != base {
			continue
		}
		c := kpi.Counter{Key: m.Key, Amounts: map[kpi.Measure]int64{m.Measure: m.Amount}}
		var err error
		if base == kpi.BySite {
			err = set.add(&c)
		} else {
			err = set.addPart(&c, dims)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
