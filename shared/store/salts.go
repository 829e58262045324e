package store

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// salts is the shelf of the salts that the ids of a day are made with.
const salts = "#salts"

// SaltLife is how long after its day began a salt is kept; then it is deleted, and expires besides.
const SaltLife = 48 * time.Hour

// Salt is the salt of a UTC day, 2026-03-01, the same for whoever asks: the first to ask makes it.
func (s *Store) Salt(ctx context.Context, day string) ([]byte, error) {
	begin, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil, wrap(err, "Salt", day)
	}
	key := settingKey(salts, day)
	out, err := s.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.tables.Config, Key: key})
	if err != nil {
		return nil, wrap(err, "Salt", day)
	}
	if len(out.Item) > 0 {
		return bytesOf(out.Item, "salt"), nil
	}
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails (crypto/rand)
	key["salt"], key["ttl"] = &types.AttributeValueMemberB{Value: fresh}, number(begin.Add(SaltLife).Unix())
	_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.tables.Config, Item: key, ConditionExpression: aws.String(ifNew),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if theirs, failed := refused(err); failed {
		return bytesOf(theirs, "salt"), nil
	}
	return fresh, wrap(err, "Salt", day)
}

// DropSalts deletes the salts whose life is over. Time to live alone may take days.
func (s *Store) DropSalts(ctx context.Context, now time.Time) error {
	last := now.Add(-SaltLife).UTC().Format(time.DateOnly)
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.tables.Config, KeyConditionExpression: aws.String("pk = :p AND sk <= :l"),
		ExpressionAttributeValues: Item{":p": text(salts), ":l": text(last)},
	})
	if err != nil {
		return wrap(err, "DropSalts", last)
	}
	for _, item := range out.Items {
		_, err := s.db.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.tables.Config, Key: settingKey(salts, textOf(item, "sk"))})
		if err != nil {
			return wrap(err, "DropSalts", last)
		}
	}
	return nil
}

func bytesOf(item Item, name string) []byte {
	if b, ok := item[name].(*types.AttributeValueMemberB); ok {
		return b.Value
	}
	return nil
}
