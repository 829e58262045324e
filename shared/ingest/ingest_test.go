package ingest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// fake is a store whose answers a test sets.
type fake struct {
	mu      sync.Mutex
	reads   int
	sites   map[string]settings.Site
	down    error
	outcome store.Outcome
	kept    []store.Quarantined
}

func (f *fake) Site(_ context.Context, id string) (settings.Site, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	s, ok := f.sites[id]
	return s, ok && f.down == nil, f.down
}

func (f *fake) PutEvent(context.Context, *event.Event) (store.Outcome, error) {
	return f.outcome, f.down
}

func (f *fake) Keep(_ context.Context, q store.Quarantined) error {
	f.kept = append(f.kept, q)
	return f.down
}

// open makes an Ingest over a fake with one site, and the clock that it reads.
func open() (*Ingest, *fake, *time.Time, *bytes.Buffer) {
	f := &fake{sites: map[string]settings.Site{"shop": settings.DefaultSite("shop")}, outcome: store.Stored}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	return Over("test", f, f, f, func() time.Time { return at }, slog.New(slog.NewJSONHandler(&out, nil))), f, &at, &out
}

// prepare runs Prepare for a lead at the keyed door.
func prepare(in *Ingest, site string, time int64) error {
	d := in.Door(event.TrustKeyed)
	return in.Prepare(context.Background(), &event.Event{ID: "1", Type: "lead", Site: site, Time: time, Received: d.Now}, d, "")
}

func code(err error) fault.Code {
	if f := fault.Of(err); f != nil {
		return f.Code
	}
	return ""
}

func TestSettingsAreReadOnceInHalfAMinute(t *testing.T) {
	in, f, at, _ := open()
	for range 100 {
		if err := prepare(in, "shop", 0); err != nil {
			t.Fatal(err)
		}
	}
	if f.reads != 1 {
		t.Errorf("%d reads, want 1", f.reads)
	}
	*at = at.Add(29 * time.Second)
	_ = prepare(in, "shop", 0)
	*at = at.Add(time.Second)
	_ = prepare(in, "shop", 0)
	if f.reads != 2 {
		t.Errorf("%d reads after half a minute, want 2", f.reads)
	}
}

func TestARefusalBySettingsReadsThemAfresh(t *testing.T) {
	in, f, at, _ := open()
	_ = prepare(in, "shop", 0)
	*at = at.Add(time.Second)
	old := at.AddDate(-2, 0, 0).UnixMilli()
	if err := prepare(in, "shop", old); code(err) != fault.OutsideRetention || f.reads != 2 {
		t.Errorf("got %v after %d reads, want outside_retention after 2", err, f.reads)
	}
	*at = at.Add(time.Second)
	longer := f.sites["shop"]
	longer.RetentionDays = 4000
	f.sites["shop"] = longer
	if err := prepare(in, "shop", old); err != nil {
		t.Errorf("settings changed a second ago are not seen: %v", err)
	}
	if err := prepare(in, "new", 0); code(err) != fault.UnknownSite {
		t.Errorf("got %v, want unknown_site", err)
	}
	*at = at.Add(time.Second)
	f.sites["new"] = settings.DefaultSite("new")
	if err := prepare(in, "new", 0); err != nil {
		t.Errorf("a site made a second ago is not seen: %v", err)
	}
}

func TestABatchForAnUnknownSiteReadsOnce(t *testing.T) {
	in, f, _, _ := open()
	for range 100 {
		if err := prepare(in, "nowhere", 0); code(err) != fault.UnknownSite {
			t.Fatal(err)
		}
	}
	if f.reads != 1 {
		t.Errorf("%d reads, want 1 a moment", f.reads)
	}
	for i := range 3 * maxCached {
		_ = prepare(in, "invented-"+strconv.Itoa(i), 0)
	}
	if len(in.sites.known) > maxCached {
		t.Errorf("%d invented sites are remembered, want at most %d", len(in.sites.known), maxCached)
	}
}

func TestOldSettingsStandWhileTheStoreIsDown(t *testing.T) {
	in, f, at, _ := open()
	_ = prepare(in, "shop", 0)
	f.down = errors.New("down")
	*at = at.Add(time.Hour)
	if err := prepare(in, "shop", 0); err != nil {
		t.Errorf("got %v, want the settings of an hour ago", err)
	}
	if err := prepare(in, "other", 0); err == nil || code(err) != "" {
		t.Errorf("got %v, want the store's error: whether the site exists is not known", err)
	}
}

func TestAppKey(t *testing.T) {
	in, f, _, _ := open()
	s := f.sites["shop"]
	s.AppKeySHA256 = settings.KeyHash("key")
	f.sites["shop"], f.sites["keyless"] = s, settings.DefaultSite("keyless")
	for _, c := range []struct {
		site, key string
		want      fault.Code
	}{{"shop", "key", ""}, {"shop", "no", fault.Unauthorized}, {"keyless", "key", fault.Unauthorized}} {
		d := in.Door(event.TrustPublic)
		e := &event.Event{Type: "lead", Site: c.site}
		if err := in.Prepare(t.Context(), e, d, settings.KeyHash(c.key)); code(err) != c.want {
			t.Errorf("%s with %s: got %v, want %q", c.site, c.key, err, c.want)
		}
	}
}

func TestPutKeepsConflicts(t *testing.T) {
	in, f, _, out := open()
	f.outcome = store.Conflict
	_, err := in.Put(t.Context(), &event.Event{ID: "1", Site: "shop"}, `{"phone":"+4930123456"}`)
	if code(err) != fault.IDConflict || len(f.kept) != 1 || f.kept[0].EventID != "1" || strings.Contains(f.kept[0].Raw, "4930") {
		t.Errorf("got %v, kept %+v", err, f.kept)
	}
	in.Refuse(t.Context(), "shop", "1", "", fault.Of(err))
	if len(f.kept) != 1 || !strings.Contains(out.String(), `"refused":1`) {
		t.Errorf("a conflict is counted with the refusals and kept once: %+v %s", f.kept, out)
	}
}

func TestWhatCannotBeKeptIsLogged(t *testing.T) {
	in, f, _, out := open()
	f.down = errors.New("down")
	in.Refuse(t.Context(), "", "", "x", fault.New(fault.InvalidJSON, "", "no"))
	in.Failed(t.Context(), 3, f.down)
	for _, want := range []string{"could not be kept", `"store_failures":3`, `"code":"invalid_json"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %s: %s", want, out)
		}
	}
}

func TestMask(t *testing.T) {
	email, err := event.HashEmail("ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	phone, err := event.HashPhone("+4930123456")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, raw, want string }{
		{"nothing private", `{"type":"x","id":"1"}`, `{"type":"x","id":"1"}`},
		{"an address in JSON", `{"email":"Ada@example.org"}`, `{"email":"` + email + `"}`},
		{"an address in a query", `v=a&email=ada%40example.org`, `v=a&email=` + email},
		{"an address within an address", `{"page":"https://x/?mail=ada@example.org"}`, `{"page":"https://x/?mail=` + email + `"}`},
		{"what only looks like one", `{"x":"@"}`, `{"x":"…@…"}`},
		{"a number in JSON", `{"phone": "+49 30 123456","id":"7"}`, `{"phone": "` + phone + `","id":"7"}`},
		{"a number in a query", `phone=%2B4930123456&id=7`, `phone=` + phone + `&id=7`},
		{"half a number", `{"phone":"12`, `{"phone":"…`},
		{"empty", ``, ``},
	} {
		if got := mask(c.raw); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	if got := clip(strings.Repeat("é", 5000)); len(got) > maxRaw+3 || strings.ToValidUTF8(got, "") != got {
		t.Errorf("clip leaves %d bytes", len(got))
	}
}

func FuzzMask(f *testing.F) {
	f.Add(`{"email":"ada@example.org","phone":"+49 30 1"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		if got := mask(raw); strings.Contains(strings.ReplaceAll(got, "…@…", ""), "@") {
			t.Fatalf("%q shows an address: %q", raw, got)
		}
	})
}

// Ensures that a mistyped site is found where input without a site is: nobody looks under its own name.
func TestAnUnknownSiteIsKeptWhereItIsSeen(t *testing.T) {
	in, f, _, _ := open()
	in.Refuse(t.Context(), "shpo", "1", "{}", fault.New(fault.UnknownSite, "site", "there is no site shpo"))
	in.Refuse(t.Context(), "shop", "2", "{}", fault.New(fault.MissingField, "type", "say what it is"))
	if len(f.kept) != 2 || f.kept[0].Site != "" || f.kept[1].Site != "shop" {
		t.Errorf("kept %+v, want the first without a site", f.kept)
	}
}
