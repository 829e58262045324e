// Package objects is S3 on the laptop: gofakes3 in the runner's process, its objects in one file that survives kill -9.
package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3bolt"
	bolt "go.etcd.io/bbolt"
)

// Store is a running S3.
type Store struct {
	Endpoint string // http://127.0.0.1:<port>
	db       *bolt.DB
	server   *http.Server
	fake     http.Handler
	heard    atomic.Pointer[func(Created)]
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
	s := &Store{Endpoint: "http://" + l.Addr().String(), db: db, fake: fake.Server()}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(l) }() // ends with Close
	return s, nil
}

// Close stops serving and closes the file.
func (s *Store) Close() error {
	return errors.Join(s.server.Close(), s.db.Close())
}

// MakeBucket makes a bucket unless it stands already. It speaks HTTP itself: the S3 SDK would make the runner's first build ten
// seconds longer for these two calls.
func MakeBucket(ctx context.Context, endpoint, region string, credentials aws.CredentialsProvider, name string) error {
	status, _, err := call(ctx, http.MethodHead, endpoint+"/"+name, region, credentials)
	if err == nil && status == http.StatusNotFound {
		status, _, err = call(ctx, http.MethodPut, endpoint+"/"+name, region, credentials)
	}
	if err != nil {
		return fmt.Errorf("cannot make the bucket %s: %w", name, err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("cannot make the bucket %s: S3 answers %d", name, status)
	}
	return nil
}

// Any reports whether a bucket holds an object whose key begins with prefix.
func Any(ctx context.Context, endpoint, region string, credentials aws.CredentialsProvider, bucket, prefix string) (bool, error) {
	query := url.Values{"list-type": {"2"}, "max-keys": {"1"}, "prefix": {prefix}}
	status, body, err := call(ctx, http.MethodGet, endpoint+"/"+bucket+"?"+query.Encode(), region, credentials)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("S3 answers %d", status)
	}
	if err != nil {
		return false, fmt.Errorf("cannot list %s of the bucket %s: %w", prefix, bucket, err)
	}
	return bytes.Contains(body, []byte("<Key>")), nil
}

// nothing is the SHA-256 of an empty body.
const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func call(ctx context.Context, method, address, region string, credentials aws.CredentialsProvider) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return 0, nil, err
	}
	c, err := credentials.Retrieve(ctx)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("X-Amz-Content-Sha256", nothing)
	if err := v4.NewSigner().SignHTTP(ctx, c, req, nothing, "s3", region, time.Now()); err != nil {
		return 0, nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, body, errors.Join(err, res.Body.Close())
}
