package storetest

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/visitors"
)

// Memory keeps the tables' promises in memory: the conditions of store.Store, and streams with images. It exists for
// Chaos, which needs to fail between any two writes; the contract tests hold it to the engines' behaviour.
type Memory struct {
	Settings settings.Site

	NoFence    bool // counts as a plain ADD would: what the fence is compared with
	NoRevision bool // writes records over any revision: what the revision is compared with

	mu       sync.Mutex
	events   map[string]*event.Event
	counters map[counterKey]*counter
	links    map[[3]string]journey.Link
	records  map[string]journey.Record
	kept     map[string]store.Quarantined
	sketches map[visitors.Place]visitors.Item
	sequence int64
	streams  map[string][]*Shard // by table name
}

type counterKey struct {
	kpi.Key
	lane int
}

type counter struct {
	amounts map[kpi.Measure]int64
	fences  map[string]string
}

// Shard is one shard of a table's stream: its records as Lambda would deliver them, in order.
type Shard struct {
	ARN, ID string
	Records []json.RawMessage
}

// Table names that Memory's streams carry.
const (
	EventsTable   = "Events"
	JourneysTable = "Journeys"
)

// NewMemory makes empty tables whose streams have two shards each.
func NewMemory(site settings.Site) *Memory {
	m := &Memory{
		Settings: site, events: map[string]*event.Event{}, counters: map[counterKey]*counter{}, links: map[[3]string]journey.Link{},
		records: map[string]journey.Record{}, kept: map[string]store.Quarantined{}, streams: map[string][]*Shard{},
	}
	for _, table := range []string{EventsTable, JourneysTable} {
		for _, id := range []string{"shardId-1", "shardId-2"} {
			m.streams[table] = append(m.streams[table], &Shard{ARN: "arn:aws:dynamodb:us-east-1:000000000000:table/" + table + "/stream/1", ID: id})
		}
	}
	return m
}

// Shards are the shards of a table's stream.
func (m *Memory) Shards(table string) []*Shard { return m.streams[table] }

// PutEvent is store.Store's, spend replaced by a later receipt included.
func (m *Memory) PutEvent(_ context.Context, e *event.Event) (store.Outcome, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	pk := e.Site + "#" + e.Home()
	key := pk + "\x00" + e.SortKey()
	old, ok := m.events[key]
	switch {
	case !ok:
		m.events[key] = e
		m.emit(EventsTable, pk, e.SortKey(), "INSERT", nil, e.Attrs())
		return store.Stored, nil
	case old.Hash == e.Hash:
		return store.Duplicate, nil
	case e.Type == "spend" && (e.Version > old.Version || e.Version == old.Version && e.Received > old.Received):
		m.events[key] = e
		m.emit(EventsTable, pk, e.SortKey(), "MODIFY", old.Attrs(), e.Attrs())
		return store.Replaced, nil
	case e.Type == "spend":
		return store.Superseded, nil
	}
	return store.Conflict, nil
}

// Expire removes an event from sight of the stream's readers as DynamoDB's time to live does. The event itself stays
// readable, as what is asked is only that no figure moves.
func (m *Memory) Expire(e *event.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.emit(EventsTable, e.Site+"#"+e.Home(), e.SortKey(), "REMOVE", e.Attrs(), nil)
}

// Emit appends a record of any content to a table's stream.
func (m *Memory) Emit(table string, raw json.RawMessage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.streams[table][0]
	s.Records = append(s.Records, raw)
}

// emit appends a record to the shard of its partition. Sequence numbers rise over all shards and are not padded, as
// some engines give short ones.
func (m *Memory) emit(table, pk, sk, op string, old, now []event.Attr) {
	m.sequence++
	keys := map[string]any{"pk": map[string]string{"S": pk}, "sk": map[string]string{"S": sk}}
	change := map[string]any{"Keys": keys, "SequenceNumber": strconv.FormatInt(m.sequence*7, 10), "StreamViewType": "NEW_AND_OLD_IMAGES"}
	// Some hours pass from one write to the next, so that much is late.
	change["ApproximateCreationDateTime"] = 1_767_225_600 + 11_000*m.sequence
	if old != nil {
		change["OldImage"] = image(keys, old)
	}
	if now != nil {
		change["NewImage"] = image(keys, now)
	}
	shards := m.streams[table]
	s := shards[fnv(pk)%uint32(len(shards))]
	record := map[string]any{"eventName": op, "eventSource": "aws:dynamodb", "eventSourceARN": s.ARN, "dynamodb": change}
	if op == "REMOVE" {
		record["userIdentity"] = map[string]string{"type": "Service", "principalId": "dynamodb.amazonaws.com"}
	}
	raw, err := json.Marshal(record)
	if err != nil {
		panic(err) // maps of strings always encode
	}
	s.Records = append(s.Records, raw)
}

func image(keys map[string]any, attrs []event.Attr) map[string]any {
	out := maps.Clone(keys)
	for _, a := range attrs {
		kind := "S"
		if a.Number {
			kind = "N"
		}
		out[a.Name] = map[string]string{kind: a.Value}
	}
	return out
}

// fnv is FNV-1a over a string.
func fnv(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

// HomeEvents is store.Store's.
func (m *Memory) HomeEvents(_ context.Context, site, home string) ([]*event.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []*event.Event
	for _, e := range m.events {
		if e.Site == site && e.Home() == home && e.Kind() != event.KindOther {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *event.Event) int { return cmp.Compare(a.SortKey(), b.SortKey()) })
	return list, nil
}

// AddCounters is store.Store's: one write under the item's fence.
func (m *Memory) AddCounters(_ context.Context, d kpi.Delta) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := counterKey{d.Key, d.Lane}
	c := m.counters[k]
	if c == nil {
		c = &counter{amounts: map[kpi.Measure]int64{}, fences: map[string]string{}}
		m.counters[k] = c
	}
	if f := c.fences[d.Shard]; f != "" && f >= d.Low && !m.NoFence {
		return f, nil
	}
	for measure, n := range d.Amounts {
		c.amounts[measure] += n
	}
	c.fences[d.Shard] = d.High
	return "", nil
}

// Totals sums the lanes of every counter, and what came late with what came in time; sums of zero are left out.
func (m *Memory) Totals() map[kpi.Key]map[kpi.Measure]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var moves []kpi.Move
	for k, c := range m.counters {
		for measure, n := range c.amounts {
			key := k.Key
			key.Late = "" // whenever it came, it counts
			moves = append(moves, kpi.Move{Key: key, Measure: measure, Amount: n})
		}
	}
	return Totals(moves)
}

// Totals sums moves; sums of zero are left out.
func Totals(moves []kpi.Move) map[kpi.Key]map[kpi.Measure]int64 {
	out := map[kpi.Key]map[kpi.Measure]int64{}
	for _, m := range kpi.Changes(nil, moves) {
		if out[m.Key] == nil {
			out[m.Key] = map[kpi.Measure]int64{}
		}
		out[m.Key][m.Measure] = m.Amount
	}
	return out
}

// PutName, PutRecent and Keep are store.Store's; names and recents are not read back.
func (m *Memory) PutName(context.Context, string, kpi.Dimension, string) error { return nil }

// PutRecent is store.Store's.
func (m *Memory) PutRecent(context.Context, string, int, []store.Latest) ([]store.Latest, error) {
	return nil, nil
}

// PutRestatement is store.Store's; restatements are not read back.
func (m *Memory) PutRestatement(context.Context, kpi.Restatement, string) error { return nil }

// PutSketches is store.Store's.
func (m *Memory) PutSketches(_ context.Context, at visitors.Place, it visitors.Item) (*visitors.Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if was := m.sketches[at]; was.Version != it.Version {
		return &was, nil
	}
	if m.sketches == nil {
		m.sketches = map[visitors.Place]visitors.Item{}
	}
	it.Version++
	m.sketches[at] = it
	return nil, nil
}

// Visitors is how many people the sketches hold, whenever they came.
func (m *Memory) Visitors() (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var u visitors.Union
	for _, it := range m.sketches {
		if err := u.Add(it); err != nil {
			return 0, err
		}
	}
	return u.Visitors(), nil
}

// Keep is store.Store's.
func (m *Memory) Keep(_ context.Context, q store.Quarantined) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[q.ID] = q
	return nil
}

// Kept counts what was kept aside.
func (m *Memory) Kept() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.kept)
}

// Links is store.Store's.
func (m *Memory) Links(_ context.Context, site, node string) ([]journey.Link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []journey.Link
	for k, l := range m.links {
		if k[0] == site && k[1] == node {
			list = append(list, l)
		}
	}
	slices.SortFunc(list, func(a, b journey.Link) int { return cmp.Compare(a.To, b.To) })
	return list, nil
}

// PutLink is store.Store's: the earliest evidence stands.
func (m *Memory) PutLink(_ context.Context, site string, l journey.Link) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := [3]string{site, l.From, l.To}
	if old, ok := m.links[k]; ok && (old.Time < l.Time || old.Time == l.Time && old.Event <= l.Event) {
		return nil
	}
	m.links[k] = l
	return nil
}

// Record is store.Store's.
func (m *Memory) Record(_ context.Context, site, kind, node string) (journey.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.records[site+"#"+kind+"#"+node]; ok {
		return r, nil
	}
	return journey.Record{Node: node}, nil
}

// PutRecord is store.Store's: only over the revision that was read.
func (m *Memory) PutRecord(_ context.Context, site, kind string, r journey.Record) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	pk := site + "#" + kind + "#" + r.Node
	old, ok := m.records[pk]
	if old.Rev != r.Rev && !m.NoRevision {
		return false, nil
	}
	r.Rev, r.Written, r.Cause = old.Rev+1, 0, "" // two runs that end alike differ in when they wrote and why
	m.records[pk] = r
	op, before := "INSERT", []event.Attr(nil)
	if ok {
		op, before = "MODIFY", recordAttrs(old)
	}
	m.emit(JourneysTable, pk, "record", op, before, recordAttrs(r))
	return true, nil
}

func recordAttrs(r journey.Record) []event.Attr {
	return []event.Attr{
		{Name: "node", Value: r.Node},
		{Name: "digest", Value: r.Digest},
		{Name: "moves", Value: r.Moves},
		{Name: "body", Value: r.Body},
		{Name: "rev", Number: true, Value: strconv.FormatInt(r.Rev, 10)},
	}
}

// RecordsUnder is store.Store's.
func (m *Memory) RecordsUnder(_ context.Context, site, kind, head string) ([]journey.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []journey.Record
	for pk, r := range m.records {
		if strings.HasPrefix(pk, site+"#"+kind+"#"+head) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b journey.Record) int { return cmp.Compare(a.Node, b.Node) })
	return list, nil
}

// Records are all records by partition key.
func (m *Memory) Records() map[string]journey.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.records)
}

// Events are all events, in no order.
func (m *Memory) Events() []*event.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Values(m.events))
}

// Site is store.Store's.
func (m *Memory) Site(context.Context, string) (settings.Site, bool, error) {
	return m.Settings, true, nil
}

// Goals is store.Store's.
func (m *Memory) Goals(context.Context, string) ([]settings.Goal, error) { return nil, nil }
