package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	"tributary/shared/fault"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/report"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// shop is a site of its own on the real engine.
type shop struct {
	*tables
	t    *testing.T
	site settings.Site
	fold int64
}

func newShop(t *testing.T, body string) *shop {
	t.Helper()
	s := &shop{tables: newTables(storetest.Open(t), nil, time.Now), t: t}
	site, err := settings.ParseSite(storetest.Site(t), []byte(body), settings.Site{})
	if err != nil {
		t.Fatal(err)
	}
	s.site = site
	s.set(store.Sites, site.ID, site)
	return s
}

func (s *shop) set(shelf store.Shelf, id string, v any) {
	s.t.Helper()
	body, err := json.Marshal(v)
	if err == nil {
		_, err = s.store.PutSetting(s.t.Context(), shelf, store.Setting{ID: id, Body: body})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// record stores a conversion as journey does; what is not set counts as a plain sale.
func (s *shop) record(node, when string, c journey.Conversion) {
	s.t.Helper()
	c.Time = at(when)
	if c.Currency == "" {
		c.Currency = s.site.Currency
	}
	body, err := json.Marshal(c)
	if err != nil {
		s.t.Fatal(err)
	}
	ok, err := s.store.PutRecord(s.t.Context(), s.site.ID, journey.KindConversion, journey.Record{Node: node, Digest: "d", Time: c.Time, Body: string(body)})
	if err != nil || !ok {
		s.t.Fatal(ok, err)
	}
}

// spend adds media cost to a counter, and its name.
func (s *shop) spend(d kpi.Dimension, value, split, bucket, currency string, micros int64) {
	s.t.Helper()
	s.add(kpi.Key{Site: s.site.ID, Dimension: d, Value: value, Bucket: bucket, Split: split}, map[kpi.Measure]int64{kpi.CostIn(kpi.MediaCost, currency): micros, kpi.Clicks: 1})
}

// count adds to a counter of noon on 1 March 2026, and its name.
func (s *shop) count(d kpi.Dimension, value string, amounts map[kpi.Measure]int64) {
	s.t.Helper()
	s.add(kpi.Key{Site: s.site.ID, Dimension: d, Value: value, Bucket: "2026-03-01T12"}, amounts)
}

func (s *shop) add(k kpi.Key, amounts map[kpi.Measure]int64) {
	s.t.Helper()
	s.fold++
	pad := fmt.Sprintf("%040d", s.fold)
	_, err := s.store.AddCounters(s.t.Context(), kpi.Delta{Key: k, Shard: "0011223344556677", Low: pad, High: pad, Amounts: amounts})
	if err == nil && k.Dimension != kpi.BySite {
		err = s.store.PutName(s.t.Context(), s.site.ID, k.Dimension, k.Value)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// told is report.json as far as the tests look.
type told struct {
	Totals map[string]int64
	Models map[string]struct {
		Channels, Campaigns []struct {
			Channel, Campaign string
			Conversions       int64 `json:"conversions_micro"`
			Value             int64 `json:"value_minor"`
			Cost              int64 `json:"media_cost_micros"`
		}
	}
}

func (s *shop) report(period, date string) told {
	s.t.Helper()
	var f told
	if err := json.Unmarshal(s.document(period, date), &f); err != nil {
		s.t.Fatal(err)
	}
	return f
}

// document is report.json.
func (s *shop) document(period, date string) []byte {
	s.t.Helper()
	p, err := report.PeriodOf(period, date, s.site.Location())
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := s.Report(s.t.Context(), s.site, p)
	if err != nil {
		s.t.Fatal(err)
	}
	files, err := r.Files(1)
	if err != nil {
		s.t.Fatal(err)
	}
	return files[0].Body
}

// plain is a sale of the default goal.
func plain(value, net int64, touches ...journey.Touch) journey.Conversion {
	c := journey.Conversion{Goal: "purchase", Primary: true, Counts: 1, NetCount: 1, Orders: 1, Value: value, Net: net, Touches: touches}
	if net == 0 {
		c.NetCount = 0
	}
	return c
}

// Ensures that a period holds its own conversions, to the millisecond, and only those of primary goals that count.
func TestConversionsThatCount(t *testing.T) {
	s := newShop(t, `{"currency":"EUR","tz":"Europe/Berlin"}`)
	s.record("O#1", "2026-02-28T23:00:00Z", plain(1, 1)) // midnight in Berlin
	s.record("O#2", "2026-03-01T22:59:59.999Z", plain(2, 0))
	s.record("O#before", "2026-02-28T22:59:59.999Z", plain(4, 4))
	s.record("O#after", "2026-03-01T23:00:00Z", plain(8, 8))
	renewal := plain(16, 16)
	renewal.Kind, renewal.Counts = "renewal", 0
	s.record("O#renewal", "2026-03-01T12:00:00Z", renewal)
	signup := plain(0, 0)
	signup.Goal, signup.Primary = "sign_up", false
	s.record("N#signup", "2026-03-01T12:00:00Z", signup)
	waiting := journey.Conversion{Net: -32, Goal: "purchase", Primary: true} // a refund whose sale is not known yet
	s.record("O#waiting", "2026-03-01T12:00:00Z", waiting)
	want := map[string]int64{
		"conversions": 2, "value_minor": 3, "net_value_minor": 1, "net_conversions": 1, "media_cost_micros": 0,
		"unattributed_conversions": 2, "unattributed_value_minor": 3, "unconverted_conversions": 0,
	}
	if d := cmp.Diff(want, s.report(report.Daily, "2026-03-01").Totals); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	s.set(store.ShelfOf(s.site.ID, "goals"), "sign_up", settings.Goal{ID: "sign_up", Kind: settings.GoalSignup, Primary: true})
	want["conversions"], want["value_minor"], want["net_value_minor"], want["net_conversions"] = 1, 0, 0, 0
	want["unattributed_conversions"], want["unattributed_value_minor"] = 1, 0
	if d := cmp.Diff(want, s.report(report.Daily, "2026-03-01").Totals); d != "" {
		t.Errorf("with another primary goal (-want +got):\n%s", d)
	}
}

// Ensures that the site's look-back rules, however many touches the record holds.
func TestTouchesOfTheLookback(t *testing.T) {
	s := newShop(t, `{"lookback_days":7}`)
	conv := at("2026-03-20T12:00:00Z")
	touch := func(id string, ms int64) journey.Touch {
		return journey.Touch{ID: id, Time: ms, Channel: id, Campaign: "c-" + id}
	}
	const week = 7 * 24 * 3600 * 1000
	s.record("O#1", "2026-03-20T12:00:00Z", plain(100, 100, touch("out", conv-week-1), touch("edge", conv-week), touch("last", conv)))
	f := s.report(report.Monthly, "2026-03-01")
	got := map[string]int64{}
	for _, row := range f.Models["linear"].Campaigns {
		got[row.Campaign+" in "+row.Channel] = row.Conversions
	}
	if d := cmp.Diff(map[string]int64{"c-edge in edge": 500_000, "c-last in last": 500_000}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Ensures that a record from before the site changed its currency is converted or, without a rate, shown apart.
func TestRecordsOfAnotherCurrency(t *testing.T) {
	s := newShop(t, `{"currency":"USD","fx":[{"currency":"EUR","from":"2026-01-01","rate":"1.10"}]}`)
	euro, yen := plain(1000, 500), plain(1000, 500)
	euro.Currency, yen.Currency = "EUR", "JPY"
	s.record("O#1", "2026-03-01T12:00:00Z", euro)
	s.record("O#2", "2026-03-01T12:00:00Z", yen)
	got := s.report(report.Daily, "2026-03-01").Totals
	if got["conversions"] != 2 || got["value_minor"] != 1100 || got["net_value_minor"] != 550 || got["unconverted_conversions"] != 1 {
		t.Errorf("got %v", got)
	}
}

// Ensures that every cost stands in one row, whichever dimensions it has, in the site's currency at its own day's rate.
func TestCosts(t *testing.T) {
	s := newShop(t, `{"tz":"Asia/Kathmandu","fx":[{"currency":"EUR","from":"2026-01-01","rate":"1.10"},{"currency":"EUR","from":"2026-03-02","rate":"2"}]}`)
	const in, before, next = "2026-03-01T12:00", "2026-02-28T18:00", "2026-03-01T18:15" // the 1st there ends at 18:15 UTC
	for _, bucket := range []string{in, before} {
		s.spend(kpi.BySite, "", "", bucket, "USD", 100)
		s.spend(kpi.ByChannel, "Display", "", bucket, "USD", 90)
		s.spend(kpi.ByCampaign, "spring", "Display", bucket, "USD", 40)
		s.spend(kpi.ByCampaign, "radio", "", bucket, "USD", 3)
	}
	s.spend(kpi.BySite, "", "", in, "EUR", 10)
	s.spend(kpi.ByChannel, "Display", "", in, "EUR", 10)
	s.spend(kpi.ByCampaign, "spring", "Display", in, "EUR", 10)
	s.spend(kpi.BySite, "", "", in, "GBP", 5) // no rate
	s.spend(kpi.BySite, "", "", next, "EUR", 7)
	for _, c := range []struct {
		period string
		want   map[string]int64
		total  int64
	}{
		{report.Daily, map[string]int64{"spring in Display": 51, "(none) in Display": 50, "radio in (none)": 3, "(none) in (none)": 7}, 111},
		{report.Monthly, map[string]int64{"spring in Display": 51, "(none) in Display": 50, "radio in (none)": 3, "(none) in (none)": 7 + 14}, 125},
	} {
		f := s.report(c.period, "2026-03-01")
		got := map[string]int64{}
		for _, row := range f.Models["linear"].Campaigns {
			got[row.Campaign+" in "+row.Channel] = row.Cost
		}
		if d := cmp.Diff(c.want, got); d != "" || f.Totals["media_cost_micros"] != c.total {
			t.Errorf("%s: total %d, want %d (-want +got):\n%s", c.period, f.Totals["media_cost_micros"], c.total, d)
		}
	}
}

func TestSites(t *testing.T) {
	s := newShop(t, `{"tz":"Asia/Tokyo"}`)
	sites, err := s.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, site := range sites {
		ids = append(ids, site.ID)
	}
	if !slices.Contains(ids, s.site.ID) || !slices.Contains(ids, settings.DefaultID) || !slices.IsSorted(ids) {
		t.Errorf("got %v, want the shop and the default site, in order", ids)
	}
	if site, err := s.Site(t.Context(), s.site.ID); err != nil || site.TZ != "Asia/Tokyo" {
		t.Errorf("got %+v, %v", site, err)
	}
	if _, err := s.Site(t.Context(), "nowhere-"+s.site.ID); fault.Of(err) == nil || fault.Of(err).Code != fault.UnknownSite {
		t.Errorf("got %v, want unknown_site", err)
	}
}

// Ensures that a body which cannot be read stops the report: it would count too little.
func TestUnreadableRecord(t *testing.T) {
	s := newShop(t, `{}`)
	_, err := s.store.PutRecord(t.Context(), s.site.ID, journey.KindConversion, journey.Record{Node: "O#1", Time: at("2026-03-01T12:00:00Z"), Body: "{"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := report.PeriodOf(report.Daily, "2026-03-01", s.site.Location())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Report(t.Context(), s.site, p); err == nil || !strings.Contains(err.Error(), "O#1") {
		t.Errorf("got %v, want an error that names the record", err)
	}
}

// Ensures that the whole function, on a real engine and a real S3, writes a report and finds it again.
func TestFunction(t *testing.T) {
	s := newShop(t, `{}`)
	s.record("O#1", "2026-03-01T12:00:00Z", plain(100, 100, journey.Touch{ID: "v", Time: at("2026-03-01T11:00:00Z"), Channel: "Email"}))
	engine, s3 := storetest.Env(t), archivetest.Start(t)
	h, err := wire(func(name string) string {
		if v := s3.Getenv(name); v != "" {
			return v
		}
		return engine(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	raw := json.RawMessage(`{"site":"` + s.site.ID + `","period":"daily","date":"2026-03-01"}`)
	for _, created := range []bool{true, false} {
		out, err := h.handle(t.Context(), raw)
		if a, ok := out.(answer); err != nil || !ok || a.Created != created || a.Revision != 1 {
			t.Errorf("got %+v, %v; want revision 1, created %v", out, err, created)
		}
	}
}

// Ensures that a conversion whose record gets a later time while the conversions are read is not counted twice: they are read again.
func TestAConversionMovesWhileItIsRead(t *testing.T) {
	s := newShop(t, `{}`)
	s.now = func() time.Time { return time.UnixMilli(at("2026-03-09T00:35:00Z")) }
	s.record("O#1", "2026-03-02T01:00:00Z", plain(100, 0))
	s.record("O#2", "2026-03-04T02:00:00Z", plain(100, 0))
	moved := &moving{tables: s.tables, move: func() {
		r, err := s.store.Record(t.Context(), s.site.ID, journey.KindConversion, "O#1")
		later := at("2026-03-07T23:00:00Z")
		r.Body = strings.Replace(r.Body, fmt.Sprint(r.Time), fmt.Sprint(later), 1)
		r.Time, r.Written = later, s.now().UnixMilli()
		if ok, err2 := s.store.PutRecord(t.Context(), s.site.ID, journey.KindConversion, r); !ok || err != nil || err2 != nil {
			t.Fatal(ok, err, err2)
		}
	}}
	h := newHandler(moved, archivetest.Start(t).Archive(t), s.now)
	p, err := report.PeriodOf(report.Weekly, "2026-03-02", s.site.Location())
	if err != nil {
		t.Fatal(err)
	}
	r, err := h.report(t.Context(), s.site, p, true)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Discard()
	if want := 2 * 7 * store.RangeBuckets; moved.folded != want || r.Conversions() != 2 {
		t.Errorf("%d conversions after %d slices, want 2 after two readings, %d slices", r.Conversions(), moved.folded, want)
	}
}

// moving is a source whose tables change after the first slice that holds anything.
type moving struct {
	*tables
	mu     sync.Mutex
	move   func()
	folded int
}

func (m *moving) Fold(ctx context.Context, site settings.Site, h report.Head, s slice, row func(*report.Credited) error) (*report.Part, error) {
	part, err := m.tables.Fold(ctx, site, h, s, row)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.folded++
	if move := m.move; err == nil && part.Conversions() > 0 && move != nil {
		m.move = nil
		move()
	}
	return part, err
}

// Ensures that a report which was asked for before its period was over says so, and that the one made afterwards is another revision, though
// nothing else has changed.
func TestAReportBeforeTheEnd(t *testing.T) {
	s := newShop(t, `{}`)
	s.record("O#1", "2026-03-01T01:00:00Z", plain(100, 100))
	now := time.UnixMilli(at("2026-03-01T23:59:59Z"))
	s.now = func() time.Time { return now }
	s3 := archivetest.Start(t).Archive(t)
	h := newHandler(s.tables, s3, s.now)
	for revision := 1; revision <= 2; revision++ {
		unfinished := revision == 1
		if revision == 2 {
			now = now.Add(time.Second)
		}
		out, err := h.handle(t.Context(), json.RawMessage(fmt.Sprintf(`{"site":%q,"period":"daily","date":"2026-03-01"}`, s.site.ID)))
		if err != nil {
			t.Fatal(err)
		}
		place := report.Place{Site: s.site.ID, Kind: report.Daily, First: "2026-03-01"}
		body, err := s3.Get(t.Context(), place.Key(revision, report.ReportFile), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if a := out.(answer); a.Revision != revision || strings.Contains(string(body), `"unfinished":true`) != unfinished {
			t.Errorf("%+v: %s", a, body)
		}
		if told := strings.Contains(string(body), `{"id":"period","reason":"settings","from":"not over"`); told == unfinished {
			t.Errorf("revision %d tells of its end: %t: %s", revision, told, body[strings.Index(string(body), `"changes"`):])
		}
	}
}
