package store

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"tributary/shared/event"
	"tributary/shared/journey"
)

// scanSegments is how many parts of a table are read at once: about 10 MB a second each.
const scanSegments = 4

// project asks for some attributes only. Each has a placeholder: DynamoDB has 573 reserved words.
func project(in *dynamodb.ScanInput, names ...string) {
	in.ExpressionAttributeNames = map[string]string{}
	holders := make([]string, len(names))
	for i, name := range names {
		holders[i] = "#" + strconv.Itoa(i)
		in.ExpressionAttributeNames[holders[i]] = name
	}
	in.ProjectionExpression = aws.String(strings.Join(holders, ", "))
}

// ScanTouches reads every touch of a site once, in no order, by a scan of the whole table, and hands them one at a time to
// each, whose error ends the scan. What is written meanwhile may be missing. Halves is what it cost, in half read units:
// one for every 4 KB of the table, whatever is asked of it.
func (s *Store) ScanTouches(ctx context.Context, site string, each func(*event.Event) error) (halves int64, err error) {
	in := dynamodb.ScanInput{
		TableName: &s.tables.Events, FilterExpression: aws.String("begins_with(pk, :p) AND begins_with(sk, :t)"),
		ExpressionAttributeValues: Item{":p": text(site + "#"), ":t": text("T#")},
	}
	project(&in, "id", "type", "site", "time", "channel", "agent", "user_id", "provider_ids", "email", "phone", "anonymous_id")
	halves, err = s.scan(ctx, &in, func(item Item) error {
		e, err := event.FromAttrs(fromItem(item))
		if err != nil {
			return nil // the stream's readers have kept it aside
		}
		return each(e)
	})
	return halves, wrap(err, "ScanTouches", site)
}

// ScanPeople reads a site's identity index and its records of a kind by a scan of the whole table, in no order: every link,
// and of every record the body. Halves is as for ScanTouches.
func (s *Store) ScanPeople(ctx context.Context, site, kind string, link func(journey.Link) error, record func(journey.Record) error) (halves int64, err error) {
	ids := identityKey(site, "")
	in := dynamodb.ScanInput{
		TableName:                 &s.tables.Journeys,
		FilterExpression:          aws.String("begins_with(pk, :i) OR begins_with(pk, :r)"),
		ExpressionAttributeValues: Item{":i": text(ids), ":r": text(recordPartition(site, kind, ""))},
	}
	project(&in, "pk", "sk", "time", "event", "node", "body")
	halves, err = s.scan(ctx, &in, func(item Item) error {
		if node, isLink := strings.CutPrefix(textOf(item, "pk"), ids); isLink {
			return link(journey.Link{From: node, To: textOf(item, "sk"), Time: intOf(item, "time"), Event: textOf(item, "event")})
		}
		return record(recordOf(item))
	})
	return halves, wrap(err, "ScanPeople", site, kind)
}

// scan reads a table in segments; take is called by one of them at a time.
func (s *Store) scan(ctx context.Context, in *dynamodb.ScanInput, take func(Item) error) (int64, error) {
	var halves atomic.Int64
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for segment := range int32(scanSegments) {
		part := *in
		part.Segment, part.TotalSegments = aws.Int32(segment), aws.Int32(scanSegments)
		part.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		g.Go(func() error {
			pages := dynamodb.NewScanPaginator(s.db, &part)
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return err
				}
				if c := page.ConsumedCapacity; c != nil && c.CapacityUnits != nil {
					halves.Add(int64(2 * *c.CapacityUnits))
				}
				if err := takeAll(&mu, page.Items, take); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := g.Wait()
	return halves.Load(), err
}

func takeAll(mu *sync.Mutex, items []Item, take func(Item) error) error {
	mu.Lock()
	defer mu.Unlock()
	for _, item := range items {
		if err := take(item); err != nil {
			return err
		}
	}
	return nil
}
