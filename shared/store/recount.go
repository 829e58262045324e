package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"tributary/shared/event"
	"tributary/shared/journey"
	"tributary/shared/kpi"
)

// ScanEvents reads one of total segments of Events, consistently and in no order, and hands every event to each, whose error
// ends it. An item that is no event is passed over: the stream's readers have kept it aside.
func (s *Store) ScanEvents(ctx context.Context, segment, total int, each func(*event.Event) error) error {
	in := dynamodb.ScanInput{TableName: &s.tables.Events, ConsistentRead: aws.Bool(true)}
	_, err := s.scan(ctx, &in, Part{segment, total}, func(item Item) error {
		e, err := event.FromAttrs(fromItem(item))
		if err != nil {
			return nil
		}
		return each(e)
	})
	return wrap(err, "ScanEvents", strconv.Itoa(segment))
}

// EventPages is ScanEvents page by page, most events at once (0: 1 MB of them), from behind the place that after names (empty: the
// first). Next names the place behind a page; empty: it was the last. Halves is what the page cost, in half read units.
func (s *Store) EventPages(ctx context.Context, segment, total int, after string, most int32, each func(page []*event.Event, next string, halves int64) error) error {
	in := dynamodb.ScanInput{
		TableName: &s.tables.Events, Segment: aws.Int32(int32(segment)), TotalSegments: aws.Int32(int32(total)), ConsistentRead: aws.Bool(true),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	if most > 0 {
		in.Limit = &most
	}
	for {
		if pk, sk, ok := strings.Cut(after, "\x00"); ok {
			in.ExclusiveStartKey = Item{"pk": text(pk), "sk": text(sk)}
		}
		out, err := s.db.Scan(ctx, &in)
		if err != nil {
			return wrap(err, "EventPages", strconv.Itoa(segment))
		}
		var page []*event.Event
		for _, item := range out.Items {
			if e, err := event.FromAttrs(fromItem(item)); err == nil {
				page = append(page, e)
			}
		}
		after = ""
		if last := out.LastEvaluatedKey; len(last) > 0 {
			after = textOf(last, "pk") + "\x00" + textOf(last, "sk")
		}
		if err := each(page, after, halvesOf(out)); err != nil || after == "" {
			return err
		}
	}
}

// Takers are told what a scan of Journeys finds: of every record that counts anything what it counts (kpi.DecodeMoves) and when it was
// written, in Unix milliseconds, 0 where nothing of it comes by the stream (journey.Record.Uncounted); every link; and the records of
// a kind. What has no taker is passed over.
type Takers struct {
	Moves  func(text string, written int64) error
	Link   func(site string, l journey.Link) error
	Kind   string
	Record func(site string, r journey.Record) error
}

// ScanJourneys reads one of total segments of Journeys, consistently and in no order. Halves is what it cost, in half read units.
func (s *Store) ScanJourneys(ctx context.Context, segment, total int, take Takers) (halves int64, err error) {
	in := dynamodb.ScanInput{TableName: &s.tables.Journeys, ConsistentRead: aws.Bool(true)}
	names := []string{"moves", "written", "uncounted"}
	if take.Link != nil || take.Record != nil {
		names = append(names, peopleAttributes...)
	}
	project(&in, names...)
	halves, err = s.scan(ctx, &in, Part{segment, total}, func(item Item) error {
		if moves := textOf(item, "moves"); moves != "" && take.Moves != nil {
			written := intOf(item, "written")
			if intOf(item, "uncounted") != 0 {
				written = 0
			}
			if err := take.Moves(moves, written); err != nil {
				return err
			}
		}
		return take.people(item)
	})
	return halves, wrap(err, "ScanJourneys", strconv.Itoa(segment))
}

// Lane is one of the items that share a counter. Used is when it was written last, in Unix seconds; 0: never by a batch.
type Lane struct {
	kpi.Counter
	Lane   int
	Used   int64
	fences map[string]string
}

// Lanes reads the items of one value of a dimension whose buckets lie in [fromBucket, toBucket), consistently.
func (s *Store) Lanes(ctx context.Context, site string, d kpi.Dimension, value, fromBucket, toBucket string) ([]Lane, error) {
	pk := counterPartition(site, d, value)
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.KPIs, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :p AND sk BETWEEN :a AND :b"),
		ExpressionAttributeValues: Item{":p": text(pk), ":a": text(fromBucket), ":b": text(toBucket)},
	})
	var list []Lane
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "Lanes", pk)
		}
		for _, item := range page.Items {
			l, err := laneOf(item, site, d, value)
			if err != nil {
				return nil, wrap(err, "Lanes", pk)
			}
			list = append(list, l)
		}
	}
	return list, nil
}

func laneOf(item Item, site string, d kpi.Dimension, value string) (Lane, error) {
	c, err := counterOf(item, site, d, value)
	l := Lane{Counter: c, fences: map[string]string{}}
	_, rest, _ := strings.Cut(textOf(item, "sk"), "#")
	number, _, _ := strings.Cut(rest, "#")
	if l.Lane, _ = strconv.Atoi(number); err != nil {
		return l, err
	}
	for name := range item {
		if !strings.HasPrefix(name, fencePrefix) {
			continue
		}
		l.fences[name] = textOf(item, name)
		if used, ok := fenceUsed(l.fences[name]); ok {
			l.Used = max(l.Used, used)
		}
	}
	return l, nil
}

// Mend adds amounts to a counter whose lanes are still as they were read, each fence, figure and absence: false, and nothing
// is written, where a batch or another mend has come meanwhile. The fences stay, so that no record is counted again or
// passed over.
func (s *Store) Mend(ctx context.Context, k kpi.Key, lanes []Lane, amounts map[kpi.Measure]int64) (bool, error) {
	if len(lanes) == 0 {
		return s.makeCounter(ctx, k, amounts)
	}
	read := map[int]*Lane{}
	for i := range lanes {
		if lanes[i].Late == "" { // what came late stands apart, and an amount that is added is right whatever else comes
			read[lanes[i].Lane] = &lanes[i]
		}
	}
	target := slices.Min(append(slices.Collect(maps.Keys(read)), kpi.Lanes-1))
	var ops []types.TransactWriteItem
	for lane := range kpi.Lanes {
		m := mending{names: map[string]string{}, values: Item{}}
		m.unchanged(read[lane], amounts)
		key := counterKeys(kpi.Delta{Key: k, Lane: lane})
		if lane == target {
			ops = append(ops, types.TransactWriteItem{Update: m.update(&s.tables.KPIs, key, amounts)})
		} else {
			ops = append(ops, types.TransactWriteItem{ConditionCheck: m.check(&s.tables.KPIs, key)})
		}
	}
	_, err := s.db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: ops})
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		return false, nil
	}
	return err == nil, wrap(err, "Mend", k.Site, string(k.Dimension), k.Value, k.Bucket, k.Split)
}

// makeCounter mends a counter of which there was nothing. One write does: what a batch has put into another lane meanwhile is not part of
// the amounts, and two menders meet in the same lane.
func (s *Store) makeCounter(ctx context.Context, k kpi.Key, amounts map[kpi.Measure]int64) (bool, error) {
	m := mending{names: map[string]string{}, values: Item{}}
	m.unchanged(nil, amounts)
	u := m.update(&s.tables.KPIs, counterKeys(kpi.Delta{Key: k, Lane: kpi.Lanes - 1}), amounts)
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression, ConditionExpression: u.ConditionExpression,
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
	})
	if _, there := refused(err); there {
		return false, nil
	}
	return err == nil, wrap(err, "Mend", k.Site, string(k.Dimension), k.Value, k.Bucket, k.Split)
}

// mending is one lane's part of a mend.
type mending struct {
	names      map[string]string
	values     Item
	conditions []string
}

// name makes a placeholder for an attribute.
func (m *mending) name(attribute string) string {
	holder := "#" + strconv.Itoa(len(m.names))
	m.names[holder] = attribute
	return holder
}

// value makes a placeholder for a value.
func (m *mending) value(v types.AttributeValue) string {
	holder := ":" + strconv.Itoa(len(m.values))
	m.values[holder] = v
	return holder
}

// unchanged wants the lane to be as it was read; nil: not there.
func (m *mending) unchanged(read *Lane, amounts map[kpi.Measure]int64) {
	if read == nil {
		m.conditions = append(m.conditions, "attribute_not_exists(pk)")
		return
	}
	m.conditions = append(m.conditions, "attribute_exists(pk)")
	for _, name := range slices.Sorted(maps.Keys(read.fences)) {
		m.conditions = append(m.conditions, m.name(name)+" = "+m.value(text(read.fences[name])))
	}
	for _, measure := range slices.Sorted(maps.Keys(amounts)) {
		if was, there := read.Amounts[measure]; there {
			m.conditions = append(m.conditions, m.name(string(measure))+" = "+m.value(number(was)))
		} else {
			m.conditions = append(m.conditions, "attribute_not_exists("+m.name(string(measure))+")")
		}
	}
}

func (m *mending) condition() *string { return aws.String(strings.Join(m.conditions, " AND ")) }

func (m *mending) check(table *string, key Item) *types.ConditionCheck {
	c := &types.ConditionCheck{TableName: table, Key: key, ConditionExpression: m.condition()}
	if len(m.names) > 0 {
		c.ExpressionAttributeNames = m.names
	}
	if len(m.values) > 0 {
		c.ExpressionAttributeValues = m.values
	}
	return c
}

func (m *mending) update(table *string, key Item, amounts map[kpi.Measure]int64) *types.Update {
	var add []string
	for _, measure := range slices.Sorted(maps.Keys(amounts)) {
		add = append(add, m.name(string(measure))+" "+m.value(number(amounts[measure])))
	}
	return &types.Update{
		TableName: table, Key: key, UpdateExpression: aws.String("ADD " + strings.Join(add, ", ")), ConditionExpression: m.condition(),
		ExpressionAttributeNames: m.names, ExpressionAttributeValues: m.values,
	}
}
