package store

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"tributary/shared/event"
	"tributary/shared/journey"
)

// ifEarlier lets the earliest evidence of a link stand.
const ifEarlier = "attribute_not_exists(pk) OR #t > :t OR (#t = :t AND #e > :e)"

// Links reads the links stored under one node of a site's identity index, in order of the other node, consistently.
func (s *Store) Links(ctx context.Context, site, node string) ([]journey.Link, error) {
	pk := identityKey(site, node)
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Journeys, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: Item{":p": text(pk)},
	})
	var links []journey.Link
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "Links", pk)
		}
		for _, item := range page.Items {
			links = append(links, journey.Link{From: node, To: textOf(item, "sk"), Time: intOf(item, "time"), Event: textOf(item, "event")})
		}
	}
	return links, nil
}

// PutLink stores a link under its From; the earliest evidence stands, so putting it again changes nothing. A link that
// is known already still costs a write: read before.
func (s *Store) PutLink(ctx context.Context, site string, l journey.Link) error {
	pk := identityKey(site, l.From)
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.tables.Journeys,
		Item: toItem(pk, l.To, []event.Attr{
			{Name: "time", Number: true, Value: strconv.FormatInt(l.Time, 10)}, {Name: "event", Value: l.Event},
		}),
		ConditionExpression:       aws.String(ifEarlier),
		ExpressionAttributeNames:  map[string]string{"#t": "time", "#e": "event"},
		ExpressionAttributeValues: Item{":t": number(l.Time), ":e": text(l.Event)},
	})
	if _, known := refused(err); known {
		return nil
	}
	return wrap(err, "PutLink", pk, l.To)
}

func identityKey(site, node string) string { return site + "#ID#" + node }
