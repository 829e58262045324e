package main_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

// BenchmarkPixelRate measures pixels a second through the whole local stack, with two processes of the pixel function
// and every stream consumer at work, against what the same engine takes as bare PutItem calls of the same size. Rounds
// alternate; the metric is the ratio of the medians. Limit: at least 0.5.
func BenchmarkPixelRate(b *testing.B) {
	s := startStack(b, "", nil, "-template", variant(b,
		"ReservedConcurrentExecutions: !If [BoundsConcurrency, !Ref PublicConcurrency, !Ref AWS::NoValue]", "ReservedConcurrentExecutions: 2"))
	db := engineOf(b, s)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	pixel := func(i int64) error {
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/p.gif?e=impression&v=a%d&c=spring&ch=Display&id=b%d-%d", s.URL, i%500, b.N, i), nil)
		if err != nil {
			return err
		}
		req.Header.Set("User-Agent", browser)
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		_, _ = io.Copy(io.Discard, res.Body)
		if v := res.Header.Get("X-Tributary"); v != "accepted" {
			return fmt.Errorf("%d, X-Tributary: %q", res.StatusCode, v)
		}
		return nil
	}
	put := func(i int64) error {
		_, err := db.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Bench"), Item: benchItem(i)})
		return err
	}
	var n atomic.Int64
	var pixels, puts []time.Duration // time an item
	for b.Loop() {
		for range 5 {
			pixels = append(pixels, timePerItem(b, &n, pixel))
			s.idle(b)
			puts = append(puts, timePerItem(b, &n, put))
		}
	}
	p, q := median(pixels), median(puts)
	b.ReportMetric(float64(time.Second)/float64(p), "pixels/s")
	b.ReportMetric(float64(time.Second)/float64(q), "puts/s")
	b.ReportMetric(float64(q)/float64(p), "pixels/puts")
}

// timePerItem does as many as 16 workers can in five seconds.
func timePerItem(b *testing.B, n *atomic.Int64, do func(int64) error) time.Duration {
	b.Helper()
	var wg sync.WaitGroup
	var done atomic.Int64
	start := time.Now()
	for range 16 {
		wg.Go(func() {
			for time.Since(start) < 5*time.Second {
				if err := do(n.Add(1)); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return time.Since(start) / time.Duration(max(1, done.Load()))
}

// engineOf is a client of the stack's own engine, with a table that has no stream. A function's environment says where
// the engine is.
func engineOf(b *testing.B, s *stack) *dynamodb.Client {
	b.Helper()
	endpoint := ""
	for _, pid := range descendants(s.cmd.Process.Pid) {
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err != nil {
			continue
		}
		for _, kv := range strings.Split(string(env), "\x00") {
			if v, ok := strings.CutPrefix(kv, "AWS_ENDPOINT_URL_DYNAMODB="); ok {
				endpoint = v
			}
		}
	}
	if endpoint == "" {
		b.Fatal("no function tells where the engine is")
	}
	db := dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	_, err := db.CreateTable(b.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("Bench"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		b.Fatal(err)
	}
	return db
}

// benchItem is about as large as a stored impression.
func benchItem(i int64) map[string]types.AttributeValue {
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	return map[string]types.AttributeValue{
		"pk": text(fmt.Sprint("bench#", i)), "sk": text("T#1"), "id": text(fmt.Sprint("b-", i)), "type": text("impression"), "site": text("default"),
		"anonymous_id": text("a1"), "campaign": text("spring"), "channel": text("Display"), "hash": text("0123456789abcdef0123456789abcdef"),
		"time": &types.AttributeValueMemberN{Value: "1767225600000"}, "received": &types.AttributeValueMemberN{Value: "1767225600000"},
		"ttl": &types.AttributeValueMemberN{Value: "1801785600"},
	}
}
