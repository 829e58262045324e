package spill

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oklog/ulid/v2"

	"tributary/shared/archive/archivetest"
	"tributary/shared/event"
)

func batch() Batch {
	return Batch{Version: 1, Door: "pixel", Facts: event.Door{Now: 1767225600000, Agent: "human"}, Events: []Event{
		{Draft: &event.Event{ID: "1", Type: "visit", Site: "s", AnonymousID: "a", Received: 1767225600000, Agent: "human"}, Raw: "v=a"},
	}}
}

func TestObjects(t *testing.T) {
	want := batch()
	raw, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(raw)
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	for name, bad := range map[string]string{
		"nothing": "", "half an object": string(raw[:len(raw)/2]), "something behind": string(raw) + "{}", "a later version": strings.Replace(string(raw), `"v":1`, `"v":2`, 1),
		"no arrival": strings.Replace(string(raw), `"now":1767225600000`, `"now":0`, 1), "no events": `{"v":1,"door":"pixel","facts":{"now":1},"events":[]}`,
		"an event that is none": `{"v":1,"door":"pixel","facts":{"now":1},"events":[{"raw":"x"}]}`,
	} {
		if _, err := Decode([]byte(bad)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	raw, err := batch().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := Decode(raw)
		if err != nil {
			return
		}
		again, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(again); err != nil {
			t.Fatalf("%s cannot be read again: %v", again, err)
		}
	})
}

func TestKeys(t *testing.T) {
	at := time.Date(2026, 3, 1, 23, 59, 0, 5e6, time.FixedZone("", -3600))
	id := ulid.MustNew(ulid.Timestamp(at), nil).String()
	key := Key(at, id)
	if key != "spill/2026/03/02/00/"+id+".json" {
		t.Errorf("got %s, want the hour in UTC", key)
	}
	if got, ok := ArrivedAt(key); !ok || !got.Equal(at) {
		t.Errorf("got %v, %v, want %v", got, ok, at)
	}
	for _, other := range []string{"spill/", "spill/x.json", "reports/2026/03/02/00/" + id + ".json", "spill/2026/13/02/00/" + id} {
		if _, ok := ArrivedAt(other); ok {
			t.Errorf("%s is no key of ours", other)
		}
	}
}

// Ensures that a real S3 server takes what is signed here, and that an answer that says no is an error after two tries.
func TestPut(t *testing.T) {
	server := archivetest.Start(t)
	b, err := Open(server.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	key := Key(time.Unix(1767225600, 0), "01ABC")
	if err := b.Put(t.Context(), key, []byte(`{"a":1}`)); err != nil {
		t.Fatal(err)
	}
	if got, err := server.Archive(t).Get(t.Context(), key, 100); err != nil || string(got) != `{"a":1}` {
		t.Errorf("got %s, %v", got, err)
	}
	for _, c := range []struct {
		name  string
		fault func(n int) archivetest.Fault
		ok    bool
	}{
		{"refused once", func(n int) archivetest.Fault {
			if n == 1 {
				return archivetest.Refuse
			}
			return archivetest.None
		}, true},
		{"the answer is lost: the object is written again", func(n int) archivetest.Fault {
			if n == 1 {
				return archivetest.LoseReply
			}
			return archivetest.None
		}, true},
		{"refused always", func(int) archivetest.Fault { return archivetest.Refuse }, false},
	} {
		var tries atomic.Int32 // the server counts in its own goroutine
		server.Break(func(r *http.Request) archivetest.Fault {
			if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=test/") {
				t.Errorf("%s: Authorization %q", c.name, r.Header.Get("Authorization"))
			}
			return c.fault(int(tries.Add(1)))
		})
		if err := b.Put(t.Context(), key, []byte("x")); (err == nil) != c.ok || tries.Load() != 2 {
			t.Errorf("%s: %v after %d tries", c.name, err, tries.Load())
		}
	}
}

func TestOpenWantsItsEnvironment(t *testing.T) {
	env := map[string]string{"BUCKET": "b", "AWS_REGION": "cn-north-1", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
	b, err := Open(func(n string) string { return env[n] })
	if err != nil || b.base != "https://b.s3.cn-north-1.amazonaws.com.cn" {
		t.Errorf("got %+v, %v", b, err)
	}
	for name := range env {
		if _, err := Open(func(n string) string {
			if n == name {
				return ""
			}
			return env[n]
		}); err == nil {
			t.Errorf("opened without %s", name)
		}
	}
}
