// Command counter is a chain of two stream consumers for the tests of local: what is put into Events it copies to
// Derived, and what appears in Derived it copies to KPIs, so that a test can count at the far end.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type call struct {
	Put     int    `json:"put"`
	Prefix  string `json:"prefix"`
	Count   bool   `json:"count"`
	Records []struct {
		ARN      string `json:"eventSourceARN"`
		DynamoDB struct {
			Keys map[string]struct{ S string }
		} `json:"dynamodb"`
	}
}

func main() {
	db := dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB")), Region: os.Getenv("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	lambda.Start(func(ctx context.Context, c call) (any, error) { return handle(ctx, db, c) })
}

func handle(ctx context.Context, db *dynamodb.Client, c call) (any, error) {
	events, kpis := os.Getenv("EVENTS_TABLE"), os.Getenv("KPIS_TABLE")
	derived := strings.Replace(events, "Events", "Derived", 1)
	for i := range c.Put {
		if err := put(ctx, db, events, c.Prefix, fmt.Sprint(i)); err != nil {
			return nil, err
		}
	}
	for _, r := range c.Records {
		to := derived
		if strings.Contains(r.ARN, derived) {
			to = kpis
		}
		if err := put(ctx, db, to, r.DynamoDB.Keys["pk"].S, r.DynamoDB.Keys["sk"].S); err != nil {
			return nil, err
		}
	}
	if c.Count {
		return count(ctx, db, kpis)
	}
	return map[string]any{"state": json.RawMessage("{}"), "batchItemFailures": []string{}}, nil
}

func put(ctx context.Context, db *dynamodb.Client, table, pk, sk string) error {
	_, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk},
	}})
	return err
}

func count(ctx context.Context, db *dynamodb.Client, table string) (int, error) {
	n := 0
	pages := dynamodb.NewScanPaginator(db, &dynamodb.ScanInput{TableName: &table, ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		p, err := pages.NextPage(ctx)
		if err != nil {
			return 0, err
		}
		n += len(p.Items)
	}
	return n, nil
}
