package objects

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Created is an object that was put, as S3 tells EventBridge of it.
type Created struct {
	Bucket, Key string
	ETag        string
	Size        int64 // bytes; -1 where the request did not say
	At          time.Time
	Reason      string // PutObject, CopyObject or CompleteMultipartUpload
}

// Listen has f hear of every object that is put from now on, after it is stored and before its sender has the answer: who
// waits for the answer finds what f began.
func (s *Store) Listen(f func(Created)) { s.heard.Store(&f) }

// ServeHTTP is S3, and tells the listener of what was put.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reason := reasonOf(r)
	seen := &answer{ResponseWriter: w, status: http.StatusOK}
	bucket, key, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	size := sizeOf(r)
	s.fake.ServeHTTP(seen, r)
	if f := s.heard.Load(); f != nil && ok && key != "" && reason != "" && seen.status == http.StatusOK {
		(*f)(Created{
			Bucket: bucket, Key: key, ETag: strings.Trim(seen.Header().Get("ETag"), `"`), Size: size, At: time.Now(), Reason: reason,
		})
	}
}

// reasonOf tells requests that make an object from those that make a part, a tag or nothing.
func reasonOf(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case r.Method == http.MethodPost && q.Has("uploadId"):
		return "CompleteMultipartUpload"
	case r.Method != http.MethodPut:
		return ""
	}
	for _, part := range []string{"partNumber", "acl", "tagging", "retention", "legal-hold"} {
		if q.Has(part) {
			return ""
		}
	}
	if r.Header.Get("X-Amz-Copy-Source") != "" {
		return "CopyObject"
	}
	return "PutObject"
}

// sizeOf is the size of a plain put; clients that sign chunk by chunk say it in a header of its own.
func sizeOf(r *http.Request) int64 {
	if n, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64); err == nil {
		return n
	}
	if r.Method == http.MethodPost || r.Header.Get("X-Amz-Copy-Source") != "" {
		return -1
	}
	return r.ContentLength
}

// answer notes the status.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}
