// Package bus publishes events to Amazon EventBridge: one signed POST, by the signer and the HTTP client that the DynamoDB client
// brings along. EventBridge's own client would be another SDK for one call.
package bus

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"tributary/shared/store"
)

// Most is how many events one call takes.
const Most = 10

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 256 << 10

// Bus is an event bus of the account. It is safe for concurrent use.
type Bus struct {
	client   *http.Client
	creds    aws.CredentialsProvider
	signer   *v4.Signer
	region   string
	endpoint string
	name     string
	now      func() time.Time
}

// Event is what is published: Detail is JSON.
type Event struct {
	Source, DetailType, Detail string
}

// Open makes a Bus from the environment that Lambda gives: EVENT_BUS (its name), AWS_REGION, the credentials, and
// AWS_ENDPOINT_URL_EVENTBRIDGE where it is not AWS's. Nil: EVENT_BUS is empty, as on a laptop, and nothing is published.
func Open(getenv func(string) string, now func() time.Time) (*Bus, error) {
	name, region := getenv("EVENT_BUS"), getenv("AWS_REGION")
	if name == "" {
		return nil, nil
	}
	creds, err := store.Credentials(getenv)
	if err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	endpoint := getenv("AWS_ENDPOINT_URL_EVENTBRIDGE")
	if endpoint == "" {
		endpoint = "https://events." + region + "." + store.Domain(region)
	}
	return &Bus{client: &http.Client{Timeout: 20 * time.Second}, creds: creds, signer: v4.NewSigner(), region: region, endpoint: endpoint, name: name, now: now}, nil
}

// Publish sends at most Most events and tells how many of them, from the first on, are on the bus; with an error that is not all of
// them. What comes after the first that was refused may be there too: whoever sends again sends some twice.
func (b *Bus) Publish(ctx context.Context, events []Event) (published int, err error) {
	if len(events) == 0 {
		return 0, nil
	}
	body, err := b.body(events)
	if err != nil {
		return 0, fmt.Errorf("bus: Publish: %w", err)
	}
	answer, err := b.send(ctx, body)
	if err != nil {
		return 0, fmt.Errorf("bus: Publish: %w", err)
	}
	var a struct {
		Entries []struct{ ErrorCode, ErrorMessage string }
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return 0, fmt.Errorf("bus: Publish: the answer: %w", err)
	}
	if len(a.Entries) != len(events) {
		return 0, fmt.Errorf("bus: Publish: the answer tells of %d events, not of %d", len(a.Entries), len(events))
	}
	for i, e := range a.Entries {
		if e.ErrorCode != "" {
			return i, fmt.Errorf("bus: Publish: event %d: %s: %s", i, e.ErrorCode, e.ErrorMessage)
		}
	}
	return len(events), nil
}

// body is a PutEvents request.
func (b *Bus) body(events []Event) ([]byte, error) {
	type entry struct{ Source, DetailType, Detail, EventBusName string }
	var in struct{ Entries []entry }
	for _, e := range events {
		in.Entries = append(in.Entries, entry{e.Source, e.DetailType, e.Detail, b.name})
	}
	return json.Marshal(in)
}

func (b *Bus) send(ctx context.Context, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSEvents.PutEvents")
	creds, err := b.creds.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	if err := b.signer.SignHTTP(ctx, creds, req, hex.EncodeToString(sum[:]), "events", b.region, b.now()); err != nil {
		return nil, err
	}
	res, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("EventBridge answers %d: %s", res.StatusCode, answer[:min(len(answer), 300)])
	}
	return answer, nil
}
