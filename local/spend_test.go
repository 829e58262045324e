package main_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// upload puts a file into the laptop's bucket.
func upload(t *testing.T, s *stack, key string, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+"/local/bucket/"+key, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("PUT %s: %s", key, res.Status)
	}
}

// download reads an object; nothing when there is none.
func download(t *testing.T, s *stack, key string) []byte {
	t.Helper()
	res, err := http.Get(s.URL + "/local/bucket/" + key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// figure reads one figure of a query's first row that has a value of a name.
func figure(t *testing.T, s *stack, query, name string) any {
	t.Helper()
	var got struct{ Rows []map[string]any }
	s.must(t, http.MethodGet, "/v1/kpis?"+query, nil, &got)
	if len(got.Rows) != 1 {
		t.Fatalf("%s: %d rows, want 1", query, len(got.Rows))
	}
	return got.Rows[0][name]
}

// TestSpendByFile ensures that an export that is dropped into the bucket moves the figures to the cent, that a newer one
// takes its place as a whole, and that files which come again or late change nothing.
func TestSpendByFile(t *testing.T) {
	s := startStack(t, "", nil)
	s.must(t, http.MethodPut, "/v1/sites/default", map[string]any{"currency": "EUR", "tz": "Europe/Berlin"}, nil)
	google, err := os.ReadFile("../shared/spend/testdata/google.csv")
	if err != nil {
		t.Fatal(err)
	}
	const day = "from=2026-03-01&to=2026-03-02&kpis=media_cost_micros"
	cost := func(want float64, after string) {
		t.Helper()
		s.idle(t)
		if got := figure(t, s, day, "media_cost_micros"); got != want {
			t.Errorf("%s the day cost %v, want %v", after, got, want)
		}
	}
	upload(t, s, "imports/default/google-ads/Campaign%20report%20(1).csv", google)
	cost(1_321_660000, "after the export")
	if got := figure(t, s, "from=2026-03-01&to=2026-03-02&channel="+url.QueryEscape("Cross-network")+"&kpis=media_cost_micros", "media_cost_micros"); got != float64(87_100000) {
		t.Errorf("Performance Max cost %v, want 87.10", got)
	}
	waitForNextSecond()
	mended := strings.ReplaceAll(string(google), "2026-03-01,Enabled,Brand | PMax,21044556688,Performance Max,EUR,87.10,\"9,120\",143,1.57%,0.61,4.00\n", "")
	mended = strings.ReplaceAll(mended, `"1,234.56"`, `"1,000.00"`)
	upload(t, s, "imports/default/google-ads/mended.csv", []byte(mended))
	cost(1_000_000000, "after a newer export without a campaign")
	again := map[string]any{
		"time":   time.Now().Add(-time.Hour).UTC().Format(time.RFC3339),
		"detail": map[string]any{"object": map[string]any{"key": "imports/default/google-ads/Campaign report (1).csv", "size": len(google)}},
	}
	for range 2 {
		s.must(t, http.MethodPost, "/2015-03-31/functions/import/invocations", again, nil)
	}
	cost(1_000_000000, "after the older one came again")
	checkOutcome(t, s)
	checkDoor(t, s)
}

// checkDoor ensures that rows which are sent to a connection count as those of a file do, that what comes twice counts
// once, and that who has no token, or nothing that can be read, is told.
func checkDoor(t *testing.T, s *stack) {
	t.Helper()
	const token = "0123456789abcdef-spend"
	s.must(t, http.MethodPut, "/v1/connections/spend", map[string]any{"provider": "spend", "secrets": []string{token}, "spend": map[string]string{"currency": "EUR"}}, nil)
	send := func(token, body string) (int, string) {
		res, err := http.Post(s.URL+"/hooks/spend?token="+token, "text/csv", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		answer, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(answer)
	}
	const rows = `{"rows":[{"date":"2026-04-01","campaign":"a","channel":"Audio","cost":"10.01"},{"date":"2026-04-01","campaign":"b","channel":"Audio","cost":5}]}`
	const fewer = "date,campaign,channel,cost\n2026-04-01,b,Audio,6.50\n"
	for _, c := range []struct {
		name, token, body, says string
		status                  int
		cost                    float64
	}{
		{"no token of ours", "0123456789abcdef-other", rows, "unauthorized", 401, 0},
		{"rows", token, rows, `"accepted":2`, 200, 15_010000},
		{"the same again", token, rows, `"accepted":2`, 200, 15_010000},
		{"no table", token, "hello", "names a column of cost", 400, 15_010000},
		{"a CSV with fewer rows", token, fewer, `"accepted":1`, 200, 6_500000},
	} {
		waitForNextSecond()
		status, answer := send(c.token, c.body)
		s.idle(t)
		if got := figure(t, s, "from=2026-04-01&to=2026-04-02&kpis=media_cost_micros", "media_cost_micros"); status != c.status || !strings.Contains(answer, c.says) || got != c.cost {
			t.Errorf("%s: got %d %s, the day cost %v; want %d with %s, %v", c.name, status, answer, got, c.status, c.says, c.cost)
		}
	}
}

// waitForNextSecond is for files that shall be told apart by the second in which they were put.
func waitForNextSecond() {
	now := time.Now()
	time.Sleep(time.Until(now.Truncate(time.Second).Add(time.Second)))
}

// checkOutcome ensures that what became of a file stands beside it, and that a bad file says what to do.
func checkOutcome(t *testing.T, s *stack) {
	t.Helper()
	span, err := os.ReadFile("../shared/spend/testdata/meta_span.csv")
	if err != nil {
		t.Fatal(err)
	}
	upload(t, s, "imports/default/meta/march.csv", span)
	s.idle(t)
	_, rest, _ := strings.Cut(string(download(t, s, "?prefix=imported/default/meta/")), "<Key>")
	key, _, _ := strings.Cut(rest, "</Key>")
	var o struct {
		Status  string
		Refused []struct{ Code, Message string }
	}
	if err := json.Unmarshal(download(t, s, key), &o); err != nil || o.Status != "refused" || len(o.Refused) != 1 || !strings.Contains(o.Refused[0].Message, "Breakdown") {
		t.Errorf("got %+v of %q, %v", o, key, err)
	}
}
