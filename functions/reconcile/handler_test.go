package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
	"tributary/shared/visitors"
)

// noon is when everything happened; the recount is ten days later.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// stage is a handler on real engines, with a site of its own.
type stage struct {
	*handler
	t     *testing.T
	s3    *archivetest.Server
	site  string
	batch int
}

func newStage(t *testing.T, body string) *stage {
	t.Helper()
	st, s3 := storetest.Open(t), archivetest.Start(t)
	h := newHandler(st, s3.Archive(t), func() time.Time { return noon.AddDate(0, 0, 10) })
	h.segments, h.held, h.sketched = 6, 3, 20 // so that every segment has several runs
	return &stage{handler: h, t: t, s3: s3, site: storetest.MakeSite(t, st, body)}
}

// fold counts moves as kpi does, each call a batch of one shard.
func (s *stage) fold(at time.Time, moves []kpi.Move) {
	s.t.Helper()
	s.batch++
	for _, m := range moves {
		if m.Value != "" {
			if err := s.store.PutName(s.t.Context(), s.site, m.Dimension, m.Value); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	f := kpi.NewFold("arn"+s.site+"shard-1", at)
	f.Add(fmt.Sprintf("%040d", s.batch), fmt.Sprint(s.batch), moves)
	if _, err := f.Apply(s.t.Context(), s.store, func(context.Context, kpi.Delta, error) error { return nil }); err != nil {
		s.t.Fatal(err)
	}
}

// visits stores n visits of people of their own, and counts them.
func (s *stage) visits(n int) {
	s.t.Helper()
	for i := range n {
		e := &event.Event{
			ID: fmt.Sprint("v", i), Type: "visit", Site: s.site, Time: noon.Add(time.Duration(i) * time.Minute).UnixMilli(), Received: noon.UnixMilli(),
			AnonymousID: fmt.Sprint("a", i), Channel: "Email", Campaign: "spring", Source: "news", Medium: "email", Hash: "h",
		}
		s.put(e)
		s.fold(noon, kpi.Moves(e))
		s.sight(e)
	}
}

// sight notes visitors as kpi does.
func (s *stage) sight(events ...*event.Event) {
	s.t.Helper()
	var list []visitors.Sighting
	for _, e := range events {
		if seen, ok := visitors.Seen(e); ok {
			list = append(list, seen)
		}
	}
	if err := visitors.NewWriter(s.store).Visits(s.t.Context(), list); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) put(e *event.Event) {
	s.t.Helper()
	if _, err := s.store.PutEvent(s.t.Context(), e); err != nil {
		s.t.Fatal(err)
	}
}

// plant makes a counter wrong by hand, long ago.
func (s *stage) plant(d kpi.Dimension, value string, n int64) {
	s.t.Helper()
	s.fold(noon, []kpi.Move{{Key: kpi.Key{Site: s.site, Dimension: d, Value: value, Bucket: kpi.Bucket(noon.UnixMilli(), false)}, Measure: kpi.Visits, Amount: n}})
}

func (s *stage) invoke(input string) any {
	s.t.Helper()
	out, err := s.handle(s.t.Context(), json.RawMessage(input))
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// recounted invokes a recount and returns its answer and what drifted on the stage's site.
func (s *stage) recounted(input string) (*answer, []driftLine) {
	s.t.Helper()
	a, ok := s.invoke(input).(*answer)
	if !ok || !a.Done {
		s.t.Fatalf("got %+v, want a recount that is done", a)
	}
	var doc document
	if err := s.get(s.t.Context(), a.Report, &doc); err != nil {
		s.t.Fatal(err)
	}
	var own []driftLine
	for _, l := range doc.First {
		if l.Site == s.site {
			l.Site = ""
			own = append(own, l)
		}
	}
	return a, own
}

// Ensures that figures that are right have no drift, that a wrong one is found by dimension and measure, is mended on request
// and then is right, and that what is delivered again after a mend is still counted once.
func TestAWrongCounterIsFoundAndMended(t *testing.T) {
	s := newStage(t, "{}")
	s.visits(90)
	if a, own := s.recounted(`{"run":"right"}`); len(own) != 0 || a.Judged == 0 {
		t.Fatalf("drift of figures that are right: %+v of %d judged", own, a.Judged)
	}
	s.plant(kpi.ByChannel, "Email", 5)
	want := driftLine{Dimension: "channel", Value: "Email", Bucket: "2026-03-01T12", Measure: "visits", Expected: 60, Found: 65}
	a, own := s.recounted(`{"run":"wrong"}`)
	if d := cmp.Diff([]driftLine{want}, own); d != "" || a.Drift["visits"].Counters < 1 || a.Mended != 0 {
		t.Errorf("%+v (-want +got):\n%s", a, d)
	}
	want.Mended = true
	if _, own := s.recounted(`{"run":"mended","mend":true}`); cmp.Diff([]driftLine{want}, own) != "" {
		t.Errorf("mended: %+v", own)
	}
	s.batch = 0
	s.fold(noon, []kpi.Move{{Key: kpi.Key{Site: s.site, Dimension: kpi.ByChannel, Value: "Email", Bucket: "2026-03-01T12"}, Measure: kpi.Visits, Amount: 1}})
	if _, own := s.recounted(`{"run":"again"}`); len(own) != 0 {
		t.Errorf("after the mend: %+v", own)
	}
}

// Ensures that what was counted late, in items of its own, is part of the figure, and that a counter with such items is
// mended as any other.
func TestLateCountsAreRecounted(t *testing.T) {
	s := newStage(t, "{}")
	s.visits(2)
	e := &event.Event{ID: "late", Type: "visit", Site: s.site, Time: noon.UnixMilli(), Received: noon.UnixMilli(), AnonymousID: "z", Channel: "Email", Hash: "h"}
	s.put(e)
	late := kpi.Moves(e)
	kpi.LatenessAt(noon.AddDate(0, 0, 3).UnixMilli()).Mark(late)
	s.fold(noon, late)
	s.sight(e)
	if _, own := s.recounted(`{"run":"late"}`); len(own) != 0 {
		t.Fatalf("drift %+v", own)
	}
	s.plant(kpi.ByChannel, "Email", -1)
	if _, own := s.recounted(`{"run":"late-mend","mend":true}`); len(own) != 1 || own[0].Expected != 3 || own[0].Found != 2 || !own[0].Mended {
		t.Errorf("drift %+v", own)
	}
	if _, own := s.recounted(`{"run":"late-again"}`); len(own) != 0 {
		t.Errorf("after the mend: %+v", own)
	}
}

// Ensures that counters are made where they are missing altogether, under names that readers find, from events and records.
func TestLostCountersAreRebuilt(t *testing.T) {
	s := newStage(t, "{}")
	s.put(&event.Event{ID: "v", Type: "visit", Site: s.site, Time: noon.UnixMilli(), Received: noon.UnixMilli(), AnonymousID: "a", Channel: "Email", Hash: "h"})
	moves := kpi.EncodeMoves([]kpi.Move{{Key: kpi.Key{Site: s.site, Dimension: kpi.ByGoal, Value: "purchase", Bucket: "2026-03-01T12"}, Measure: kpi.Conversions, Amount: 1}})
	if _, err := s.store.PutRecord(t.Context(), s.site, journey.KindConversion, journey.Record{Node: "O#1", Time: noon.UnixMilli(), Moves: moves, Body: "{}", Written: noon.UnixMilli()}); err != nil {
		t.Fatal(err)
	}
	if _, own := s.recounted(`{"run":"lost","mend":true}`); len(own) != 5 || !own[0].Mended || !own[4].Mended {
		t.Errorf("got %+v, want the visitor of the hour and of the day, visits of the site and of the channel, and a conversion", own)
	}
	names, err := s.store.Names(t.Context(), s.site, kpi.ByGoal)
	if err != nil || cmp.Diff([]string{"purchase"}, names) != "" {
		t.Errorf("names %v, %v", names, err)
	}
	if _, own := s.recounted(`{"run":"found"}`); len(own) != 0 {
		t.Errorf("after the rebuild: %+v", own)
	}
}

// Ensures that what may still be on its way is neither drift nor mended: an event, a record and a counter of the last day.
func TestWhatIsNotSettledIsNotJudged(t *testing.T) {
	s := newStage(t, "{}")
	yesterday := noon.AddDate(0, 0, 9).Add(time.Minute)
	s.put(&event.Event{ID: "late", Type: "visit", Site: s.site, Time: noon.UnixMilli(), Received: yesterday.UnixMilli(), AnonymousID: "a", Channel: "Email", Hash: "h"})
	s.fold(yesterday, []kpi.Move{{Key: kpi.Key{Site: s.site, Dimension: kpi.ByChannel, Value: "Direct", Bucket: "2026-03-01T12"}, Measure: kpi.Visits, Amount: 1}})
	if a, own := s.recounted(`{"run":"young","mend":true}`); len(own) != 0 || a.Unsettled < 3 {
		t.Errorf("drift %+v, %d unsettled", own, a.Unsettled)
	}
	settled := fmt.Sprintf(`{"run":"old","settled":%q}`, yesterday.Add(time.Minute).Format(time.RFC3339))
	if _, own := s.recounted(settled); len(own) != 5 {
		t.Errorf("a minute later: %+v, want the visitor missing twice, the site's and the channel's visit, and one of Direct too many", own)
	}
}

// Ensures that a run that dies at any put goes on from there and ends with the same verdict.
func TestEveryPutMayFail(t *testing.T) {
	s := newStage(t, "{}")
	s.visits(20)
	s.plant(kpi.BySite, "", 2)
	for n := int64(0); n < 90; n += 7 {
		var puts atomic.Int64
		s.s3.Break(func(r *http.Request) archivetest.Fault {
			if r.Method == http.MethodPut && puts.Add(1)-1 == n {
				return archivetest.Refuse
			}
			return archivetest.None
		})
		input := fmt.Sprintf(`{"run":"put-%d"}`, n)
		_, err := s.handle(t.Context(), json.RawMessage(input))
		if err == nil && puts.Load() > n {
			t.Fatalf("put %d failed and the run did not", n)
		}
		s.s3.Break(nil)
		if _, own := s.recounted(input); len(own) != 1 || own[0].Found-own[0].Expected != 2 {
			t.Errorf("after put %d failed: %+v", n, own)
		}
	}
}

// Ensures that a run without time for another segment says so, and that the next one goes on with what is left.
func TestARunThatHasNoTimeGoesOnLater(t *testing.T) {
	s := newStage(t, "{}")
	s.visits(3)
	short, cancel := context.WithDeadline(t.Context(), time.Now().Add(margin))
	defer cancel()
	out, err := s.handle(short, json.RawMessage(`{"run":"slow"}`))
	if a, ok := out.(*answer); err == nil && (!ok || a.Done) {
		t.Fatalf("got %+v, want a run that is not done", out)
	}
	if _, own := s.recounted(`{"run":"slow"}`); len(own) != 0 {
		t.Errorf("drift %+v", own)
	}
}

// Ensures that the schedule's recount is one a day, by the nominal time.
func TestTheScheduleRecountsOnceADay(t *testing.T) {
	s := newStage(t, "{}")
	first, _ := s.recounted(`{"scheduled_time":"2026-03-11T00:35:00Z"}`)
	again, _ := s.recounted(`{"scheduled_time":"2026-03-11T01:35:00Z"}`)
	if first.Run != "2026-03-11" || cmp.Diff(first, again) != "" {
		t.Errorf("got %+v and %+v", first, again)
	}
}

// Ensures that records follow a setting that changed, by the schedule, once for each change.
func TestChangedSettingsRestate(t *testing.T) {
	s := newStage(t, `{"currency":"USD"}`)
	s.put(&event.Event{
		ID: "c", Type: "conversion", Site: s.site, Time: noon.UnixMilli(), Received: noon.UnixMilli(), UserID: "u", OrderID: "o", HasValue: true, Value: 1000,
		Currency: "EUR", Hash: "h",
	})
	value := func(hour string) int64 {
		t.Helper()
		s.invoke(fmt.Sprintf(`{"scheduled_time":"2026-03-11T%s:35:00Z"}`, hour))
		r, err := s.store.Record(t.Context(), s.site, journey.KindConversion, "O#o")
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Conversion()
		if err != nil {
			t.Fatal(err)
		}
		return c.Value
	}
	set := func(rate string) {
		t.Helper()
		v, _, err := s.store.Setting(t.Context(), store.Sites, s.site)
		if err != nil {
			t.Fatal(err)
		}
		v.Body = []byte(strings.Replace(string(v.Body), `"fx":[]`, `"fx":[{"currency":"EUR","from":"2026-01-01","rate":"`+rate+`"}]`, 1))
		if _, err := s.store.PutSetting(t.Context(), store.Sites, v); err != nil {
			t.Fatal(err)
		}
	}
	if got := value("00"); got != 0 {
		t.Errorf("without a rate the value is %d, want 0", got)
	}
	set("1.10")
	if got := value("01"); got != 1100 {
		t.Errorf("with a rate the value is %d, want 1100", got)
	}
}

// Ensures that inputs that are wrong are answered with what to do, and change nothing.
func TestWrongInputs(t *testing.T) {
	s := newStage(t, "{}")
	for _, c := range []struct {
		input string
		field string
	}{
		{`{"mend":tru}`, ""},
		{`{"mended":true}`, ""},
		{`{} {}`, ""},
		{`{"scheduled_time":"yesterday"}`, "scheduled_time"},
		{`{"scheduled_time":"2026-03-11T00:35:00Z","mend":true}`, "scheduled_time"},
		{`{"restate":true,"mend":true}`, "restate"},
		{`{"restate":true,"rebuild":true}`, "restate"},
		{`{"site":"shop"}`, "site"},
		{`{"run":"../reports/x"}`, "run"},
		{`{"run":"x","settled":"now"}`, "settled"},
		{`{"run":"x","settled":"2030-01-01T00:00:00Z"}`, "settled"},
		{`{"run":"x","settled":"2026-03-11T13:00:01Z"}`, "settled"},
		{`{"run":"x","rebuild":true,"settled":"2026-03-11T13:01:00Z"}`, "settled"},
	} {
		out, ok := s.invoke(c.input).(map[string]*fault.Fault)
		if !ok || out["error"] == nil || out["error"].Field != c.field {
			t.Errorf("%s: got %v, want a fault of %q", c.input, out, c.field)
		}
	}
}
