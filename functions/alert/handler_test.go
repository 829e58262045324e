package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/alert"
	"tributary/shared/alert/source"
	"tributary/shared/figures"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// noon is when the tests happen: far from now, as engines remove what has outlived its time.
var noon = time.Date(2036, 3, 1, 12, 0, 0, 0, time.UTC)

// stage is a handler on a real engine, with a site of its own and the figures that GET /v1/kpis would answer.
type stage struct {
	*handler
	t     *testing.T
	site  string
	clock time.Time
	folds int
}

func newStage(t *testing.T) *stage {
	t.Helper()
	st := storetest.Open(t)
	s := &stage{t: t, site: storetest.MakeSite(t, st, `{}`), clock: noon}
	now := func() time.Time { return s.clock }
	s.handler = newHandler(st, source.Source{Reader: figures.New(st, now), Now: now}, "trb-AlertsTable-1ABC", now)
	s.log = slog.New(slog.DiscardHandler)
	return s
}

// rule stores a rule, as the api does.
func (s *stage) rule(id, body string) {
	s.t.Helper()
	r, err := settings.ParseRule(id, []byte(body))
	if err != nil {
		s.t.Fatal(err)
	}
	stored, err := json.Marshal(r)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.store.PutSetting(s.t.Context(), store.ShelfOf(s.site, "rules"), store.Setting{ID: id, Body: stored}); err != nil {
		s.t.Fatal(err)
	}
	_, _ = s.store.PutSetting(s.t.Context(), store.Ruled, store.Setting{ID: s.site, Body: []byte("{}")}) // once is enough
}

// count adds to a counter of the site, as kpi does.
func (s *stage) count(at time.Time, m kpi.Measure, n int64) {
	s.t.Helper()
	s.folds++
	f := kpi.NewFold("arn"+s.site, s.clock)
	f.Add(fmt.Sprintf("%040d", s.folds), fmt.Sprint(s.folds), []kpi.Move{{Key: kpi.Key{Site: s.site, Dimension: kpi.BySite, Bucket: kpi.Bucket(at.UnixMilli(), false)}, Measure: m, Amount: n}})
	if _, err := f.Apply(s.t.Context(), s.store, func(context.Context, kpi.Delta, error) error { return nil }); err != nil {
		s.t.Fatal(err)
	}
}

// batch is a batch of the stream, as Lambda sends it, with the site's name in it.
func (s *stage) batch() []byte {
	s.t.Helper()
	b, err := os.ReadFile("testdata/keys.json")
	if err != nil {
		s.t.Fatal(err)
	}
	return []byte(strings.ReplaceAll(string(b), "SITE", s.site))
}

// told lists the site's alerts, the latest first, as "rule state".
func (s *stage) told() []string {
	s.t.Helper()
	list, err := s.store.Alerts(s.t.Context(), s.site, "", "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	out := []string{}
	for _, a := range list {
		out = append(out, a.Rule+" "+a.State)
	}
	return out
}

func (s *stage) invoke(payload []byte) {
	s.t.Helper()
	if _, err := s.Invoke(s.t.Context(), payload); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) want(what string, want ...string) {
	s.t.Helper()
	if d := cmp.Diff(append([]string{}, want...), s.told()); d != "" {
		s.t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// TestAlertIsRaisedAndClearedOnce ensures that a figure beyond its bound raises one alert however often the batch comes, that one
// which goes back clears it, and that the next time is a new one.
func TestAlertIsRaisedAndClearedOnce(t *testing.T) {
	s := newStage(t)
	s.rule("many", `{"kpi":"visits","above":"9"}`)
	s.count(noon, kpi.Visits, 9)
	s.invoke(s.batch())
	s.want("at the bound")
	s.count(noon, kpi.Visits, 1)
	s.invoke(s.batch())
	s.invoke(s.batch())
	s.want("above it", "many raised")
	s.count(noon, kpi.Visits, -1)
	s.clock = noon.Add(time.Minute)
	s.invoke(s.batch())
	s.invoke(s.batch())
	s.want("back again", "many cleared")
	s.count(noon, kpi.Visits, 5)
	s.clock = noon.Add(2 * time.Minute)
	s.invoke(s.batch())
	s.want("above it once more", "many raised", "many cleared")
	list, err := s.store.Alerts(t.Context(), s.site, alert.Cleared, "", 100)
	if err != nil || len(list) != 1 {
		t.Fatalf("cleared: %v, %v", list, err)
	}
	want := alert.Alert{
		ID: "2087985600000-many", Site: s.site, Rule: "many", State: alert.Cleared, KPI: "visits", Condition: "above", From: "2036-03-01", To: "2036-03-02",
		Value: "10", Bound: "9", Before: "0", Raised: "2036-03-01T12:00:00.000Z", Cleared: "2036-03-01T12:01:00.000Z", ValueNow: "9",
		Why: "visits on 2036-03-01 is 9, which is no longer beyond 9. It was raised at 2036-03-01T12:00:00.000Z, when it was 10.",
	}
	if d := cmp.Diff(want, list[0]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestRunsAtOnce ensures that of many runs on the same figures one raises the alert.
func TestRunsAtOnce(t *testing.T) {
	s := newStage(t)
	s.rule("many", `{"kpi":"visits","above":"9"}`)
	s.count(noon, kpi.Visits, 10)
	batch := s.batch()
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.Invoke(t.Context(), batch) })
	}
	wg.Wait()
	failed := 0
	for _, err := range errs {
		if err != nil { // transactions that met; the batch comes again
			failed++
		}
	}
	if failed == len(errs) {
		t.Fatalf("all failed: %v", errs)
	}
	s.want("eight runs", "many raised")
}

// TestHourlyRun ensures that a figure that stands still is judged too, with every rule of the site, and that an alert goes with its rule.
func TestHourlyRun(t *testing.T) {
	s := newStage(t)
	s.rule("silence", `{"kpi":"visits","over":"1d","below":"1"}`)
	s.rule("pause", `{"kpi":"visits","below":"1","for":"2h"}`)
	payload, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		t.Fatal(err)
	}
	s.invoke(payload)
	s.want("at once", "silence raised")
	s.clock = noon.Add(2 * time.Hour)
	s.invoke(payload)
	s.want("two hours later", "pause raised", "silence raised")
	shelf := store.ShelfOf(s.site, "rules")
	if err := s.store.DeleteSetting(t.Context(), shelf, "silence", 1); err != nil {
		t.Fatal(err)
	}
	s.invoke(payload)
	s.invoke(payload)
	s.want("its rule is gone", "pause raised", "silence cleared")
}

// TestBatchJudgesWhatMoved ensures that a batch judges the rules whose days it moved, and no site without rules.
func TestBatchJudgesWhatMoved(t *testing.T) {
	s := newStage(t)
	s.rule("yesterday", `{"kpi":"visits","over":"1d","below":"1"}`)
	s.rule("month", `{"kpi":"visits","over":"28d","below":"1"}`)
	batch := strings.ReplaceAll(string(s.batch()), "2036-02-20T07:15~2036-03-01", "2036-03-01T10")
	s.invoke([]byte(batch))
	s.want("today moved")
	s.invoke(s.batch()) // from the 20th on
	s.want("a late event moved the 20th", "yesterday raised", "month raised")
}

// TestOneFailsOthersDoNot ensures that a rule whose figures cannot be read leaves the others judged, has the batch come again, and is
// judged then.
func TestOneFailsOthersDoNot(t *testing.T) {
	s := newStage(t)
	s.rule("a", `{"kpi":"clicks","below":"1"}`)
	s.rule("b", `{"kpi":"visits","below":"1"}`)
	real := s.figures
	s.figures = failing{real, "clicks"}
	if _, err := s.Invoke(t.Context(), s.batch()); !errors.Is(err, errAway) {
		t.Errorf("got %v, want the failure", err)
	}
	s.want("the first failed", "b raised")
	s.figures = real
	s.invoke(s.batch())
	s.want("the batch came again", "b raised", "a raised")
}

var errAway = errors.New("away")

// failing fails to read one figure.
type failing struct {
	alert.Figures
	kpi string
}

func (f failing) Lines(ctx context.Context, site settings.Site, p url.Values) ([]alert.Line, error) {
	if p.Get("kpis") == f.kpi {
		return nil, errAway
	}
	return f.Figures.Lines(ctx, site, p)
}

// TestPaceReadsTheCampaign ensures that a pace follows the budget that the campaign has now, by any name that its spend carries.
func TestPaceReadsTheCampaign(t *testing.T) {
	s := newStage(t)
	s.clock = time.Date(2036, 3, 16, 12, 0, 0, 0, time.UTC)
	s.rule("pace", `{"campaign":"spring","pace":{"over":"1.1"}}`)
	shelf := store.ShelfOf(s.site, "campaigns")
	put := func(version int64, body string) {
		t.Helper()
		if _, err := s.store.PutSetting(t.Context(), shelf, store.Setting{ID: "spring", Body: []byte(body), Version: version}); err != nil {
			t.Fatal(err)
		}
	}
	put(0, `{"id":"spring","aliases":["Frühling"],"budget":{"amount":"100","currency":"USD","period":"month"}}`)
	s.folds++
	f := kpi.NewFold("arn"+s.site, s.clock)
	f.Add(fmt.Sprintf("%040d", s.folds), fmt.Sprint(s.folds), []kpi.Move{{
		Key: kpi.Key{Site: s.site, Dimension: kpi.ByCampaign, Value: "Frühling", Split: "Paid Search", Bucket: "2036-03-02T00"}, Measure: "media_cost_micros:USD", Amount: 60_000_000,
	}})
	if err := s.store.PutName(t.Context(), s.site, kpi.ByCampaign, "Frühling"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Apply(t.Context(), s.store, func(context.Context, kpi.Delta, error) error { return nil }); err != nil {
		t.Fatal(err)
	}
	s.invoke([]byte(`{}`))
	s.want("60 of 100 by the middle of the month", "pace raised")
	put(1, `{"id":"spring","aliases":["Frühling"],"budget":{"amount":"200","currency":"USD","period":"month"}}`)
	s.invoke([]byte(`{}`))
	s.want("of 200", "pace cleared")
}

// TestMovedSites ensures that keys tell site and hours, whatever stands in names, and that lists and directories move nothing.
func TestMovedSites(t *testing.T) {
	s := &stage{t: t, site: "shop"}
	var b struct{ Records []json.RawMessage }
	if err := json.Unmarshal(s.batch(), &b); err != nil {
		t.Fatal(err)
	}
	records := [][]byte{[]byte(`{"dynamodb":{}}`), []byte(`no record`)}
	for _, r := range b.Records {
		records = append(records, r)
	}
	got, unread := movedSites(records)
	want := map[string]hours{"shop": {from: time.Date(2036, 2, 20, 7, 15, 0, 0, time.UTC), to: time.Date(2036, 3, 1, 11, 0, 0, 0, time.UTC)}}
	if len(got) != 1 || got["shop"] != want["shop"] || unread != 2 {
		t.Errorf("got %v and %d unread, want %v and 2", got, unread, want)
	}
}
