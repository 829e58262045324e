// Package streams reads DynamoDB streams and keeps every record's JSON as the engine wrote it: a record is already nearly what
// Lambda hands to a function, and decoding it into the SDK's types and back would cost more than all the rest of the pump.
package streams

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Client speaks the DynamoDB Streams protocol.
type Client struct {
	Endpoint    string
	Region      string
	Credentials aws.CredentialsProvider
	HTTP        *http.Client
	signer      *v4.Signer
}

// NewClient makes a client with connections of its own.
func NewClient(endpoint, region string, c aws.CredentialsProvider) *Client {
	return &Client{
		Endpoint: endpoint, Region: region, Credentials: c, signer: v4.NewSigner(),
		HTTP: &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute}},
	}
}

// Error is what the service answered instead of a result.
type Error struct {
	Code    string // like ExpiredIteratorException
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Shard is a part of a stream, read in order.
type Shard struct {
	ID     string `json:"ShardId"`
	Parent string `json:"ParentShardId"`
}

// Shards lists the shards of a stream.
func (c *Client) Shards(ctx context.Context, arn string) ([]Shard, error) {
	var shards []Shard
	in := map[string]any{"StreamArn": arn}
	for {
		raw, err := c.call(ctx, "DescribeStream", in)
		if err != nil {
			return nil, fmt.Errorf("DescribeStream %s: %w", arn, err)
		}
		var out struct {
			StreamDescription struct {
				Shards               []Shard
				LastEvaluatedShardID string `json:"LastEvaluatedShardId"`
			}
		}
		if err := json.Unmarshal(raw, &out); err != nil {
			return nil, fmt.Errorf("DescribeStream %s: %w", arn, err)
		}
		shards = append(shards, out.StreamDescription.Shards...)
		if out.StreamDescription.LastEvaluatedShardID == "" {
			return shards, nil
		}
		in["ExclusiveStartShardId"] = out.StreamDescription.LastEvaluatedShardID
	}
}

// Iterator makes an iterator that begins after a sequence number, or at the oldest record where it is empty.
func (c *Client) Iterator(ctx context.Context, arn, shard, after string) (string, error) {
	in := map[string]any{"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
	if after != "" {
		in["ShardIteratorType"], in["SequenceNumber"] = "AFTER_SEQUENCE_NUMBER", after
	}
	raw, err := c.call(ctx, "GetShardIterator", in)
	if err != nil {
		return "", fmt.Errorf("GetShardIterator %s after %q: %w", shard, after, err)
	}
	var out struct{ ShardIterator string }
	if err := json.Unmarshal(raw, &out); err != nil || out.ShardIterator == "" {
		return "", fmt.Errorf("GetShardIterator %s: no iterator in the answer (%v)", shard, err)
	}
	return out.ShardIterator, nil
}

// Records reads a page. next is empty once the shard is closed and read to its end.
func (c *Client) Records(ctx context.Context, arn, iterator string, limit int) (records []Record, next string, err error) {
	raw, err := c.call(ctx, "GetRecords", map[string]any{"ShardIterator": iterator, "Limit": limit})
	if err != nil {
		return nil, "", fmt.Errorf("GetRecords: %w", err)
	}
	return parsePage(raw, arn)
}

func (c *Client) call(ctx context.Context, action string, in any) ([]byte, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "DynamoDBStreams_20120810."+action)
	credentials, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	if err := c.signer.SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), "dynamodb", c.Region, time.Now()); err != nil {
		return nil, err
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var out bytes.Buffer
	if n := res.ContentLength; n > 0 {
		out.Grow(int(n) + bytes.MinRead)
	}
	if _, err := out.ReadFrom(res.Body); err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, parseError(res.StatusCode, out.Bytes())
	}
	return out.Bytes(), nil
}

func parseError(status int, raw []byte) error {
	var out struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // either case
	}
	if err := json.Unmarshal(raw, &out); err != nil || out.Type == "" {
		return &Error{Code: fmt.Sprintf("HTTP %d", status), Message: strings.TrimSpace(string(raw[:min(len(raw), 200)]))}
	}
	return &Error{Code: out.Type[strings.LastIndexByte(out.Type, '#')+1:], Message: out.Message}
}
