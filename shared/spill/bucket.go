package spill

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"tributary/shared/store"
)

// tries is how often one object is put; what a try costs is bounded by the caller's context.
const tries = 2

// Bucket writes objects: one signed PUT, by the signer and the HTTP client that the DynamoDB client brings along. S3's own
// client would make each hot function half as large again. It is safe for concurrent use.
type Bucket struct {
	client *http.Client
	creds  aws.CredentialsProvider
	signer *v4.Signer
	region string
	base   string // address of the bucket
	now    func() time.Time
}

// Open makes a Bucket from the environment that Lambda gives: BUCKET, AWS_REGION, the credentials, and
// AWS_ENDPOINT_URL_S3 where S3 is not AWS's; the bucket is then part of the path.
func Open(getenv func(string) string) (*Bucket, error) {
	name, region := getenv("BUCKET"), getenv("AWS_REGION")
	if name == "" {
		return nil, errors.New("spill: BUCKET must be set")
	}
	creds, err := store.Credentials(getenv)
	if err != nil {
		return nil, fmt.Errorf("spill: %w", err)
	}
	base := "https://" + name + ".s3." + region + "." + store.Domain(region)
	if u := getenv("AWS_ENDPOINT_URL_S3"); u != "" {
		base = u + "/" + name
	}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	return &Bucket{client: &http.Client{}, creds: creds, signer: signer, region: region, base: base, now: time.Now}, nil
}

// Put writes one object under a key of letters, digits, - . and /. An error means that it may stand there or not.
func (b *Bucket) Put(ctx context.Context, key string, body []byte) error {
	var err error
	for range tries {
		if err = b.put(ctx, key, body); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("spill: Put(%q): %w", key, err)
	}
	return nil
}

func (b *Bucket) put(ctx context.Context, key string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, b.base+"/"+key, bytes.NewReader(body))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amz-Content-Sha256", hash)
	creds, err := b.creds.Retrieve(ctx)
	if err != nil {
		return err
	}
	if err := b.signer.SignHTTP(ctx, creds, req, hash, "s3", b.region, b.now()); err != nil {
		return err
	}
	res, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // or the connection is not used again
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("S3 answers %d", res.StatusCode)
	}
	return nil
}
