package streams

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestRecordIsLambdas(t *testing.T) {
	raw, err := os.ReadFile("testdata/page.json")
	if err != nil {
		t.Fatal(err)
	}
	records, next, err := parsePage(raw, "arn:x")
	if err != nil || next != "it-2" || len(records) != 2 {
		t.Fatalf("got %d records, next %q, %v", len(records), next, err)
	}
	var put, removed events.DynamoDBEventRecord
	for i, to := range []*events.DynamoDBEventRecord{&put, &removed} {
		if err := json.Unmarshal(records[i].JSON, to); err != nil {
			t.Fatalf("%s: %v", records[i].JSON, err)
		}
	}
	if put.EventSourceArn != "arn:x" || put.EventName != "INSERT" || put.UserIdentity != nil || put.Change.NewImage["n"].Number() != "1.5" {
		t.Errorf("got %+v", put)
	}
	if who := removed.UserIdentity; who == nil || who.Type != "Service" || who.PrincipalID != "dynamodb.amazonaws.com" || removed.EventSourceArn != "arn:x" {
		t.Errorf("userIdentity %+v in %s", who, records[1].JSON)
	}
	if r := records[0]; r.Sequence != "000000000000000000002" || !r.Created.Equal(time.Unix(1795348320, 0)) {
		t.Errorf("sequence %s, created %s", r.Sequence, r.Created)
	}
}

func TestPagesThatEndAShardOrCannotBeRead(t *testing.T) {
	for _, raw := range []string{`{"Records":[]}`, `{"Records":[],"NextShardIterator":null}`} {
		if records, next, err := parsePage([]byte(raw), "a"); len(records) > 0 || next != "" || err != nil {
			t.Errorf("%s: got %v, %q, %v", raw, records, next, err)
		}
	}
	for _, raw := range []string{`{"Records":[{}]}`, `{"Records":[`, `{"Records":[{"dynamodb":{"SequenceNumber":"1"},"userIdentity":5}]}`} {
		if _, _, err := parsePage([]byte(raw), "a"); err == nil {
			t.Errorf("%s is read without an error", raw)
		}
	}
}

func TestErrorsHaveTheServicesCode(t *testing.T) {
	cases := []struct {
		body, code string
	}{
		{`{"__type":"com.amazonaws.dynamodb.v20120810#ExpiredIteratorException","message":"old"}`, "ExpiredIteratorException"},
		{`{"__type":"TrimmedDataAccessException","Message":"gone"}`, "TrimmedDataAccessException"},
		{`<html>`, "HTTP 400"},
	}
	for _, c := range cases {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, c.body, 400) }))
		client := NewClient(server.URL, "us-east-1", aws.CredentialsProviderFunc(nobody))
		_, _, err := client.Records(t.Context(), "arn", "it", 1)
		var got *Error
		if !errors.As(err, &got) || got.Code != c.code {
			t.Errorf("%s: got %v", c.body, err)
		}
		server.Close()
	}
}

func TestShardsReadsAllPages(t *testing.T) {
	pages := map[bool]string{
		false: `{"StreamDescription":{"Shards":[{"ShardId":"a"}],"LastEvaluatedShardId":"a"}}`,
		true:  `{"StreamDescription":{"Shards":[{"ShardId":"b","ParentShardId":"a"}]}}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			ExclusiveStartShardID string `json:"ExclusiveStartShardId"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(pages[in.ExclusiveStartShardID == "a"]))
	}))
	defer server.Close()
	got, err := NewClient(server.URL, "us-east-1", aws.CredentialsProviderFunc(nobody)).Shards(t.Context(), "arn")
	if err != nil || len(got) != 2 || got[1] != (Shard{ID: "b", Parent: "a"}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func nobody(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
}
