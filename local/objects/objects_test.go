package objects_test

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"tributary/local/objects"
)

var anybody = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
})

func TestObjectsSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "objects.db")
	for round := range 2 {
		store, err := objects.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // making it twice is no error
			if err := objects.MakeBucket(t.Context(), store.Endpoint, "us-east-1", anybody, "reports"); err != nil {
				t.Fatal(err)
			}
		}
		client := s3.New(s3.Options{BaseEndpoint: &store.Endpoint, Region: "us-east-1", Credentials: anybody, UsePathStyle: true})
		if round == 0 {
			_, err = client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("reports"), Key: aws.String("a/b.json"), Body: strings.NewReader("{}")})
			if err != nil {
				t.Fatal(err)
			}
		}
		got, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("reports"), Key: aws.String("a/b.json")})
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(got.Body); err != nil || string(body) != "{}" {
			t.Errorf("round %d: got %q, %v", round, body, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	if _, err := objects.Open(filepath.Join(t.TempDir(), "no", "folder")); err == nil {
		t.Error("no error")
	}
}

func TestMakeBucketSaysWhatIsWrong(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := objects.MakeBucket(ctx, "http://127.0.0.1:9", "us-east-1", anybody, "b"); err == nil || !strings.Contains(err.Error(), "the bucket b") {
		t.Errorf("got %v", err)
	}
}
