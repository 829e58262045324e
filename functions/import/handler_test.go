package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive"
	"tributary/shared/archive/archivetest"
	"tributary/shared/event"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/spend"
	"tributary/shared/spend/ledger"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// bench is a handler over a real table and a real bucket, with a site of its own.
type bench struct {
	*handler
	t     *testing.T
	site  string
	store *store.Store
	files *archive.Archive
	s3    *archivetest.Server
	puts  int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	st, s3, site := storetest.Open(t), archivetest.Start(t), storetest.Site(t)
	a := s3.Archive(t)
	log := slog.New(slog.DiscardHandler)
	now := func() time.Time { return time.Date(2026, 3, 3, 9, 16, 0, 0, time.UTC) }
	h := &handler{files: a, connections: st, in: ingest.New("import", st, now, log), ledger: ledger.New(st, st), log: log}
	body, err := json.Marshal(settings.DefaultSite(site))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.PutSetting(t.Context(), store.Sites, store.Setting{ID: site, Body: body}); err != nil {
		t.Fatal(err)
	}
	return &bench{handler: h, t: t, site: site, store: st, files: a, s3: s3}
}

// put stores a file and brings the notice of it, a second after the one before.
func (b *bench) put(name, body string) created {
	b.t.Helper()
	b.puts++
	raw, err := os.ReadFile("testdata/created.json")
	if err != nil {
		b.t.Fatal(err)
	}
	var e created
	if err := json.Unmarshal(bytes.ReplaceAll(raw, []byte("SITE"), []byte(b.site)), &e); err != nil {
		b.t.Fatal(err)
	}
	if name != "" {
		e.Detail.Object.Key = inFolder + b.site + "/" + name
	}
	e.Time, e.Detail.Object.Size = e.Time.Add(time.Duration(b.puts)*time.Second), int64(len(body))
	if err := b.files.PutOnce(b.t.Context(), e.Detail.Object.Key, "text/csv", []byte(body)); err != nil {
		b.t.Fatal(err)
	}
	return e
}

// outcomeOf reads what became of a file.
func (b *bench) outcomeOf(e created) outcome {
	b.t.Helper()
	key := outFolder + strings.TrimPrefix(e.Detail.Object.Key, inFolder) + "/" + e.Time.UTC().Format("20060102T150405Z") + ".json"
	body, err := b.files.Get(b.t.Context(), key, 1<<20)
	if err != nil {
		b.t.Fatal(err)
	}
	var o outcome
	if err := json.Unmarshal(body, &o); err != nil {
		b.t.Fatal(err)
	}
	return o
}

// costs reads what stands in the table of one day's rows of a file.
func (b *bench) costs(connection, body string) map[string]int64 {
	b.t.Helper()
	f, err := spend.Read([]byte(body), spend.Defaults{Currency: "EUR"})
	if err != nil {
		b.t.Fatal(err)
	}
	got := map[string]int64{}
	for i := range f.Sets {
		for j := range f.Sets[i].Rows {
			r := &f.Sets[i].Rows[j]
			e := &event.Event{ID: f.Sets[i].ID(connection, r), Type: "spend"}
			found, err := b.store.EventAt(b.t.Context(), b.site, e.Home(), e.SortKey())
			if err != nil {
				b.t.Fatal(err)
			}
			if found != nil {
				got[r.Date+" "+r.Campaign] = found.Cost
			}
		}
	}
	return got
}

const (
	head  = "date,campaign,channel,cost,currency\n"
	older = head + "2026-03-01,a,Paid Search,1,EUR\n2026-03-01,b,Paid Search,2,EUR\n2026-03-02,a,Paid Search,3,EUR\n"
	newer = head + "2026-03-01,b,Paid Search,2.5,EUR\n"
)

// Ensures that a file's rows stand, that a newer one replaces the days it is about and no other, and that both tell.
func TestAFileReplacesItsDays(t *testing.T) {
	b := newBench(t)
	first := b.put("", older)
	if err := b.Invoke(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	second := b.put("google-ads/mended.csv", newer)
	if err := b.Invoke(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"2026-03-01 b": 2_500000, "2026-03-02 a": 3_000000}
	if d := cmp.Diff(want, b.costs("google-ads", older)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for range 2 { // Lambda may bring both again, in any order
		for _, e := range []created{second, first} {
			if err := b.Invoke(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if d := cmp.Diff(want, b.costs("google-ads", older)); d != "" {
		t.Errorf("after more deliveries (-want +got):\n%s", d)
	}
	o := b.outcomeOf(second)
	if o.Status != "imported" || o.Rows != 1 || len(o.Days) != 1 || o.Days[0].Removed != 1 || o.Days[0].Outcome != ledger.Applied {
		t.Errorf("got %+v", o)
	}
}

// Ensures that what is wrong with a file is told beside it and stores nothing, or nothing of that day.
func TestWhatIsWrongIsTold(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name, file, body, status, code string
		days, refused                  int
	}{
		{"no table", "x/page.csv", "<html>", "refused", "missing_field", 0, 0},
		{"a row of one day", "x/row.csv", older + "2026-03-01,c,Paid Search,?,EUR\n", "partly", "invalid_amount", 1, 1},
		{"rows that span days", "x/span.csv", "Campaign name,Amount spent (EUR),Reporting starts,Reporting ends\nc,5,2026-03-01,2026-03-02\n", "refused", "invalid_time", 0, 1},
		{"older than the site keeps", "x/old.csv", head + "2020-03-01,a,Paid Search,1,EUR\n" + "2026-03-01,a,Paid Search,1,EUR\n", "partly", "outside_retention", 1, 1},
		{"still to come", "x/new.csv", head + "2027-03-01,a,Paid Search,1,EUR\n", "refused", "invalid_time", 0, 1},
	} {
		e := b.put(c.file, c.body)
		if err := b.Invoke(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		o := b.outcomeOf(e)
		got := ""
		if o.Error != nil {
			got = string(o.Error.Code)
		} else if len(o.Refused) > 0 {
			got = string(o.Refused[0].Code)
		}
		if o.Status != c.status || got != c.code || len(o.Days) != c.days || o.RefusedCount != c.refused {
			t.Errorf("%s: got %s, %s, %d days, %d refused; want %s, %s, %d, %d", c.name, o.Status, got, len(o.Days), o.RefusedCount, c.status, c.code, c.days, c.refused)
		}
	}
	kept, err := b.store.Kept(t.Context(), b.site, 10)
	if err != nil || len(kept) == 0 {
		t.Errorf("%d in quarantine, %v", len(kept), err)
	}
}

// Ensures that a connection's own settings are read, and that a folder is not taken for another connection's.
func TestTheConnectionSays(t *testing.T) {
	b := newBench(t)
	for id, body := range map[string]string{
		b.site + "-radio": `{"provider":"spend","site":"` + b.site + `","spend":{"currency":"GBP","channel":"Audio","day_order":"dmy"}}`,
		b.site + "-other": `{"provider":"stripe","site":"` + b.site + `"}`,
	} {
		if _, err := b.store.PutSetting(t.Context(), store.Connections, store.Setting{ID: id, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	radio := b.put(b.site+"-radio/a.csv", "date,cost\n02/03/2026,12.50\n")
	other := b.put(b.site+"-other/a.csv", older)
	for _, e := range []created{radio, other} {
		if err := b.Invoke(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if o := b.outcomeOf(radio); o.Status != "imported" || o.Days[0].Date != "2026-03-02" {
		t.Errorf("got %+v", o)
	}
	if o := b.outcomeOf(other); o.Status != "refused" || o.Error == nil {
		t.Errorf("got %+v", o)
	}
}

// Ensures that a file that lies in no connection's folder is told of, in its outcome and in quarantine.
func TestAFileInNoFolder(t *testing.T) {
	b := newBench(t)
	e := b.put("a.csv", older)
	if err := b.Invoke(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if o := b.outcomeOf(e); o.Status != "refused" || o.Error == nil || o.Error.Field != "key" {
		t.Errorf("got %+v", o)
	}
	kept, err := b.store.Kept(t.Context(), "", 1000)
	if err != nil || !slices.ContainsFunc(kept, func(q store.Quarantined) bool { return q.Raw == e.Detail.Object.Key }) {
		t.Errorf("%d in quarantine, none of them the file, %v", len(kept), err)
	}
}

// Ensures that a failure of the bucket is tried again, and that nothing is started for what is no file.
func TestFailuresAndFolders(t *testing.T) {
	b := newBench(t)
	e := b.put("ads/a.csv", older)
	b.s3.Break(func(r *http.Request) archivetest.Fault {
		if r.Method == http.MethodGet {
			return archivetest.Refuse
		}
		return archivetest.None
	})
	if err := b.Invoke(t.Context(), e); err == nil {
		t.Error("a file that cannot be read is no error")
	}
	b.s3.Break(func(r *http.Request) archivetest.Fault {
		if r.Method == http.MethodPut {
			return archivetest.Refuse
		}
		return archivetest.None
	})
	if err := b.Invoke(t.Context(), e); err == nil {
		t.Error("an outcome that cannot be kept is no error")
	}
	b.s3.Break(nil)
	if err := b.Invoke(t.Context(), e); err != nil || b.outcomeOf(e).Status != "imported" {
		t.Errorf("got %v, %+v", err, b.outcomeOf(e))
	}
	for _, key := range []string{"imports/", "imports/default/", "imports/default/ads/", "imports/default/a.csv", "reports/x", "imports/de fault/ads/a.csv"} {
		var none created
		none.Detail.Object.Key, none.Detail.Object.Size = key, 1
		if err := b.Invoke(t.Context(), none); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}
