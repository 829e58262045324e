package storetest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/logging"

	"tributary/shared/event"
	"tributary/shared/store"
)

// Instant is the environment of a function whose DynamoDB answers every call at once with nothing: what is left to
// measure is our own work and the SDK's.
func Instant(tb testing.TB) func(string) string {
	tb.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, _ = w.Write([]byte("{}"))
	}))
	tb.Cleanup(server.Close)
	env := map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_ENDPOINT_URL_DYNAMODB": server.URL, "EVENTS_TABLE": "events", "CONFIG_TABLE": "config", "QUARANTINE_TABLE": "quarantine",
	}
	return func(name string) string { return env[name] }
}

// BarePut is the least that putting an event can cost: the SDK's PutItem of its finished item, with the condition that
// the store sets, by a client made as the store makes its own.
func BarePut(tb testing.TB, getenv func(string) string, e *event.Event) func(context.Context) error {
	tb.Helper()
	creds, err := store.Credentials(getenv)
	if err != nil {
		tb.Fatal(err)
	}
	db := dynamodb.New(dynamodb.Options{
		Region: getenv("AWS_REGION"), Credentials: creds, RetryMaxAttempts: 3, Logger: logging.Nop{},
		BaseEndpoint: aws.String(getenv("AWS_ENDPOINT_URL_DYNAMODB")),
	})
	item := map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: e.Site + "#" + e.Home()}, "sk": &types.AttributeValueMemberS{Value: e.SortKey()},
	}
	for _, a := range e.Attrs() {
		item[a.Name] = &types.AttributeValueMemberS{Value: a.Value}
		if a.Number {
			item[a.Name] = &types.AttributeValueMemberN{Value: a.Value}
		}
	}
	return func(ctx context.Context) error {
		_, err := db.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: aws.String(getenv("EVENTS_TABLE")), Item: item, ConditionExpression: aws.String("attribute_not_exists(pk)"),
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		})
		return err
	}
}
