package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"tributary/shared/recount"
	"tributary/shared/visitors"
)

// shelf is how many items of sketches, of one part of one site, are read at once.
const shelf = 64

// sketches judges the sketches of visitors. They only grow, so what a recount finds must be in them and more may be: drift is a
// register that is too low. A plain recount knows ids as visits came with them; who is whom is known to a rebuild.
func (j *judging) sketches(ctx context.Context) error {
	readers, closeAll, err := j.open(ctx, j.run, func(f found) []string { return f.Sketches })
	defer closeAll()
	if err != nil {
		return err
	}
	var lines []driftLine
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(together)
	var some []recount.Sketched
	flush := func() {
		list := some
		some = nil
		g.Go(func() error {
			drift, err := j.shelf(within, list)
			j.mu.Lock()
			defer j.mu.Unlock()
			lines = append(lines, drift...)
			return err
		})
	}
	err = recount.MergeSketches(readers, func(s recount.Sketched) error {
		if _, ok := j.windows[s.Site]; !ok {
			return nil // the site was deleted
		}
		if len(some) == shelf || len(some) > 0 && !beside(some[0].Place, s.Place) {
			flush()
		}
		some = append(some, s)
		return within.Err()
	})
	if len(some) > 0 {
		flush()
	}
	if failed := g.Wait(); failed != nil {
		return failed
	}
	slices.SortFunc(lines, func(a, b driftLine) int {
		return slices.Compare([]string{a.Site, a.Value, a.Bucket, a.Measure}, []string{b.Site, b.Value, b.Bucket, b.Measure})
	})
	j.list(lines)
	return err
}

// beside reports that two items are read together.
func beside(a, b visitors.Place) bool {
	return a.Site == b.Site && a.Family == b.Family && a.Part == b.Part && visitors.IsDay(a.Bucket) == visitors.IsDay(b.Bucket)
}

// shelf judges some items that lie beside each other, in order, and mends them where that is asked for.
func (j *judging) shelf(ctx context.Context, list []recount.Sketched) ([]driftLine, error) {
	stored := map[string]visitors.Item{}
	first, last := list[0].Place, list[len(list)-1].Place
	err := j.store.Sketches(ctx, first.Site, first.Family, first.Part, first.Bucket, last.Bucket+"~", func(bucket string, it visitors.Item) error {
		stored[bucket] = it
		return nil
	})
	if err != nil {
		return nil, err
	}
	var lines []driftLine
	for _, s := range list {
		drift, err := j.sketch(ctx, s, stored[s.Bucket])
		if err != nil {
			return nil, err
		}
		lines = append(lines, drift...)
	}
	return lines, nil
}

// sketch judges one item: Expected and Found are about how many names are, or should be, in a sketch.
func (j *judging) sketch(ctx context.Context, s recount.Sketched, found visitors.Item) ([]driftLine, error) {
	should := visitors.Item{Sets: s.Sets}
	lacks, err := found.Lacks(should)
	if err == nil && len(lacks) > 0 && j.run.Mend {
		err = visitors.Hold(ctx, j.store, s.Place, found, should)
	}
	if err != nil {
		return nil, err
	}
	all, err := found.With(should)
	if err != nil {
		return nil, err
	}
	var lines []driftLine
	for _, set := range lacks {
		l := driftLine{Site: s.Site, Dimension: "visitors", Value: fmt.Sprintf("%s/%d", s.Family, s.Part), Bucket: strings.Clone(s.Bucket), Measure: "visitors:" + string(set), Mended: j.run.Mend}
		if l.Expected, err = all.Size(set); err != nil {
			return nil, err
		}
		if l.Found, err = found.Size(set); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Doc.Judged++
	for i := range lines {
		j.count(&lines[i])
	}
	return lines, nil
}
