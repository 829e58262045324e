// Package objects is S3 on the laptop: gofakes3 in the runner's process, its objects in one file that survives kill -9.
package objects

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3bolt"
	bolt "go.etcd.io/bbolt"
)

// Store is a running S3.
type Store struct {
	Endpoint string // http://127.0.0.1:<port>
	db       *bolt.DB
	server   *http.Server
}

// Open serves the objects of a file on a free port.
func Open(path string) (*Store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: 5 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("no free port for S3: %w", err)
	}
	fake := gofakes3.New(s3bolt.New(db), gofakes3.WithLogger(gofakes3.DiscardLog()))
	s := &Store{Endpoint: "http://" + l.Addr().String(), db: db, server: &http.Server{Handler: fake.Server(), ReadHeaderTimeout: time.Minute}}
	go func() { _ = s.server.Serve(l) }() // ends with Close
	return s, nil
}

// Close stops serving and closes the file.
func (s *Store) Close() error {
	return errors.Join(s.server.Close(), s.db.Close())
}

// MakeBucket makes a bucket unless it stands already.
func MakeBucket(ctx context.Context, endpoint, region string, credentials aws.CredentialsProvider, name string) error {
	client := s3.New(s3.Options{BaseEndpoint: &endpoint, Region: region, Credentials: credentials, UsePathStyle: true})
	if _, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &name}); err == nil {
		return nil
	}
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name})
	var owned *types.BucketAlreadyOwnedByYou
	if err != nil && !errors.As(err, &owned) {
		return fmt.Errorf("cannot make the bucket %s: %w", name, err)
	}
	return nil
}
