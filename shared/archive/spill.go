package archive

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Page returns up to 1,000 files whose keys begin with prefix and come after a key, in order of key.
func (a *Archive) Page(ctx context.Context, prefix, after string) ([]File, error) {
	in := &s3.ListObjectsV2Input{Bucket: &a.bucket, Prefix: &prefix}
	if after != "" {
		in.StartAfter = &after
	}
	out, err := a.s3.ListObjectsV2(ctx, in)
	if err != nil {
		return nil, wrap(err, "Page", prefix)
	}
	files := make([]File, len(out.Contents))
	for i, o := range out.Contents {
		files[i] = File{Key: aws.ToString(o.Key), Size: aws.ToInt64(o.Size)}
	}
	return files, nil
}

// Delete removes a file; one that is gone already is no error.
func (a *Archive) Delete(ctx context.Context, key string) error {
	_, err := a.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &a.bucket, Key: &key})
	return wrap(err, "Delete", key)
}

// Move gives a file another key, whatever its size, without reading it here. Moving one that is gone is ErrNotFound.
func (a *Archive) Move(ctx context.Context, from, to string) error {
	source := url.PathEscape(a.bucket + "/" + from)
	_, err := a.s3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &a.bucket, Key: &to, CopySource: &source})
	if err != nil {
		return wrap(err, "Move", from)
	}
	return a.Delete(ctx, from)
}
