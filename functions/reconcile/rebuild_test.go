package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/recount"
	"tributary/shared/store"
	"tributary/shared/visitors"
)

const generatorSite = `{"currency":"USD","fx":[{"currency":"EUR","from":"2025-01-01","rate":"1.10"},{"currency":"GBP","from":"2025-01-01","rate":"1.25"},{"currency":"JPY","from":"2025-01-01","rate":"0.0065"}]}`

// stream reads the first n events of a generated stream, for a site.
func stream(t *testing.T, site string, n int) []*event.Event {
	t.Helper()
	f, err := os.Open("../../shared/journey/testdata/events.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var list []*event.Event
	for lines := bufio.NewScanner(z); lines.Scan() && len(list) < n; {
		e, err := event.Parse(slices.Clone(lines.Bytes()), event.Door{Trust: event.TrustKeyed, Now: noon.UnixMilli()})
		if err != nil {
			t.Fatal(err)
		}
		e.Site, e.Received = site, noon.UnixMilli()
		list = append(list, e)
	}
	return list
}

// live plays events into a site as the functions do: what journey makes, then what kpi counts of events and records.
func (s *stage) live(events []*event.Event) {
	s.t.Helper()
	r := *s.restater
	r.Sighter = visitors.NewWriter(s.store)
	var moves []kpi.Move
	for batch := range slices.Chunk(events, 100) {
		var inputs []journey.Input
		for i, e := range batch {
			outcome, err := s.store.PutEvent(s.t.Context(), e)
			if err != nil {
				s.t.Fatal(err)
			}
			if outcome == store.Stored || outcome == store.Replaced {
				inputs, moves = append(inputs, journey.Input{Sequence: fmt.Sprint(i), Event: e}), append(moves, kpi.Moves(e)...)
			}
		}
		if _, err := r.Handle(s.t.Context(), inputs); err != nil {
			s.t.Fatal(err)
		}
		s.sight(batch...)
	}
	s.fold(noon, append(moves, s.recordMoves()...))
}

// recordMoves are what all records of the site count.
func (s *stage) recordMoves() (all []kpi.Move) {
	s.t.Helper()
	for segment := range s.segments {
		_, err := s.store.ScanJourneys(s.t.Context(), segment, s.segments, store.Takers{Moves: func(text string, _ int64) error {
			moves, err := kpi.DecodeMoves(text)
			if len(moves) > 0 && moves[0].Site == s.site {
				all = append(all, moves...)
			}
			return err
		}})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return all
}

// derived is all that a site has besides its events, without what tells one writing from another.
type derived struct {
	Counters map[kpi.Key]map[kpi.Measure]int64
	Names    map[kpi.Dimension][]string
	Records  map[string]journey.Record
	Links    []journey.Link
	Visitors map[visitors.Place]map[visitors.Set]int64
}

func (s *stage) derived(events []*event.Event) derived {
	s.t.Helper()
	ctx, must := s.t.Context(), func(err error) {
		if err != nil {
			s.t.Helper()
			s.t.Fatal(err)
		}
	}
	d := derived{map[kpi.Key]map[kpi.Measure]int64{}, map[kpi.Dimension][]string{}, map[string]journey.Record{}, nil, map[visitors.Place]map[visitors.Set]int64{}}
	for _, dimension := range append(kpi.Dimensions(), kpi.BySite, kpi.ByPost) {
		names, err := s.store.Names(ctx, s.site, dimension)
		must(err)
		if d.Names[dimension] = names; dimension == kpi.BySite {
			names = []string{""}
		}
		for _, name := range names {
			lanes, err := s.store.Lanes(ctx, s.site, dimension, name, "2025", "2027")
			must(err)
			for _, l := range lanes {
				l.Site = ""
				if d.Counters[l.Key] == nil {
					d.Counters[l.Key] = map[kpi.Measure]int64{}
				}
				for m, n := range l.Amounts {
					if d.Counters[l.Key][m] += n; d.Counters[l.Key][m] == 0 {
						delete(d.Counters[l.Key], m)
					}
				}
			}
		}
	}
	year := func(n int) int64 { return time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() }
	for _, kind := range []string{journey.KindConversion, journey.KindVisit, journey.KindInvite, journey.KindPost} {
		list, err := s.store.RecordsInRange(ctx, s.site, kind, year(2025), year(2027))
		must(err)
		for _, r := range list {
			d.Records[kind+" "+r.Node] = journey.Record{Time: r.Time, Body: r.Body}
		}
	}
	ids := map[string]bool{}
	for _, e := range events {
		for _, id := range e.IDs() {
			ids[id] = true
		}
	}
	for id := range ids {
		links, err := s.store.Links(ctx, s.site, id)
		must(err)
		d.Links = append(d.Links, links...)
	}
	slices.SortFunc(d.Links, func(a, b journey.Link) int {
		return slices.Compare([]string{a.From, a.To}, []string{b.From, b.To})
	})
	for _, family := range []visitors.Family{visitors.OfIds, visitors.OfPeople} {
		for part := range visitors.Parts {
			for _, reach := range [][2]string{{"2025-01-01", "2027-01-01"}, {"2025-01-01T00", "2027-01-01T00"}} {
				must(s.store.Sketches(ctx, s.site, family, part, reach[0], reach[1], func(bucket string, it visitors.Item) error {
					sizes := map[visitors.Set]int64{}
					for set := range it.Sets {
						n, err := it.Size(set)
						must(err)
						sizes[set] = n
					}
					d.Visitors[visitors.Place{Family: family, Part: part, Bucket: bucket}] = sizes
					return nil
				}))
			}
		}
	}
	return d
}

// streamed is how much of the stream these tests play.
const streamed = 400

// Ensures that what a rebuild makes of events alone, dying on its way, is all that the live functions made of the same events, and
// that it counts none of it a second time when it runs again or where all stands already.
func TestARebuildMakesAllThatWasThere(t *testing.T) {
	lively, emptied := newStage(t, generatorSite), newStage(t, generatorSite)
	summer := func() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }
	lively.now, emptied.now = summer, summer
	lively.restater.Now, emptied.restater.Now = summer, summer
	events := stream(t, lively.site, streamed)
	lively.live(events)
	want := lively.derived(events)
	if len(want.Records) < 20 || len(want.Links) < 20 || len(want.Counters) < 500 || len(want.Visitors) < 200 {
		t.Fatalf("the stream has %d records, %d links, %d counters, %d sketches", len(want.Records), len(want.Links), len(want.Counters), len(want.Visitors))
	}
	for _, e := range stream(t, emptied.site, streamed) {
		emptied.put(e)
	}
	emptied.held, emptied.sketched, lively.held, lively.sketched = 500, 50, 500, 50
	var puts atomic.Int64
	for _, dies := range []int64{5, 120} {
		puts.Store(0)
		emptied.s3.Break(func(r *http.Request) archivetest.Fault {
			if r.Method == http.MethodPut && puts.Add(1) == dies {
				return archivetest.Refuse
			}
			return archivetest.None
		})
		_, _ = emptied.handle(t.Context(), []byte(`{"run":"anew","rebuild":true}`))
	}
	emptied.s3.Break(nil)
	emptied.recounted(`{"run":"anew","rebuild":true}`)
	compare := func(what string, s *stage) {
		t.Helper()
		if d := cmp.Diff(want, s.derived(events)); d != "" {
			t.Fatalf("%s (-want +got):\n%s", what, d[:min(len(d), 4000)])
		}
	}
	compare("rebuilt", emptied)
	emptied.recounted(`{"run":"twice","rebuild":true}`)
	compare("rebuilt twice", emptied)
	if _, own := emptied.recounted(`{"run":"after"}`); len(own) != 0 {
		t.Errorf("drift after a rebuild: %+v", own)
	}
	compare("rebuilt where all stood", lively)
	recent, err := emptied.store.Recent(t.Context(), emptied.site)
	if err != nil || len(recent) != 20 {
		t.Errorf("%d latest events, %v", len(recent), err)
	}
}

// overdue is a context that has no time left and is not cancelled.
type overdue struct{ context.Context }

func (overdue) Deadline() (time.Time, bool) { return time.Time{}, true }

// Ensures that a segment that has no time for another page is left there, with what it has found, and taken up behind it.
func TestASegmentGoesOnWhereItStopped(t *testing.T) {
	s := newStage(t, "{}")
	s.visits(30)
	s.page = 3
	seen, stops, found := map[string]int{}, 0, []io.Reader{}
	for segment := range s.segments {
		c := s.counting("r", "p", segment)
		for {
			err := s.walk(overdue{t.Context()}, "r", "p", segment, c, func(page []*event.Event) error {
				for _, e := range page {
					if e.Site == s.site {
						seen[e.ID]++
						c.sight(visitors.OfVisits([]visitors.Sighting{{Site: e.Site, At: e.Time, Ids: e.IDs()}}))
					}
				}
				return nil
			})
			if err == nil {
				break
			}
			if stops++; !errors.Is(err, errLater) {
				t.Fatal(err)
			}
			c = s.counting("r", "p", segment)
		}
		if err := c.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, key := range c.known.Sketches {
			body, err := s.archive.Read(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, body)
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
	visited := int64(0)
	err := recount.MergeSketches(found, func(k recount.Sketched) error {
		n, err := visitors.Item{Sets: k.Sets}.Size(visitors.Ids)
		if visitors.IsDay(k.Bucket) {
			visited += n
		}
		return err
	})
	if len(seen) != 30 || stops == 0 || visited != 30 || err != nil {
		t.Errorf("%d events of 30, %d stops, %d visitors, %v", len(seen), stops, visited, err)
	}
}
