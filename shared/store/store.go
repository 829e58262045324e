// Package store is the only importer of DynamoDB: keys, conditions, paging. Every key begins with the site.
package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/logging"
)

// Tables are the names of the tables a function uses; a function's environment holds only those it needs.
type Tables struct {
	Events, KPIs, Journeys, Config, Quarantine, Alerts string
}

// Store reads and writes the tables. It is safe for concurrent use.
type Store struct {
	db     *dynamodb.Client
	tables Tables
}

// Open makes a Store from the environment that Lambda gives: EVENTS_TABLE, KPIS_TABLE, JOURNEYS_TABLE, CONFIG_TABLE,
// QUARANTINE_TABLE, ALERTS_TABLE, AWS_REGION, the credentials, and AWS_ENDPOINT_URL_DYNAMODB where the engine is not AWS's.
func Open(getenv func(string) string) (*Store, error) { return open(getenv, 3) }

// OpenDoor is Open for a door: each call is one try, as package ingest has a budget of its own for what comes then.
func OpenDoor(getenv func(string) string) (*Store, error) { return open(getenv, 1) }

func open(getenv func(string) string, attempts int) (*Store, error) {
	creds, err := Credentials(getenv)
	if err != nil {
		return nil, err
	}
	o := dynamodb.Options{
		Region:           getenv("AWS_REGION"),
		Credentials:      creds,
		RetryMaxAttempts: attempts,
		HTTPClient:       awshttp.NewBuildableClient().WithTransportOptions(keepConnections),
		// The SDK warns at every condition that fails, which here is the normal answer to a duplicate.
		Logger: logging.Nop{},
	}
	if u := getenv("AWS_ENDPOINT_URL_DYNAMODB"); u != "" {
		o.BaseEndpoint = aws.String(u)
	}
	return &Store{db: dynamodb.New(o), tables: Tables{
		Events: getenv("EVENTS_TABLE"), KPIs: getenv("KPIS_TABLE"), Journeys: getenv("JOURNEYS_TABLE"),
		Config: getenv("CONFIG_TABLE"), Quarantine: getenv("QUARANTINE_TABLE"), Alerts: getenv("ALERTS_TABLE"),
	}}, nil
}

// keepConnections lets as many connections wait as a batch is written with: of the SDK's ten idle ones the others would
// be opened anew, with a TLS handshake each, 60 times in a batch of 500.
func keepConnections(t *http.Transport) { t.MaxIdleConnsPerHost = 64 }

// Credentials reads the role's credentials as Lambda hands them in, without the SDK's config package (8 ms of start
// and 0.6 MB of zip).
func Credentials(getenv func(string) string) (aws.CredentialsProvider, error) {
	c := aws.Credentials{
		AccessKeyID: getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: getenv("AWS_SESSION_TOKEN"), Source: "environment",
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" || getenv("AWS_REGION") == "" {
		return nil, errors.New("store: AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set")
	}
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return c, nil }), nil
}

// Domain is where a region's services live.
func Domain(region string) string {
	if len(region) > 3 && region[:3] == "cn-" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// wrap names the operation and its argument.
func wrap(err error, op string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s%q: %w", op, args, err)
}
