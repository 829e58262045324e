package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tributary/local/send"
	"tributary/shared/webhook/registry"
)

// TestColdDoorsWhileTheEngineIsAway ensures of every provider, and of a server with a key, that a process which has read no
// settings yet turns nobody away while DynamoDB is away and S3 is there: what comes is answered 200, verified when the engine
// is back, and counted once; what nobody signed is refused then.
func TestColdDoorsWhileTheEngineIsAway(t *testing.T) {
	line := cutLine(t, startEngine(t))
	s := startStack(t, "", []string{"AWS_ENDPOINT_URL_DYNAMODB=" + line.URL})
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	senders := map[string]*send.Sender{}
	played := append(slices.Clone(stories), story{provider: "shopify", steps: []delivered{{"orders.paid", nil}}}, story{provider: "hubspot", steps: []delivered{{"workflow.won", nil}}})
	if all := len(registry.All()); len(played) != all {
		t.Errorf("%d of %d providers are played", len(played), all)
	}
	for _, w := range played {
		s.must(t, http.MethodPut, "/v1/sites/"+w.provider, map[string]any{"currency": "USD"}, nil)
		from := &send.Sender{URL: s.URL, Key: s.Key, Root: root, Site: w.provider, Client: http.DefaultClient, Now: time.Now, NewID: func() string { n++; return fmt.Sprintf("%024d", n) }}
		if err := from.Connect(t.Context(), w.provider); err != nil {
			t.Fatal(err)
		}
		senders[w.provider] = from
	}
	var issued struct{ Secret string }
	s.must(t, http.MethodPut, "/v1/keys/cold", nil, &issued)

	line.Cut()
	s.chill("webhook")
	s.chill("collect")
	forged, sent := 0, map[string]*send.Delivery{}
	for _, w := range played {
		w.wait(t, senders[w.provider], send.How{Wrong: true})
		sent[w.provider] = w.wait(t, senders[w.provider], send.How{})
		forged += 2
	}
	l := &load{t: t, s: s}
	l.post("/v1/events", issued.Secret, []string{`{"id":"cold-1","type":"lead","user_id":"u-1"}`})
	status, body, _ := l.do(http.MethodPost, "/v1/events", "a key of nobody's", `{"events":[{"id":"cold-2","type":"lead","user_id":"u-2"}]}`)
	if forged++; status != http.StatusAccepted {
		t.Errorf("a key that cannot be looked up: %d %s", status, body)
	}
	line.Mend()

	if done := l.redrive(); done.Refused != forged || done.Unreadable > 0 || done.Stored == 0 {
		t.Errorf("redrive: %+v, want %d refused", done, forged)
	}
	for _, w := range played {
		t.Run(w.provider, func(t *testing.T) {
			w.check(t, s, w.provider, w.steps[0].event, w.steps[0].moves)
			status, answer, err := senders[w.provider].Post(t.Context(), sent[w.provider])
			accepted, duplicates := send.Accepted(answer)
			if err != nil || status != http.StatusOK || w.provider != "spend" && (accepted > 0 || duplicates == 0) {
				t.Errorf("the same again: got %d %s %v, want what is known", status, answer, err)
			}
		})
	}
	var got struct{ Rows []map[string]int64 }
	s.must(t, http.MethodGet, "/v1/kpis?last=7d&kpis=leads", nil, &got)
	if got.Rows[0]["leads"] != 1 {
		t.Errorf("leads of the server: %v, want the one with a key", got.Rows)
	}
}

// wait sends a story's first delivery twice, which each time must be kept for later.
func (w *story) wait(t *testing.T, from *send.Sender, how send.How) *send.Delivery {
	t.Helper()
	change := send.Change{Order: "o-" + from.Site, Anonymous: w.journey, Seed: from.Site}
	if slices.Contains([]string{"standard", "hmac", "token", "mapped"}, w.provider) {
		change.Value = "12.34"
	}
	d, err := from.Make(w.provider, w.steps[0].event, change, how)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		status, answer, err := from.Post(t.Context(), d)
		var told struct{ Waiting bool }
		if json.Unmarshal([]byte(answer), &told) != nil || err != nil || status != http.StatusOK || !told.Waiting {
			t.Errorf("%s %+v: got %d %s %v, want it waiting", w.provider, how, status, answer, err)
		}
	}
	return d
}

// chill ends a function's processes, so that the next request meets one that has read nothing.
func (s *stack) chill(function string) {
	for _, pid := range descendants(s.cmd.Process.Pid) {
		if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil && strings.Contains(exe, "/"+function+"/") {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
