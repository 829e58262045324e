package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	"tributary/shared/fault"
	"tributary/shared/report"
	"tributary/shared/settings"
)

// fake is a source in memory: conversions by site.
type fake struct {
	mu     sync.Mutex
	sites  []settings.Site
	held   map[string][]report.Conversion
	err    map[string]error
	built  []string // "site/period/first day" of every report that was asked for
	folded int      // slices
	runs   []string // whose reports share a scan

	dropped   []time.Time // when salts were deleted
	dropFails error

	causes     map[string][]string // by site and conversion, because of what its record was last written
	causesFail error
}

func (f *fake) DropSalts(_ context.Context, now time.Time) error {
	f.dropped = append(f.dropped, now)
	return f.dropFails
}

func (f *fake) Causes(_ context.Context, site string, conversions []string) (map[string][]string, error) {
	told := map[string][]string{}
	for _, id := range conversions {
		if cause := f.causes[site+" "+id]; cause != nil {
			told[id] = cause
		}
	}
	return told, f.causesFail
}

func (f *fake) Within(run string) source {
	f.runs = append(f.runs, run)
	return f
}

func (f *fake) Sites(context.Context) ([]settings.Site, error) { return f.sites, nil }

func (f *fake) Site(_ context.Context, id string) (settings.Site, error) {
	for _, s := range f.sites {
		if s.ID == id {
			return s, nil
		}
	}
	return settings.Site{}, fault.New(fault.UnknownSite, "site", "there is no site %q", id)
}

func (f *fake) Report(ctx context.Context, site settings.Site, p report.Period) (*report.Report, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.built = append(f.built, site.ID+"/"+p.Kind+"/"+p.From)
	if err := f.err[site.ID]; err != nil {
		return nil, err
	}
	return f.whole(ctx, site, p)
}

// hold replaces what a site has.
func (f *fake) hold(site string, list ...report.Conversion) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[site] = list
}

func at(text string) int64 {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t.UnixMilli()
}

func sale(id, when string, value int64) report.Conversion {
	return report.Conversion{ID: id, Time: at(when), Value: value, Net: value, Touches: []report.Touch{{ID: "t", Time: at(when) - 1, Channel: "Email"}}}
}

// stage is a handler on a fake source and a real S3 in memory.
type stage struct {
	*handler
	fake *fake
	s3   *archivetest.Server
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s3 := archivetest.Start(t)
	f := &fake{sites: []settings.Site{settings.DefaultSite("default")}, held: map[string][]report.Conversion{}, err: map[string]error{}}
	f.hold("default", sale("o1", "2026-03-01T12:00:00Z", 100))
	return &stage{newHandler(f, s3.Archive(t), time.Now), f, s3}
}

func event(t *testing.T, name string) json.RawMessage {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// run invokes the handler and wants a report.
func (s *stage) run(t *testing.T, raw json.RawMessage) answer {
	t.Helper()
	out, err := s.handle(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := out.(answer)
	if !ok {
		t.Fatalf("%s: got %v, want a report", raw, out)
	}
	return a
}

// published are the revisions that have a manifest. Every file of each must be as its manifest says.
func (s *stage) published(t *testing.T) map[report.Place][]int {
	t.Helper()
	s.s3.Break(nil)
	files, err := s.archive.List(t.Context(), report.Root)
	if err != nil {
		t.Fatal(err)
	}
	out := map[report.Place][]int{}
	for _, f := range files {
		place, revision, name, ok := report.ParseKey(f.Key)
		if !ok {
			t.Errorf("%q is no report's key", f.Key)
		}
		if name == report.ManifestFile {
			out[place] = append(out[place], revision)
			s.verify(t, place, revision)
		}
	}
	return out
}

func TestOnePeriod(t *testing.T) {
	for _, c := range []struct {
		raw  json.RawMessage
		want answer
	}{
		{event(t, "daily.json"), answer{Period: "daily", From: "2026-03-01", To: "2026-03-02"}},
		{event(t, "range.json"), answer{Period: "range", From: "2026-01-01", To: "2026-05-01"}},
		{json.RawMessage(`{"period":"weekly","date":"2026-03-01"}`), answer{Period: "weekly", From: "2026-02-23", To: "2026-03-02"}},
		{json.RawMessage(`{"period":"monthly","date":"2026-03-31"}`), answer{Period: "monthly", From: "2026-03-01", To: "2026-04-01"}},
		{json.RawMessage(`{"period":"daily","date":"2020-01-01"}`), answer{Period: "daily", From: "2020-01-01", To: "2020-01-02"}}, // nothing happened, and it was asked for
	} {
		s := newStage(t)
		c.want.Site, c.want.Revision, c.want.Created = "default", 1, true
		place := report.Place{Site: "default", Kind: c.want.Period, First: c.want.From}
		c.want.Path = "/v1/reports/default/" + c.want.Period + "/" + c.want.From
		if c.want.Period == report.Range {
			place.To = c.want.To
			c.want.Path += "_" + c.want.To
		}
		if d := cmp.Diff(c.want, s.run(t, c.raw)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.raw, d)
		}
		if d := cmp.Diff(map[report.Place][]int{place: {1}}, s.published(t)); d != "" {
			t.Errorf("%s: published (-want +got):\n%s", c.raw, d)
		}
	}
}

func TestDaysAreTheSites(t *testing.T) {
	s := newStage(t)
	s.fake.sites = append(s.fake.sites, site(t, "tokyo", "Asia/Tokyo"))
	s.fake.hold("tokyo", sale("o1", "2026-02-28T15:00:00Z", 1), sale("o2", "2026-03-01T14:59:59.999Z", 2), sale("o3", "2026-03-01T15:00:00Z", 4))
	s.run(t, json.RawMessage(`{"site":"tokyo","period":"daily","date":"2026-03-01"}`))
	body, err := s.archive.Get(t.Context(), "reports/tokyo/daily/2026-03-01/000001/report.json", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		TZ     string
		Totals struct {
			Value int64 `json:"value_minor"`
		}
	}
	if err := json.Unmarshal(body, &doc); err != nil || doc.TZ != "Asia/Tokyo" || doc.Totals.Value != 3 {
		t.Errorf("got %+v, %v; want the 3 cents of the day in Tokyo", doc, err)
	}
}

func site(t *testing.T, id, tz string) settings.Site {
	t.Helper()
	s, err := settings.ParseSite(id, []byte(`{"tz":"`+tz+`"}`), settings.Site{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBadInput(t *testing.T) {
	for _, c := range []struct {
		raw, field string
		code       fault.Code
	}{
		{``, "", fault.InvalidJSON},
		{`[]`, "", fault.InvalidJSON},
		{`{"period":"daily"`, "", fault.InvalidJSON},
		{`{"period":"daily","date":"2026-03-01"} {}`, "", fault.InvalidJSON},
		{`{"period":"daily","day":"2026-03-01"}`, "", fault.InvalidJSON},
		{`{"period":7}`, "", fault.InvalidJSON},
		{`{}`, "period", fault.MissingField},
		{`{"period":"daily"}`, "date", fault.InvalidField},
		{`{"period":"daily","date":"yesterday"}`, "date", fault.InvalidField},
		{`{"period":"hourly","date":"2026-03-01"}`, "period", fault.InvalidField},
		{`{"period":"daily","date":"2026-03-01","to":"2026-03-04"}`, "from", fault.InvalidField},
		{`{"period":"range","date":"2026-03-01"}`, "date", fault.InvalidField},
		{`{"period":"range","from":"2026-03-01"}`, "to", fault.InvalidField},
		{`{"period":"range","from":"2026-03-01","to":"2026-03-01"}`, "to", fault.InvalidField},
		{`{"site":"../x","period":"daily","date":"2026-03-01"}`, "site", fault.InvalidField},
		{`{"site":"nowhere","period":"daily","date":"2026-03-01"}`, "site", fault.UnknownSite},
		{`{"scheduled_time":"soon"}`, "scheduled_time", fault.InvalidField},
		{`{"scheduled_time":"2026-03-02T00:05:00Z","site":"default"}`, "scheduled_time", fault.InvalidField},
	} {
		s := newStage(t)
		out, err := s.handle(t.Context(), json.RawMessage(c.raw))
		refusal, ok := out.(map[string]*fault.Fault)
		if err != nil || !ok || refusal["error"].Code != c.code || refusal["error"].Field != c.field {
			t.Errorf("%s: got %v, %v; want the answer %s of field %q", c.raw, out, err, c.code, c.field)
		}
		if got := s.published(t); len(got) != 0 {
			t.Errorf("%s: published %v", c.raw, got)
		}
	}
}

// A failure of the tables is an error, so that Lambda counts it, and not an answer.
func TestTablesFail(t *testing.T) {
	s := newStage(t)
	broken := errors.New("the table is gone")
	s.fake.err["default"] = broken
	if _, err := s.handle(t.Context(), event(t, "daily.json")); !errors.Is(err, broken) {
		t.Errorf("got %v, want the failure", err)
	}
}

func TestWireWantsItsEnvironment(t *testing.T) {
	env := archivetest.Start(t).Getenv
	if _, err := wire(env); err != nil {
		t.Errorf("a whole environment: %v", err)
	}
	for _, name := range []string{"BUCKET", "AWS_REGION"} {
		_, err := wire(func(n string) string {
			if n == name {
				return ""
			}
			return env(n)
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: got %v, want an error that names it", name, err)
		}
	}
}
