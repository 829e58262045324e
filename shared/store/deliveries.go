package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// partBytes is how much of a delivery one item holds; DynamoDB takes items of 400 KB.
const partBytes = 350_000

// KeepDelivery puts a delivery aside that was verified and cannot be read, whole: first its bytes, in as many items as they
// need, then q, so that what is listed can be replayed. q.ID must be unique.
func (s *Store) KeepDelivery(ctx context.Context, q Quarantined, whole []byte) error {
	ttl := number(q.Received/1000 + keptDays*24*60*60)
	for n, rest := 0, whole; len(rest) > 0; n++ {
		part := rest[:min(len(rest), partBytes)]
		rest = rest[len(part):]
		_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.tables.Quarantine, Item: Item{
			"pk": text(deliveryKey(q.ID)), "sk": text(fmt.Sprintf("%03d", n)), "part": &types.AttributeValueMemberB{Value: part}, "ttl": ttl,
		}})
		if err != nil {
			return wrap(err, "KeepDelivery", q.ID)
		}
	}
	return s.Keep(ctx, q)
}

// Delivery reads what KeepDelivery kept under an id; nothing when there is none.
func (s *Store) Delivery(ctx context.Context, id string) ([]byte, error) {
	var whole []byte
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Quarantine, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: Item{":p": text(deliveryKey(id))},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "Delivery", id)
		}
		for _, item := range page.Items {
			if b, ok := item["part"].(*types.AttributeValueMemberB); ok {
				whole = append(whole, b.Value...)
			}
		}
	}
	return whole, nil
}

// deliveryKey cannot be a site's: those hold no #.
func deliveryKey(id string) string { return "#delivery#" + id }

// Spend takes a token that counts once, for the one content that content identifies: true when it is taken now, or was taken
// for the same content before. The token is remembered until the Unix time until, in seconds.
func (s *Store) Spend(ctx context.Context, connection, token, content string, until int64) (bool, error) {
	_, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:           &s.tables.Quarantine,
		Item:                Item{"pk": text("#spent#" + connection), "sk": text(token), "content": text(content), "ttl": number(until)},
		ConditionExpression: aws.String("attribute_not_exists(pk) OR content = :c"), ExpressionAttributeValues: Item{":c": text(content)},
	})
	if _, failed := refused(err); failed {
		return false, nil
	}
	return err == nil, wrap(err, "Spend", connection, strconv.Itoa(len(token)))
}
