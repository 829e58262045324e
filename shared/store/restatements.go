package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"tributary/shared/event"
	"tributary/shared/kpi"
)

// restatedPartition holds what was restated of a site on one UTC day.
func restatedPartition(site, day string) string { return site + "#restated#" + day }

// PutRestatement keeps a restatement; order tells it from all others and stays the same when it is put again.
func (s *Store) PutRestatement(ctx context.Context, r kpi.Restatement, order string) error {
	body, err := json.Marshal(r)
	if err != nil {
		return wrap(err, "PutRestatement", r.Site, order)
	}
	pk := restatedPartition(r.Site, time.UnixMilli(r.At).UTC().Format(time.DateOnly))
	_, err = s.db.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.tables.KPIs, Item: toItem(pk, fmt.Sprintf("%013d#%s", r.At, order), []event.Attr{{Name: "body", Value: string(body)}}),
	})
	return wrap(err, "PutRestatement", pk, order)
}

// Restatements lists at most limit restatements of a site's UTC day, the newest first.
func (s *Store) Restatements(ctx context.Context, site, day string, limit int) ([]kpi.Restatement, error) {
	pk := restatedPartition(site, day)
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.tables.KPIs, KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: Item{":p": text(pk)},
		ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(limit)),
	})
	var list []kpi.Restatement
	for pages.HasMorePages() && len(list) < limit {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "Restatements", pk)
		}
		for _, item := range page.Items {
			var r kpi.Restatement
			if err := json.Unmarshal([]byte(textOf(item, "body")), &r); err != nil {
				return nil, wrap(err, "Restatements", pk, textOf(item, "sk"))
			}
			list = append(list, r)
		}
	}
	return list[:min(len(list), limit)], nil
}
