package archive_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive"
	"tributary/shared/archive/archivetest"
)

func TestOpenWantsItsEnvironment(t *testing.T) {
	whole := map[string]string{"BUCKET": "b", "AWS_REGION": "r", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
	if _, err := archive.Open(func(n string) string { return whole[n] }); err != nil {
		t.Fatalf("a whole environment: %v", err)
	}
	for name := range whole {
		_, err := archive.Open(func(n string) string {
			if n == name {
				return ""
			}
			return whole[n]
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: got %v, want an error that names it", name, err)
		}
	}
}

func TestPutOnce(t *testing.T) {
	a, ctx := archivetest.Start(t).Archive(t), t.Context()
	if err := a.PutOnce(ctx, "reports/a", "text/csv", []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := a.PutOnce(ctx, "reports/a", "text/csv", []byte("second")); !errors.Is(err, archive.ErrExists) {
		t.Errorf("a second put: got %v, want ErrExists", err)
	}
	got, err := a.Get(ctx, "reports/a", 100)
	if err != nil || string(got) != "first" {
		t.Errorf("got %q, %v; want the first put", got, err)
	}
}

// Of many puts of one key at once exactly one writes.
func TestPutOnceAtOnce(t *testing.T) {
	a := archivetest.Start(t).Archive(t)
	var wrote, exists atomic.Int64
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			switch err := a.PutOnce(t.Context(), "k", "text/plain", fmt.Append(nil, i)); {
			case err == nil:
				wrote.Add(1)
			case errors.Is(err, archive.ErrExists):
				exists.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if wrote.Load() != 1 || exists.Load() != 19 {
		t.Errorf("%d wrote and %d found it there, want 1 and 19", wrote.Load(), exists.Load())
	}
}

// A put whose reply is lost is tried again and reports ErrExists although it wrote: callers must compare.
func TestPutOnceLosesItsReply(t *testing.T) {
	s := archivetest.Start(t)
	a := s.Archive(t)
	var calls atomic.Int64
	s.Break(func(*http.Request) archivetest.Fault {
		if calls.Add(1) == 1 {
			return archivetest.LoseReply
		}
		return archivetest.None
	})
	if err := a.PutOnce(t.Context(), "k", "text/plain", []byte("mine")); !errors.Is(err, archive.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if got, err := a.Get(t.Context(), "k", 10); err != nil || string(got) != "mine" {
		t.Errorf("got %q, %v; want what was put", got, err)
	}
}

func TestGet(t *testing.T) {
	s := archivetest.Start(t)
	a, ctx := s.Archive(t), t.Context()
	if err := a.PutOnce(ctx, "k", "text/plain", []byte("0123456789")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, key string
		limit     int64
		want      error
	}{
		{"as large as asked for", "k", 10, nil},
		{"a byte too large", "k", 9, archive.ErrTooLarge},
		{"absent", "none", 10, archive.ErrNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := a.Get(ctx, c.key, c.limit); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	other, err := archive.Open(func(n string) string {
		if n == "BUCKET" {
			return "no-such-bucket"
		}
		return s.Getenv(n)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Get(ctx, "k", 10); err == nil || errors.Is(err, archive.ErrNotFound) {
		t.Errorf("without its bucket: got %v, want a failure and not ErrNotFound", err)
	}
}

func TestListReadsEveryPage(t *testing.T) {
	a, ctx := archivetest.Start(t).Archive(t), t.Context()
	var want []archive.File
	for i := range 1100 { // a page has 1,000
		f := archive.File{Key: fmt.Sprintf("reports/%04d", i), Size: int64(1 + i%3)}
		want = append(want, f)
		if err := a.PutOnce(ctx, f.Key, "text/plain", make([]byte, f.Size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.PutOnce(ctx, "reportz", "text/plain", nil); err != nil {
		t.Fatal(err)
	}
	got, err := a.List(ctx, "reports/")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got, err := a.List(ctx, "none/"); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v; want nothing", got, err)
	}
}

func TestPresign(t *testing.T) {
	a, ctx := archivetest.Start(t).Archive(t), t.Context()
	if err := a.PutOnce(ctx, "reports/a b+c.csv", "text/csv; charset=utf-8", []byte("x,y\r\n")); err != nil {
		t.Fatal(err)
	}
	url, err := a.Presign(ctx, "reports/a b+c.csv", 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(url, "X-Amz-Expires=300") || !strings.Contains(url, "X-Amz-Signature=") {
		t.Errorf("not a URL signed for five minutes: %s", url)
	}
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "x,y\r\n" || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("got %q of type %q, %v", body, res.Header.Get("Content-Type"), err)
	}
}

func TestFailuresAreNamed(t *testing.T) {
	s := archivetest.Start(t)
	a, ctx := s.Archive(t), t.Context()
	s.Break(func(*http.Request) archivetest.Fault { return archivetest.Refuse })
	_, getErr := a.Get(ctx, "k1", 1)
	_, listErr := a.List(ctx, "k1")
	for op, err := range map[string]error{"PutOnce": a.PutOnce(ctx, "k1", "text/plain", nil), "Get": getErr, "List": listErr} {
		if err == nil || !strings.Contains(err.Error(), op+`("k1")`) {
			t.Errorf("got %v, want an error that names %s and its key", err, op)
		}
	}
}
