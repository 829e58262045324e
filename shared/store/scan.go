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

// Part is a segment of a table: one of Of. Of 1 is the whole table.
type Part struct{ Segment, Of int }

// Whole is all of a table.
var Whole = Part{0, 1}

// ScanTouches reads every touch of a site (empty: of all) once, in no order, and hands them one at a time to each, whose error ends
// the scan; the whole table is read in segments at once. What is written meanwhile may be missing. Halves is what it cost, in half
// read units: one for every 4 KB of the table, whatever is asked of it.
func (s *Store) ScanTouches(ctx context.Context, site string, part Part, each func(*event.Event) error) (halves int64, err error) {
	in := dynamodb.ScanInput{
		TableName: &s.tables.Events, FilterExpression: aws.String("begins_with(sk, :t)"), ExpressionAttributeValues: Item{":t": text("T#")},
	}
	if site != "" {
		in.FilterExpression = aws.String("begins_with(pk, :p) AND begins_with(sk, :t)")
		in.ExpressionAttributeValues[":p"] = text(site + "#")
	}
	project(&in, "id", "type", "site", "time", "channel", "click_ids", "agent", "user_id", "provider_ids", "email", "phone", "anonymous_id")
	halves, err = s.scan(ctx, &in, part, func(item Item) error {
		e, err := event.FromAttrs(fromItem(item))
		if err != nil {
			return nil // the stream's readers have kept it aside
		}
		return each(e)
	})
	return halves, wrap(err, "ScanTouches", site)
}

// ScanPeople reads the identity index and the records of a kind, of a site (empty: of all), by a scan of the whole table or a part
// of it, in no order: every link, and of every record the body. Halves is as for ScanTouches.
func (s *Store) ScanPeople(ctx context.Context, site, kind string, part Part, link func(site string, l journey.Link) error, record func(site string, r journey.Record) error) (halves int64, err error) {
	in := dynamodb.ScanInput{TableName: &s.tables.Journeys}
	if site != "" {
		in.FilterExpression = aws.String("begins_with(pk, :i) OR begins_with(pk, :r)")
		in.ExpressionAttributeValues = Item{":i": text(identityKey(site, "")), ":r": text(recordPartition(site, kind, ""))}
	} else { // the names of sites have no "#"
		in.FilterExpression = aws.String("contains(pk, :i) OR contains(pk, :r)")
		in.ExpressionAttributeValues = Item{":i": text(identityKey("", "")), ":r": text(recordPartition("", kind, ""))}
	}
	project(&in, peopleAttributes...)
	take := Takers{Link: link, Kind: kind, Record: record}
	halves, err = s.scan(ctx, &in, part, take.people)
	return halves, wrap(err, "ScanPeople", site, kind)
}

// peopleAttributes are those of a link, and those of a record that tell whose it is.
var peopleAttributes = []string{"pk", "sk", "time", "event", "node", "body"}

// people hands over a link or a record.
func (t *Takers) people(item Item) error {
	site, rest, _ := strings.Cut(textOf(item, "pk"), "#")
	node, isLink := strings.CutPrefix("#"+rest, identityKey("", ""))
	switch {
	case isLink && t.Link != nil:
		return t.Link(site, journey.Link{From: node, To: textOf(item, "sk"), Time: intOf(item, "time"), Event: textOf(item, "event")})
	case t.Record != nil && strings.HasPrefix("#"+rest, recordPartition("", t.Kind, "")): // else an id that looks like a key
		return t.Record(site, recordOf(item))
	}
	return nil
}

// scan reads a table, or a part of it, in segments; take is called by one of them at a time.
func (s *Store) scan(ctx context.Context, in *dynamodb.ScanInput, part Part, take func(Item) error) (int64, error) {
	parts := []Part{part}
	if part == Whole {
		parts = parts[:0]
		for i := range scanSegments {
			parts = append(parts, Part{i, scanSegments})
		}
	}
	var halves atomic.Int64
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	for _, p := range parts {
		one := *in
		one.Segment, one.TotalSegments = aws.Int32(int32(p.Segment)), aws.Int32(int32(p.Of))
		one.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		g.Go(func() error {
			pages := dynamodb.NewScanPaginator(s.db, &one)
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return err
				}
				halves.Add(halvesOf(page))
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

// halvesOf is what a page cost, in half read units.
func halvesOf(page *dynamodb.ScanOutput) int64 {
	if c := page.ConsumedCapacity; c != nil && c.CapacityUnits != nil {
		return int64(2 * *c.CapacityUnits)
	}
	return 0
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
