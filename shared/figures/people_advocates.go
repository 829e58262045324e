package figures

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/people"
	"tributary/shared/store"
)

// advocateRows adds how many distinct persons sent an invite, from the records of the invites of the period.
func (s *Reader) advocateRows(ctx context.Context, set *rowSet) error {
	q := set.q
	if !slices.Contains(q.Names, "referral_advocate_rate") {
		return nil
	}
	sent, err := store.Collect(ctx, s.store, q.Site.ID, journey.KindInvite, q.Period.From.UnixMilli(), q.Period.To.UnixMilli(), sentBy)
	if err != nil {
		return fmt.Errorf("figures: invites: %w", err)
	}
	if err := s.personsOf(ctx, q.Site.ID, sent); err != nil {
		return err
	}
	for l, row := range set.rows {
		row.Put(kpi.Advocates, people.Distinct(sent, q.span(l)))
	}
	return nil
}

// sentBy reads who sent an invite, and when; false where nobody is known.
func sentBy(r journey.Record) (people.Visit, bool, error) {
	t, err := r.Told()
	if err != nil || t.Opening == nil || t.Opening.Sender == "" {
		return people.Visit{}, false, err
	}
	return people.Visit{Person: t.Opening.Sender, Time: t.Opening.Time}, true, nil
}

// personsOf puts, in the place of ids that are no user's, the strongest id that the identity index links them with: two ids of
// one sender are one.
func (s *Reader) personsOf(ctx context.Context, site string, sent []people.Visit) error {
	known := map[string]string{}
	for i := range sent {
		known[sent[i].Person] = sent[i].Person
	}
	ids := make([]string, 0, len(known))
	for id := range known {
		ids = append(ids, id)
	}
	persons := make([]string, len(ids))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(reads)
	for i, id := range ids {
		g.Go(func() error {
			links, err := s.store.Links(ctx, site, id)
			persons[i] = journey.Strongest(id, links)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("figures: invites: %w", err)
	}
	for i, id := range ids {
		known[id] = persons[i]
	}
	for i := range sent {
		sent[i].Person = known[sent[i].Person]
	}
	return nil
}
