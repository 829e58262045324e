package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image/gif"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/names"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
	"tributary/shared/visitor"
)

// arrival is when every hit of these tests arrives.
var arrival = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return arrival }

func quiet() *slog.Logger { return slog.New(slog.NewJSONHandler(io.Discard, nil)) }

// hit is testdata/hit.json, as API Gateway sends it, with another query.
func hit(t testing.TB, query string) *httpapi.Request {
	t.Helper()
	b, err := os.ReadFile("testdata/hit.json")
	if err != nil {
		t.Fatal(err)
	}
	r := &httpapi.Request{}
	if err := json.Unmarshal(b, r); err != nil {
		t.Fatal(err)
	}
	if query != "" {
		r.RawQueryString = query
	}
	return r
}

// ask sends a request and returns the answer, which never is an error.
func ask(t testing.TB, h *handler, r *httpapi.Request) httpapi.Response {
	t.Helper()
	res, err := h.serve(t.Context(), r)
	if err != nil {
		t.Fatalf("serve: %v", err)
	}
	return res
}

func TestHitIsStored(t *testing.T) {
	st := storetest.Open(t)
	site := storetest.MakeSite(t, st, `{"tz":"Asia/Kathmandu"}`)
	h := &handler{in: ingest.New("pixel", st, clock, quiet())}
	r := hit(t, "")
	r.RawQueryString = strings.ReplaceAll(r.RawQueryString, "SITE", site)
	r.RawQueryString = strings.Replace(r.RawQueryString, "e=page_view", "e=visit", 1)
	for _, want := range []string{"accepted", "duplicate"} {
		if got := ask(t, h, r).Headers["x-tributary"]; got != want {
			t.Errorf("X-Tributary is %q, want %q", got, want)
		}
	}
	got, err := st.HomeEvents(t.Context(), site, "A#a1")
	if err != nil || len(got) != 1 {
		t.Fatalf("%d events are stored, %v; want 1", len(got), err)
	}
	want := &event.Event{
		ID: "h1", Type: "visit", Site: site, Time: arrival.UnixMilli(), Received: arrival.UnixMilli(), AnonymousID: "a1",
		Page: "https://shop.example/pricing?utm_source=news&utm_medium=email", Referrer: "https://blog.example/",
		Source: "news", Medium: "email", Channel: "Email", ChannelRule: "ga4-2", Agent: event.AgentHuman, Quarter: true,
		Hash: got[0].Hash, TTL: arrival.AddDate(0, 0, 490).Unix(),
	}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestVerdicts(t *testing.T) {
	st := storetest.Open(t)
	site := storetest.MakeSite(t, st, `{}`)
	h := &handler{in: ingest.New("pixel", st, clock, quiet())}
	old := arrival.Add(-73 * time.Hour).UnixMilli()
	ask(t, h, hit(t, "id=taken&v=a1&s="+site))
	for _, c := range []struct{ name, query, header, value, want string }{
		{"a plain hit", "v=a1&s=" + site, "", "", "accepted"},
		{"a second hit without an id is another", "v=a1&s=" + site, "", "", "accepted"},
		{"curl", "v=a1&s=" + site, "user-agent", "curl/8.5.0", "bot"},
		{"a prefetch", "v=a1&s=" + site, "sec-purpose", "prefetch", "prefetch"},
		{"a clock that is wrong", "v=a1&s=" + site + "&t=" + itoa(old), "", "", "clamped"},
		{"1970", "v=a1&t=0&s=" + site, "", "", "clamped"},
		{"2099", "v=a1&t=4070908800000&s=" + site, "", "", "clamped"},
		{"a taken id", "id=taken&v=a2&u=u1&s=" + site, "", "", "accepted"}, // another home: only the id's own home can tell
		{"a taken id with other content", "id=taken&v=a1&s=" + site + "&c=x", "", "", "invalid: id_conflict id"},
		{"nobody's hit is counted", "s=" + site, "", "", "accepted"},
		{"nobody who says who is who", "e=identify&s=" + site, "", "", "invalid: missing_field user_id"},
		{"no such site", "v=a1&s=nowhere", "", "", "invalid: unknown_site site"},
		{"no UTF-8", "v=a%ff&s=" + site, "", "", "invalid: invalid_query v"},
		{"NUL", "v=a%00b&s=" + site, "", "", "invalid: invalid_query v"},
		{"a torn escape", "v=%zz", "", "", "invalid: invalid_query"},
		{"a value of 3 KiB", "v=a1&p.x=" + strings.Repeat("x", 3<<10), "", "", "invalid: too_large props.x"},
		{"a name that would tear the header", "v=a1&%0d%0aset-cookie:x%ff=1", "", "", "invalid: invalid_query ??set-cookie?x?"},
		{"200 parameters", strings.Repeat("a=1&", 200), "", "", "invalid: too_many"},
		{"money without a currency", "e=conversion&val=1.00&s=" + site, "", "", "invalid: missing_field currency"},
		{"more decimals than a cent has", "e=conversion&val=1.005&cur=USD&s=" + site, "", "", "invalid: invalid_amount value"},
	} {
		r := hit(t, c.query)
		if c.header != "" {
			r.Headers[c.header] = c.value
		}
		res := ask(t, h, r)
		if got := res.Headers["x-tributary"]; got != c.want || res.StatusCode != 200 {
			t.Errorf("%s: got %d %q, want 200 %q", c.name, res.StatusCode, got, c.want)
		}
	}
}

func TestRefusedHitsAreKeptWithinABudget(t *testing.T) {
	st := storetest.Open(t)
	site := storetest.MakeSite(t, st, `{}`)
	h := &handler{in: ingest.New("pixel", st, clock, quiet())}
	junk := "e=conversion&id=j&val=x&cur=USD&email=ada%40example.org&s=" + site
	for range 20 {
		ask(t, h, hit(t, junk))
	}
	kept, err := st.Kept(t.Context(), site, 100)
	if err != nil || len(kept) != 5 {
		t.Fatalf("%d refused hits are kept, %v; want 5 a second", len(kept), err)
	}
	want := store.Quarantined{
		ID: kept[0].ID, Site: site, Received: arrival.UnixMilli(), Door: "pixel", Code: "invalid_amount", Field: "value", EventID: "j", Message: kept[0].Message,
		Origin: fmt.Sprintf(`{"facts":{"now":%d,"agent":"human"}}`, arrival.UnixMilli()),
	}
	hash, err := event.HashEmail("ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	want.Raw = strings.Replace(junk, "ada%40example.org", hash, 1)
	if diff := cmp.Diff(want, kept[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestConflictsAreKeptWhateverTheBudget(t *testing.T) {
	st := storetest.Open(t)
	site := storetest.MakeSite(t, st, `{}`)
	h := &handler{in: ingest.New("pixel", st, clock, quiet())}
	ask(t, h, hit(t, "id=1&v=a1&s="+site))
	for i := range 10 {
		ask(t, h, hit(t, "id=1&v=a1&g=other&p.n="+itoa(int64(i))+"&s="+site))
	}
	if kept, err := st.Kept(t.Context(), site, 100); err != nil || len(kept) != 10 || kept[0].Code != "id_conflict" || kept[0].EventID != "1" {
		t.Errorf("%d conflicts are kept, %v; want 10: %v", len(kept), err, kept)
	}
}

func TestPicture(t *testing.T) {
	h := &handler{in: ingest.Over("pixel", failing{}, failing{}, failing{}, clock, quiet())}
	res := ask(t, h, hit(t, "v=a1"))
	body, err := base64.StdEncoding.DecodeString(res.Body)
	if err != nil || len(body) != 43 || !res.IsBase64Encoded {
		t.Fatalf("%d bytes, %v; want 43", len(body), err)
	}
	img, err := gif.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, alpha := img.At(0, 0).RGBA(); img.Bounds().Dx() != 1 || img.Bounds().Dy() != 1 || alpha != 0 {
		t.Errorf("the picture is %v with alpha %d, want one transparent pixel", img.Bounds(), alpha)
	}
	want := map[string]string{
		"content-type": "image/gif", "cache-control": "no-store, no-cache, must-revalidate, private, max-age=0", "pragma": "no-cache", "expires": "0",
		"cross-origin-resource-policy": "cross-origin", "access-control-allow-origin": "*", "access-control-expose-headers": "x-tributary",
		"timing-allow-origin": "*",
		"x-tributary":         "failed: store_unavailable", // and still a picture
	}
	if diff := cmp.Diff(want, res.Headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

// kept is an S3 that takes everything.
type kept struct{ n int }

func (k *kept) Put(context.Context, string, []byte) error {
	k.n++
	return nil
}

func TestAHitWaitsInS3WhileTheStoreIsAway(t *testing.T) {
	s3 := &kept{}
	h := &handler{in: ingest.Over("pixel", failing{}, failing{}, failing{}, clock, quiet()).SpillTo(s3)}
	if got := ask(t, h, hit(t, "v=a1")).Headers["x-tributary"]; got != "accepted" || s3.n != 1 {
		t.Errorf("X-Tributary is %q and %d objects lie in S3, want accepted and one", got, s3.n)
	}
	if got := ask(t, h, hit(t, "e=refund&s=shop")).Headers["x-tributary"]; got != "invalid: missing_field order_id" || s3.n != 1 {
		t.Errorf("X-Tributary is %q and %d objects lie in S3: what is refused does not wait", got, s3.n)
	}
}

func TestHeadAndOptionsAreNoHits(t *testing.T) {
	h := &handler{in: ingest.Over("pixel", nil, nil, nil, clock, quiet())} // touching the store would panic
	r := hit(t, "v=a1")
	r.RequestContext.HTTP.Method = "HEAD"
	if res := ask(t, h, r); res.StatusCode != 200 || res.Body != "" || res.Headers["content-type"] != "image/gif" {
		t.Errorf("HEAD: got %+v", res)
	}
	r.RequestContext.HTTP.Method = "OPTIONS"
	if res := ask(t, h, r); res.StatusCode != 204 || res.Headers["access-control-allow-methods"] == "" {
		t.Errorf("OPTIONS: got %+v", res)
	}
}

func TestDryRunStoresNothing(t *testing.T) {
	st := storetest.Open(t)
	site := storetest.MakeSite(t, st, `{}`)
	h := &handler{in: ingest.New("pixel", st, clock, quiet())}
	r := hit(t, "e=visit&id=d1&v=a1&utm_source=google&utm_medium=cpc&s="+site)
	r.Headers["tributary-dry-run"] = "1"
	res := ask(t, h, r)
	for _, part := range []string{`"channel":"Paid Search"`, `"ids":["A#a1"]`, `"kpis":["visits"]`, `"agent":"human"`, `"site":"` + site + `"`} {
		if !strings.Contains(res.Body, part) {
			t.Errorf("the answer lacks %s: %s", part, res.Body)
		}
	}
	if got, err := st.HomeEvents(t.Context(), site, "A#a1"); err != nil || len(got) != 0 {
		t.Errorf("%d events are stored, %v; want none", len(got), err)
	}
}

// failing is a store that is down, but for a site's settings.
type failing struct{}

var errDown = errors.New("down")

func (failing) PutEvent(context.Context, *event.Event) (store.Outcome, error) { return 0, errDown }
func (failing) Keep(context.Context, store.Quarantined) error                 { return errDown }
func (failing) Site(_ context.Context, id string) (settings.Site, bool, error) {
	return settings.DefaultSite(id), true, nil
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) }

// Ensures that whoever objects is counted under no id, in one of the site's 64 shards, and that a site without cookies
// knows a visitor for a day by what the gateway says of them and nothing that they sent.
func TestObjectorsAreCounted(t *testing.T) {
	st := storetest.Open(t)
	counting := storetest.MakeSite(t, st, `{}`)
	cookieless := storetest.MakeSite(t, st, `{"consent":{"unknown":"cookieless","gpc":"drop"}}`)
	patient := func(ctx context.Context, day string) ([]byte, error) { return st.Salt(context.WithoutCancel(ctx), day) }
	h := &handler{in: ingest.New("pixel", st, clock, quiet()).ForVisitors(ingest.Visitors{Salt: patient, Names: openBook()})}
	for i, c := range []struct{ name, site, query, header, want, home string }{
		{"GPC", counting, "", "sec-gpc", "accepted", "S#"},
		{"DNT", counting, "", "dnt", "accepted", "S#"},
		{"consent denied", counting, "&consent=denied", "", "accepted", "S#"},
		{"Google's word for it", counting, "&gcs=G100", "", "accepted", "S#"},
		{"nothing said", counting, "", "", "accepted", "A#a1"},
		{"no cookies", cookieless, "", "", "accepted", "A#day_"},
		{"nothing kept", cookieless, "", "sec-gpc", "not counted: consent", ""},
	} {
		r := hit(t, "e=visit&id="+itoa(int64(i))+"&v=a1&u=u1&gclid=g&ses=s1&url=https%3A%2F%2Fshop.example%2Fa%3Fgclid%3Dg&s="+c.site+c.query)
		if c.header != "" {
			r.Headers[c.header] = "1"
		}
		if c.home == "A#a1" {
			r.RawQueryString = strings.Replace(r.RawQueryString, "&u=u1", "", 1)
		}
		res := ask(t, h, r)
		if got := res.Headers["x-tributary"]; got != c.want && got != "duplicate" {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		r.Headers["tributary-dry-run"] = "1"
		e, d, err := h.read(r, &visitor.Browser{})
		if err == nil {
			err = h.in.Prepare(t.Context(), e, d, "")
		}
		if c.home == "" {
			if !errors.Is(err, ingest.ErrDropped) || !strings.Contains(ask(t, h, r).Body, `"dropped":1`) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err != nil || !strings.HasPrefix(e.Home(), c.home) {
			t.Fatalf("%s: home %q, %v; want %s…", c.name, e.Home(), err, c.home)
		}
		stored, err := st.HomeEvents(t.Context(), c.site, e.Home())
		stored = slices.DeleteFunc(stored, func(o *event.Event) bool { return o.ID != e.ID })
		if err != nil || len(stored) != 1 {
			t.Fatalf("%s: %d events at %s, %v", c.name, len(stored), e.Home(), err)
		}
		got := stored[0]
		if c.home != "A#a1" && (got.UserID+got.SessionID != "" || got.ClickIDs != nil || got.AnonymousID == "a1" || got.Page != "https://shop.example/a") {
			t.Errorf("%s: stored %+v", c.name, got)
		}
		if got.Channel != "Paid Search" {
			t.Errorf("%s: channel %q, want what the click id told", c.name, got.Channel)
		}
	}
}

// openBook is a directory that lets every name in.
func openBook() names.Book {
	return names.Book{
		Read: func(context.Context, string, string) (map[string][]names.Hash, error) { return nil, nil },
		Admit: func(_ context.Context, _, _, _ string, h names.Hash, _ int) ([]names.Hash, bool, error) {
			return []names.Hash{h}, true, nil
		},
		Registered: func(context.Context, string) (func(names.Dimension, string) bool, error) { return nil, nil },
	}
}
