package journey

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/shared/event"
	"tributary/shared/settings"
)

// memory keeps the promises of the stores in this package's interfaces: consistent reads, the earliest link, records on
// revisions. The store's contract tests hold the real one to the same.
type memory struct {
	mu       sync.Mutex
	site     settings.Site
	goals    []settings.Goal
	events   map[string][]*event.Event
	links    map[string]map[string]Link
	records  map[string]Record
	puts     int   // records written
	linked   int   // links written
	bytes    []int // length of every record written
	units    int   // DynamoDB's write units of all that, the range index included
	gathered int64 // those of them that gathered records took
	broken   func(op string) error
	told     []Incident
	order    []string // nodes in the order in which their records and partitions were read
}

var errDown = errors.New("the store is down")

func newMemory(site settings.Site, goals ...settings.Goal) *memory {
	return &memory{
		site: site, goals: goals, events: map[string][]*event.Event{}, links: map[string]map[string]Link{}, records: map[string]Record{},
	}
}

func (m *memory) do(op string, apply func()) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		if err := m.broken(op); err != nil {
			return err
		}
	}
	apply()
	return nil
}

// put is ingest: an event is stored once, in its home.
func (m *memory) put(e *event.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	home := e.Home()
	if !slices.ContainsFunc(m.events[home], func(o *event.Event) bool { return o.ID == e.ID && o.Kind() == e.Kind() }) {
		m.events[home] = append(m.events[home], e)
	}
}

func (m *memory) HomeEvents(_ context.Context, site, home string) (list []*event.Event, err error) {
	err = m.do("events "+home, func() {
		m.order = append(m.order, "events "+home)
		for _, e := range m.events[home] {
			if e.Site == site && e.Kind() != event.KindOther {
				list = append(list, e)
			}
		}
		slices.SortFunc(list, func(a, b *event.Event) int { return cmp.Compare(a.SortKey(), b.SortKey()) })
	})
	return list, err
}

func (m *memory) Links(_ context.Context, _, node string) (list []Link, err error) {
	err = m.do("links "+node, func() {
		list = slices.SortedFunc(maps.Values(m.links[node]), func(a, b Link) int { return cmp.Compare(a.To, b.To) })
	})
	return list, err
}

func (m *memory) PutLink(_ context.Context, _ string, l Link) error {
	return m.do("link "+l.From+" "+l.To, func() {
		if was, ok := m.links[l.From][l.To]; ok && !earlier(l.Time, l.Event, was.Time, was.Event) {
			return
		}
		if m.links[l.From] == nil {
			m.links[l.From] = map[string]Link{}
		}
		m.links[l.From][l.To] = l
		m.linked++
		m.units++
	})
}

// placeOf is where a record stands: a conversion under its node, others under their kind and node.
func placeOf(kind, node string) string {
	if kind == KindConversion {
		return node
	}
	return kind + " " + node
}

func (m *memory) Record(_ context.Context, _, kind, node string) (r Record, err error) {
	err = m.do("record "+node, func() {
		m.order = append(m.order, "record "+node)
		r = m.records[placeOf(kind, node)]
	})
	return r, err
}

func (m *memory) RecordsUnder(_ context.Context, _, kind, head string) (list []Record, err error) {
	err = m.do("records under "+head, func() {
		for place, r := range m.records {
			if strings.HasPrefix(place, placeOf(kind, head)) {
				list = append(list, r)
			}
		}
	})
	return list, err
}

func (m *memory) PutRecord(_ context.Context, _, kind string, r Record) (won bool, err error) {
	err = m.do("put "+r.Node, func() {
		place := placeOf(kind, r.Node)
		was := m.records[place]
		if won = was.Rev == r.Rev; won {
			r.Rev++
			m.records[place] = r
			m.puts++
			m.bytes = append(m.bytes, sizeOf(r))
			m.units += (max(sizeOf(was), sizeOf(r)) + 1023) / 1024
			m.gathered += one(kind != KindConversion) * int64((max(sizeOf(was), sizeOf(r))+1023)/1024+int(one(was.Time != r.Time)))
			if was.Time != r.Time {
				m.units++ // an entry of the range index
			}
		}
	})
	return won, err
}

// sizeOf is an item's size as DynamoDB counts it, roughly: keys, names of attributes and index keys besides the contents.
func sizeOf(r Record) int { return len(r.Node)*3 + len(r.Digest) + len(r.Moves) + len(r.Body) + 140 }

func (m *memory) Site(context.Context, string) (s settings.Site, ok bool, err error) {
	err = m.do("site", func() { s, ok = m.site, true })
	return s, ok, err
}

func (m *memory) Goals(context.Context, string) (g []settings.Goal, err error) {
	err = m.do("goals", func() { g = m.goals })
	return g, err
}

// clock is when these tests run: within a year of their events.
var clock = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func (m *memory) restater() *Restater {
	return &Restater{
		Links: m, Records: m, Events: m, Settings: m, Now: func() time.Time { return clock },
		Report: func(_ context.Context, i Incident) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.told = append(m.told, i)
		},
	}
}

// deliver stores events and handles them as one batch.
func (m *memory) deliver(tb testing.TB, events ...*event.Event) {
	tb.Helper()
	inputs := make([]Input, len(events))
	for i, e := range events {
		m.put(e)
		inputs[i] = Input{Sequence: decimal(int64(i)), Event: e}
	}
	if failed, err := m.restater().Handle(tb.Context(), inputs); err != nil || len(failed) > 0 {
		tb.Fatalf("Handle: %v failed: %v", failed, err)
	}
}

// conversions are the bodies of the records that are not void, by node.
func (m *memory) conversions(tb testing.TB) map[string]Conversion {
	tb.Helper()
	all := map[string]Conversion{}
	for node, r := range m.records {
		if r.Void() || !isSale(node) {
			continue
		}
		c, err := r.Conversion()
		if err != nil {
			tb.Fatal(err)
		}
		all[node] = c
	}
	return all
}
