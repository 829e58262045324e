package store

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"tributary/shared/journey"
)

// RecordsUnder reads, consistently, the records of a kind whose nodes have the first part of head, which ends in "\x1f".
func (s *Store) RecordsUnder(ctx context.Context, site, kind, head string) ([]journey.Record, error) {
	pk := recordPartition(site, kind, strings.TrimSuffix(head, "\x1f"))
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.Journeys, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: Item{":p": text(pk)},
	})
	var list []journey.Record
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "RecordsUnder", pk)
		}
		for _, item := range page.Items {
			list = append(list, recordOf(item))
		}
	}
	return list, nil
}
