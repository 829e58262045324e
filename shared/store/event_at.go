package store

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"tributary/shared/event"
)

// EventAt reads one event by its home and sort key, consistently; nil when it is gone. A query, as the api may do nothing else there.
func (s *Store) EventAt(ctx context.Context, site, home, sortKey string) (*event.Event, error) {
	pk := site + "#" + home
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.tables.Events, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :p AND sk = :s"),
		ExpressionAttributeValues: Item{":p": text(pk), ":s": text(sortKey)},
	})
	if err != nil {
		return nil, wrap(err, "EventAt", pk, sortKey)
	}
	if len(out.Items) == 0 {
		return nil, nil
	}
	e, err := event.FromAttrs(fromItem(out.Items[0]))
	return e, wrap(err, "EventAt", pk, sortKey)
}
