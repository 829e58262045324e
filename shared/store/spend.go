package store

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"tributary/shared/event"
)

// DeleteSpend removes the spend event of an id, whose home is its own, unless its version is above the given one: what a
// newer file wrote stays. That it is gone already is no error. The stream's record takes its figures back.
func (s *Store) DeleteSpend(ctx context.Context, site, id string, version int64) error {
	e := event.Event{ID: id, Type: "spend"}
	pk, sk := site+"#"+e.Home(), e.SortKey()
	_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.tables.Events, Key: Item{"pk": text(pk), "sk": text(sk)},
		ConditionExpression:       aws.String("#t = :t AND version <= :v"),
		ExpressionAttributeNames:  map[string]string{"#t": "type"},
		ExpressionAttributeValues: Item{":t": text("spend"), ":v": number(version)},
	})
	if _, failed := refused(err); failed {
		return nil
	}
	return wrap(err, "DeleteSpend", pk, sk)
}
