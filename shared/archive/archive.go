// Package archive is the only importer of S3: files that are written once under a key and never changed.
package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"tributary/shared/store"
)

// What a caller can do something about; every other error is the archive's failure.
var (
	ErrExists   = errors.New("a file of this key exists")
	ErrNotFound = errors.New("no file of this key")
	ErrTooLarge = errors.New("the file is larger than asked for")
)

// Archive reads and writes one bucket. It is safe for concurrent use.
type Archive struct {
	s3     *s3.Client
	sign   *s3.PresignClient
	bucket string
}

// File is one key of a listing; Size is in bytes.
type File struct {
	Key  string
	Size int64
}

// Open makes an Archive from the environment that Lambda gives: BUCKET, AWS_REGION, the credentials, and
// AWS_ENDPOINT_URL_S3 where S3 is not AWS's; the bucket is then part of the path.
func Open(getenv func(string) string) (*Archive, error) {
	bucket := getenv("BUCKET")
	if bucket == "" {
		return nil, errors.New("archive: BUCKET must be set")
	}
	creds, err := store.Credentials(getenv)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	o := s3.Options{
		Region:      getenv("AWS_REGION"),
		Credentials: creds,
		// S3 answers two conditional puts of one key at once with a 409 that asks to try again.
		Retryer: retry.AddWithErrorCodes(retry.NewStandard(), "ConditionalRequestConflict"),
		Logger:  logging.Nop{},
	}
	if u := getenv("AWS_ENDPOINT_URL_S3"); u != "" {
		o.BaseEndpoint, o.UsePathStyle = aws.String(u), true
	}
	client := s3.New(o)
	return &Archive{s3: client, sign: s3.NewPresignClient(client), bucket: bucket}, nil
}

// PutOnce writes a file whose key is free; ErrExists when it is not. A put whose answer is lost is tried again and then
// finds its own file, so on ErrExists compare what stands there before giving up the key.
func (a *Archive) PutOnce(ctx context.Context, key, contentType string, body []byte) error {
	return a.PutStreamOnce(ctx, key, contentType, bytes.NewReader(body), int64(len(body)))
}

// Ensured takes a file that stands for one that was written: of what PutOnce answers, ErrExists is no error where every writer of a
// key writes the same, or the first is as good.
func Ensured(err error) error {
	if errors.Is(err, ErrExists) {
		return nil
	}
	return err
}

// PutStreamOnce is PutOnce of size bytes that are read as they are sent, at most S3's 5 GB. A try anew reads them again.
func (a *Archive) PutStreamOnce(ctx context.Context, key, contentType string, body io.ReadSeeker, size int64) error {
	_, err := a.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &a.bucket, Key: &key, ContentType: &contentType, IfNoneMatch: aws.String("*"), Body: body, ContentLength: &size,
	})
	return wrap(err, "PutOnce", key)
}

// Holds reports whether a file has these bytes. Both are read as they come and neither is held.
func (a *Archive) Holds(ctx context.Context, key string, body io.Reader) (bool, error) {
	out, err := a.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &key})
	if err != nil {
		return false, wrap(err, "Holds", key)
	}
	defer out.Body.Close()
	same, err := equal(out.Body, body)
	return same, wrap(err, "Holds", key)
}

// equal compares two streams up to the first byte that differs.
func equal(a, b io.Reader) (bool, error) {
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, errA := io.ReadFull(a, x)
		m, errB := io.ReadFull(b, y)
		if n != m || !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		for _, err := range []error{errA, errB} {
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if errA != nil {
			return true, nil
		}
	}
}

// Get reads a file of at most limit bytes: ErrNotFound, or ErrTooLarge before more than limit bytes are read.
func (a *Archive) Get(ctx context.Context, key string, limit int64) ([]byte, error) {
	out, err := a.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &key})
	if err != nil {
		return nil, wrap(err, "Get", key)
	}
	defer out.Body.Close()
	body, err := io.ReadAll(io.LimitReader(out.Body, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, wrap(err, "Get", key)
	}
	return body, nil
}

// Read reads a file of any size as it comes: ErrNotFound where there is none. The caller closes it.
func (a *Archive) Read(ctx context.Context, key string) (io.ReadCloser, error) {
	out, err := a.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &key})
	if err != nil {
		return nil, wrap(err, "Read", key)
	}
	return out.Body, nil
}

// List returns the files whose keys begin with prefix, in order of key, all pages of them.
func (a *Archive) List(ctx context.Context, prefix string) ([]File, error) {
	return a.listAfter(ctx, prefix, "")
}

// listAfter is List without the keys up to and with one.
func (a *Archive) listAfter(ctx context.Context, prefix, after string) ([]File, error) {
	var files []File
	in := &s3.ListObjectsV2Input{Bucket: &a.bucket, Prefix: &prefix}
	if after != "" {
		in.StartAfter = &after
	}
	pages := s3.NewListObjectsV2Paginator(a.s3, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "List", prefix)
		}
		for _, o := range page.Contents {
			files = append(files, File{Key: aws.ToString(o.Key), Size: aws.ToInt64(o.Size)})
		}
	}
	return files, nil
}

// Presign returns a URL that reads one file without credentials for as long as valid says.
func (a *Archive) Presign(ctx context.Context, key string, valid time.Duration) (string, error) {
	req, err := a.sign.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &a.bucket, Key: &key}, s3.WithPresignExpires(valid))
	if err != nil {
		return "", wrap(err, "Presign", key)
	}
	return req.URL, nil
}

// wrap names the operation and its key, and turns the answers that mean something into this package's errors.
func wrap(err error, op, key string) error {
	if err == nil {
		return nil
	}
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		switch answer.HTTPStatusCode() {
		case http.StatusPreconditionFailed:
			err = ErrExists
		case http.StatusNotFound:
			err = notFound(err)
		}
	}
	return fmt.Errorf("archive: %s(%q): %w", op, key, err)
}

// notFound tells a key that is absent from a bucket that is: the second is a fault of the deployment, not an answer.
func notFound(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "NoSuchKey" {
		return ErrNotFound
	}
	return err
}
