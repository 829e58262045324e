package store

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"tributary/shared/event"
	"tributary/shared/journey"
)

const (
	recordKey    = "record" // sort key of a record that has a partition to itself
	rangeIndex   = "range"
	rangeBuckets = 4   // spread a day's records, so that a busy day has no hot index partition
	rangeReaders = 8   // concurrent queries of one range
	batchKeys    = 100 // BatchGetItem's most
)

// Record reads one record consistently; one that does not exist has Rev 0.
func (s *Store) Record(ctx context.Context, site, kind, node string) (journey.Record, error) {
	pk, sk := recordPlace(site, kind, node)
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.tables.Journeys, ConsistentRead: aws.Bool(true), Key: Item{"pk": text(pk), "sk": text(sk)},
	})
	if err != nil {
		return journey.Record{}, wrap(err, "Record", pk)
	}
	if out.Item == nil {
		return journey.Record{Node: node}, nil
	}
	return recordOf(out.Item), nil
}

// PutRecord writes r in place of the revision r.Rev (0: none) and gives it the next. False: another revision stands, and
// nothing was written. An item that DynamoDB will never take is journey.ErrRefused.
func (s *Store) PutRecord(ctx context.Context, site, kind string, r journey.Record) (bool, error) {
	pk, sk := recordPlace(site, kind, r.Node)
	in := &dynamodb.PutItemInput{
		TableName: &s.tables.Journeys, Item: recordItem(pk, sk, site, kind, r), ConditionExpression: aws.String(ifNew),
	}
	if r.Rev > 0 {
		in.ConditionExpression = aws.String("rev = :r")
		in.ExpressionAttributeValues = Item{":r": number(r.Rev)}
	}
	_, err := s.db.PutItem(ctx, in)
	if _, lost := refused(err); lost {
		return false, nil
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationException" {
		err = fmt.Errorf("%w: %w", journey.ErrRefused, err)
	}
	return err == nil, wrap(err, "PutRecord", pk)
}

// recordItem is r at its next revision. What is empty is left out, so that the range index drops a void record.
func recordItem(pk, sk, site, kind string, r journey.Record) Item {
	attrs := []event.Attr{
		{Name: "node", Value: r.Node},
		{Name: "digest", Value: r.Digest},
		{Name: "moves", Value: r.Moves},
		{Name: "body", Value: r.Body},
		{Name: "cause", Value: r.Cause},
		{Name: "rev", Number: true, Value: strconv.FormatInt(r.Rev+1, 10)},
		{Name: "written", Number: true, Value: strconv.FormatInt(r.Written, 10)},
	}
	if r.Erased {
		attrs = append(attrs, event.Attr{Name: "erased", Number: true, Value: "1"})
	}
	if r.Uncounted {
		attrs = append(attrs, event.Attr{Name: "uncounted", Number: true, Value: "1"})
	}
	if r.Time > 0 {
		attrs = append(attrs,
			event.Attr{Name: "gpk", Value: rangePartition(site, kind, r.Time, bucketOf(r.Node))},
			event.Attr{Name: "gsk", Value: fmt.Sprintf("%013d#%s", r.Time, r.Node)})
	}
	return toItem(pk, sk, slices.DeleteFunc(attrs, func(a event.Attr) bool { return a.Value == "" }))
}

// recordOf is a record without its Cause, which nobody who writes it anew may keep; see Causes.
func recordOf(item Item) journey.Record {
	r := journey.Record{
		Node: textOf(item, "node"), Rev: intOf(item, "rev"), Digest: textOf(item, "digest"), Moves: textOf(item, "moves"), Body: textOf(item, "body"),
		Written: intOf(item, "written"), Erased: intOf(item, "erased") != 0, Uncounted: intOf(item, "uncounted") != 0,
	}
	if at, _, ok := strings.Cut(textOf(item, "gsk"), "#"); ok {
		if n, err := strconv.ParseInt(at, 10, 64); err == nil {
			r.Time = n
		}
	}
	return r
}

// RecordsInRange reads the records of a kind whose time is in [fromMs, toMs), ordered by time, then node. The index is
// eventually consistent: what was written in the last second may be missing; what is returned is current.
func (s *Store) RecordsInRange(ctx context.Context, site, kind string, fromMs, toMs int64) ([]journey.Record, error) {
	partitions := rangePartitions(site, kind, fromMs, toMs)
	found := make([][]journey.Record, len(partitions))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rangeReaders)
	for i, gpk := range partitions {
		g.Go(func() error {
			var err error
			found[i], err = s.recordsOf(ctx, gpk, fromMs, toMs)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return inRange(slices.Concat(found...), fromMs, toMs), nil
}

// inRange orders records by time, then node. A record that moved while it was read may be found under both its times, or have
// left the range.
func inRange(list []journey.Record, fromMs, toMs int64) []journey.Record {
	list = slices.DeleteFunc(list, func(r journey.Record) bool { return r.Time < fromMs || r.Time >= toMs })
	slices.SortFunc(list, func(a, b journey.Record) int {
		if a.Time != b.Time {
			return int(max(-1, min(1, a.Time-b.Time)))
		}
		return strings.Compare(a.Node, b.Node)
	})
	return slices.CompactFunc(list, func(a, b journey.Record) bool { return a.Node == b.Node })
}

// recordsOf reads one partition of the range index and fetches what it lists.
func (s *Store) recordsOf(ctx context.Context, gpk string, fromMs, toMs int64) ([]journey.Record, error) {
	pages := s.rangePages(gpk, fromMs, toMs)
	var list []journey.Record
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "RecordsInRange", gpk)
		}
		for keys := range slices.Chunk(page.Items, batchKeys) {
			got, err := s.fetchRecords(ctx, keys)
			if err != nil {
				return nil, wrap(err, "RecordsInRange", gpk)
			}
			list = append(list, got...)
		}
	}
	return list, nil
}

// rangePages lists the keys of one partition of the range index, in order of time.
func (s *Store) rangePages(gpk string, fromMs, toMs int64) *dynamodb.QueryPaginator {
	return dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Journeys, IndexName: aws.String(rangeIndex),
		KeyConditionExpression:    aws.String("gpk = :p AND gsk BETWEEN :f AND :t"),
		ExpressionAttributeValues: Item{":p": text(gpk), ":f": text(fmt.Sprintf("%013d#", max(fromMs, 0))), ":t": text(fmt.Sprintf("%013d#", max(toMs, 0)))},
	})
}

// fetchRecords reads up to batchKeys records.
func (s *Store) fetchRecords(ctx context.Context, listed []Item) ([]journey.Record, error) {
	keys := make([]Item, len(listed))
	for i, item := range listed {
		keys[i] = Item{"pk": item["pk"], "sk": item["sk"]}
	}
	var list []journey.Record
	err := s.fetch(ctx, types.KeysAndAttributes{Keys: keys}, func(item Item) { list = append(list, recordOf(item)) })
	return list, err
}

// fetch reads up to batchKeys items of Journeys consistently; DynamoDB returns 16 MB at a time and names the rest.
func (s *Store) fetch(ctx context.Context, what types.KeysAndAttributes, take func(Item)) error {
	what.ConsistentRead = aws.Bool(true)
	ask := map[string]types.KeysAndAttributes{s.tables.Journeys: what}
	for len(ask) > 0 {
		out, err := s.db.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: ask})
		if err != nil {
			return err
		}
		for _, item := range out.Responses[s.tables.Journeys] {
			take(item)
		}
		ask = out.UnprocessedKeys
	}
	return nil
}

// rangePartitions are the index partitions of every UTC day that [fromMs, toMs) touches.
func rangePartitions(site, kind string, fromMs, toMs int64) []string {
	var list []string
	const day = 24 * 60 * 60 * 1000
	for at := max(fromMs, 0) / day * day; at < toMs; at += day {
		for bucket := range uint32(rangeBuckets) {
			list = append(list, rangePartition(site, kind, at, bucket))
		}
	}
	return list
}

func rangePartition(site, kind string, at int64, bucket uint32) string {
	return fmt.Sprintf("%s#%s#%s#%d", site, kind, time.UnixMilli(at).UTC().Format(time.DateOnly), bucket)
}

func bucketOf(node string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(node))
	return h.Sum32() % rangeBuckets
}

// recordPlace is the key of a record. A node of two parts, told apart by "\x1f", lies under the first of them with others.
func recordPlace(site, kind, node string) (pk, sk string) {
	head, tail, two := strings.Cut(node, "\x1f")
	if !two {
		tail = recordKey
	}
	return recordPartition(site, kind, head), tail
}

func recordPartition(site, kind, node string) string { return site + "#" + kind + "#" + node }
