package objects_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"tributary/local/objects"
)

// Ensures that whoever puts, copies or uploads an object in parts is heard of once and when it stands, and nobody else.
func TestListenersHearOfObjects(t *testing.T) {
	store, err := objects.Open(filepath.Join(t.TempDir(), "objects.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if err := objects.MakeBucket(t.Context(), store.Endpoint, "us-east-1", anybody, "files"); err != nil {
		t.Fatal(err)
	}
	client := s3.New(s3.Options{BaseEndpoint: &store.Endpoint, Region: "us-east-1", Credentials: anybody, UsePathStyle: true})
	var mu sync.Mutex
	var heard []string
	store.Listen(func(c objects.Created) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, c.Reason+" "+c.Bucket+" "+c.Key)
		if _, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &c.Bucket, Key: &c.Key}); err != nil {
			t.Errorf("%s was told before it stood: %v", c.Key, err)
		}
		if c.Reason == "PutObject" && c.Size != 5 {
			t.Errorf("%s has %d bytes, want 5", c.Key, c.Size)
		}
	})
	bucket, key, once := aws.String("files"), aws.String("in/a (1).csv"), aws.String("*")
	put := func() error {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: strings.NewReader("hello"), IfNoneMatch: once})
		return err
	}
	if err := put(); err != nil {
		t.Fatal(err)
	}
	if put() == nil {
		t.Error("a second put under the condition of being the first passes")
	}
	if _, err := client.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: bucket, Key: aws.String("copy"), CopySource: aws.String("files/in/a%20(1).csv")}); err != nil {
		t.Fatal(err)
	}
	up, err := client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: aws.String("parts")})
	if err != nil {
		t.Fatal(err)
	}
	part, err := client.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: bucket, Key: aws.String("parts"), UploadId: up.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: aws.String("parts"), UploadId: up.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{ETag: part.ETag, PartNumber: aws.Int32(1)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	want := []string{"PutObject files in/a (1).csv", "CopyObject files copy", "CompleteMultipartUpload files parts"}
	if d := cmp.Diff(want, heard); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
