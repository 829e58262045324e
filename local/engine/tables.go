package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/logging"

	"tributary/local/template"
)

// Credentials reach an engine or whatever stands in its place.
type Credentials struct{ Region, Key, Secret, Token string }

// CredentialsOf reads the usual variables; what is missing is made up, since engines on a laptop take anything.
func CredentialsOf(getenv func(string) string) Credentials {
	or := func(name, otherwise string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return otherwise
	}
	if getenv("AWS_ACCESS_KEY_ID") == "" {
		return Credentials{or("AWS_REGION", template.Region), "local", "local", ""}
	}
	return Credentials{or("AWS_REGION", template.Region), getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY"), getenv("AWS_SESSION_TOKEN")}
}

// Retrieve makes Credentials an aws.CredentialsProvider.
func (c Credentials) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: c.Key, SecretAccessKey: c.Secret, SessionToken: c.Token}, nil
}

// Client makes an SDK client for an endpoint.
func Client(endpoint string, c Credentials) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{BaseEndpoint: &endpoint, Region: c.Region, Credentials: c, Logger: logging.Nop{}})
}

// MakeTables makes the tables that are missing and answers the stream ARN of every table that has one, by logical id. A table
// that stands already but differs in what cannot be changed is refused.
func MakeTables(ctx context.Context, db *dynamodb.Client, tables []template.Table) (map[string]string, error) {
	arns := map[string]string{}
	for _, t := range tables {
		d, err := makeTable(ctx, db, t)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t.Name, err)
		}
		if t.StreamView != "" {
			arns[t.ID] = aws.ToString(d.LatestStreamArn)
		}
	}
	return arns, nil
}

func makeTable(ctx context.Context, db *dynamodb.Client, t template.Table) (*types.TableDescription, error) {
	got, err := db.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &t.Name})
	var missing *types.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		if _, err := db.CreateTable(ctx, createInput(t)); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	default:
		if err := same(got.Table, t); err != nil {
			return nil, err
		}
	}
	d, err := active(ctx, db, t.Name)
	if err != nil {
		return nil, err
	}
	return d, expire(ctx, db, t)
}

func active(ctx context.Context, db *dynamodb.Client, name string) (*types.TableDescription, error) {
	for {
		d, err := db.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		if err != nil {
			return nil, err
		}
		if d.Table.TableStatus == types.TableStatusActive {
			return d.Table, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// expire turns TTL on where it is not on yet; engines refuse to turn it on twice.
func expire(ctx context.Context, db *dynamodb.Client, t template.Table) error {
	if t.TTL == "" {
		return nil
	}
	got, err := db.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &t.Name})
	if err == nil && got.TimeToLiveDescription != nil && got.TimeToLiveDescription.TimeToLiveStatus == types.TimeToLiveStatusEnabled {
		return nil
	}
	_, err = db.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               &t.Name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &t.TTL, Enabled: aws.Bool(true)},
	})
	return err
}

func createInput(t template.Table) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{TableName: &t.Name, BillingMode: types.BillingModePayPerRequest, KeySchema: keySchema(t.Key)}
	for _, a := range t.Attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions,
			types.AttributeDefinition{AttributeName: aws.String(a.Name), AttributeType: types.ScalarAttributeType(a.Type)})
	}
	for _, i := range t.Indexes {
		p := &types.Projection{ProjectionType: types.ProjectionType(i.Projection), NonKeyAttributes: i.NonKey}
		if i.Local {
			in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes,
				types.LocalSecondaryIndex{IndexName: aws.String(i.Name), KeySchema: keySchema(i.Key), Projection: p})
			continue
		}
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes,
			types.GlobalSecondaryIndex{IndexName: aws.String(i.Name), KeySchema: keySchema(i.Key), Projection: p})
	}
	if t.StreamView != "" {
		in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewType(t.StreamView)}
	}
	return in
}

func keySchema(keys []template.Key) []types.KeySchemaElement {
	var out []types.KeySchemaElement
	for _, k := range keys {
		out = append(out, types.KeySchemaElement{AttributeName: aws.String(k.Name), KeyType: types.KeyType(k.Type)})
	}
	return out
}

// same compares what cannot be changed in a standing table: keys, indexes, stream.
func same(d *types.TableDescription, t template.Table) error {
	shape := func(in *dynamodb.CreateTableInput) []string {
		out := []string{describe("key", in.KeySchema)}
		for _, i := range in.GlobalSecondaryIndexes {
			out = append(out, describe("index "+*i.IndexName, i.KeySchema))
		}
		for _, i := range in.LocalSecondaryIndexes {
			out = append(out, describe("index "+*i.IndexName, i.KeySchema))
		}
		if s := in.StreamSpecification; s != nil && aws.ToBool(s.StreamEnabled) {
			out = append(out, "stream "+string(s.StreamViewType))
		}
		slices.Sort(out)
		return out
	}
	stands := &dynamodb.CreateTableInput{KeySchema: d.KeySchema, StreamSpecification: d.StreamSpecification}
	for _, i := range d.GlobalSecondaryIndexes {
		stands.GlobalSecondaryIndexes = append(stands.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{IndexName: i.IndexName, KeySchema: i.KeySchema})
	}
	for _, i := range d.LocalSecondaryIndexes {
		stands.LocalSecondaryIndexes = append(stands.LocalSecondaryIndexes, types.LocalSecondaryIndex{IndexName: i.IndexName, KeySchema: i.KeySchema})
	}
	got, want := shape(stands), shape(createInput(t))
	if !slices.Equal(got, want) {
		return fmt.Errorf("stands with %v but the template now says %v: remove the data folder, or give the old template back", got, want)
	}
	return nil
}

func describe(what string, keys []types.KeySchemaElement) string {
	for _, k := range keys {
		what += " " + *k.AttributeName + ":" + string(k.KeyType)
	}
	return what
}
