package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/archive/archivetest"
	"tributary/shared/attribution"
	"tributary/shared/httpapi"
	"tributary/shared/report"
)

// reportBench is a server beside an S3 in memory.
func reportBench(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	b.archive = archivetest.Start(t).Archive(t)
	return b
}

// publish writes a revision of a report with one conversion of a value, as the report function does; files names those that
// come to be.
func (b *bench) publish(p report.Place, revision int, value int64, files int) map[string]string {
	b.t.Helper()
	period, err := report.PeriodOf(report.Daily, p.First, noon.Location())
	if err != nil {
		b.t.Fatal(err)
	}
	period.Kind = p.Kind
	r, err := report.Build(report.Head{Period: period, Site: p.Site, Currency: "USD", Lookback: attribution.Day},
		func(yield func(report.Conversion, error) bool) {
			yield(report.Conversion{ID: "o1", Value: value, Net: value}, nil)
		}, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	list, err := r.Files(revision)
	if err != nil {
		b.t.Fatal(err)
	}
	bodies := map[string]string{}
	for _, f := range list[:files] {
		bodies[f.Name] = string(f.Body)
		b.put(p.Key(revision, f.Name), f.ContentType, f.Body)
	}
	return bodies
}

func (b *bench) put(key, contentType string, body []byte) {
	b.t.Helper()
	if err := b.archive.PutOnce(b.t.Context(), key, contentType, body); err != nil {
		b.t.Fatal(err)
	}
}

var (
	first  = report.Place{Site: "shop", Kind: "daily", First: "2026-03-01"}
	second = report.Place{Site: "shop", Kind: "daily", First: "2026-03-02"}
	other  = report.Place{Site: "other", Kind: "range", First: "2026-03-02", To: "2026-03-05"}
	longer = report.Place{Site: "other", Kind: "range", First: "2026-03-02", To: "2026-04-01"}
	shared = report.Place{Site: "other", Kind: "range", First: "2026-03-02"} // from before each range had a place of its own
)

// TestReportFiles ensures that every file of the newest whole revision is served as it was written.
func TestReportFiles(t *testing.T) {
	b := reportBench(t)
	b.publish(first, 1, 100, 6)
	want := b.publish(first, 2, 200, 6)
	b.publish(first, 3, 300, 3) // died before its manifest
	for target, file := range map[string]struct{ name, contentType, disposition string }{
		"/v1/reports/shop/daily/2026-03-01":               {report.ReportFile, "application/json", ""},
		"/v1/reports/shop/daily/2026-03-01/":              {report.ReportFile, "application/json", ""},
		"/v1/reports/shop/daily/2026-03-01/report.json":   {report.ReportFile, "application/json", ""},
		"/v1/reports/shop/daily/2026-03-01/manifest.json": {report.ManifestFile, "application/json", ""},
		"/v1/reports/shop/daily/2026-03-01/channels.csv":  {report.ChannelsFile, "text/csv; charset=utf-8", `attachment; filename="shop-daily-2026-03-01-channels.csv"`},
		"/v1/reports/shop/daily/2026-03-01/campaigns.csv": {report.CampaignsFile, "text/csv; charset=utf-8", `attachment; filename="shop-daily-2026-03-01-campaigns.csv"`},
	} {
		res := b.ask(http.MethodGet, target, "")
		if d := cmp.Diff(want[file.name], b.want(res, http.StatusOK, "", "")); d != "" {
			t.Errorf("%s (-want +got):\n%s", target, d)
		}
		h := res.Headers
		if h["content-type"] != file.contentType || h["content-disposition"] != file.disposition || h["tributary-revision"] != "2" || h["x-content-type-options"] != "nosniff" {
			t.Errorf("%s: headers %v", target, h)
		}
	}
}

// TestReportRanges ensures that of ranges which begin on one day each is served from its own place, and the one made last from
// the day, whether they were made before each had a place or after; and that each row of the list leads to its own.
func TestReportRanges(t *testing.T) {
	b := reportBench(t)
	ask := func(place, revision, body string) {
		t.Helper()
		res := b.ask(http.MethodGet, "/v1/reports/other/range/"+place, "")
		if d := cmp.Diff(body, b.want(res, http.StatusOK, "", "")); d != "" || res.Headers["tributary-revision"] != revision {
			t.Errorf("%s: revision %s, want %s (-want +got):\n%s", place, res.Headers["tributary-revision"], revision, d)
		}
	}
	old := b.publish(shared, 1, 100, 6)[report.ReportFile]
	ask("2026-03-02", "1", old)
	long := b.publish(longer, 2, 200, 6)[report.ReportFile]
	short := b.publish(other, 3, 300, 6)
	ask("2026-03-02", "3", short[report.ReportFile])
	ask("2026-03-02/channels.csv", "3", short[report.ChannelsFile])
	ask("2026-03-02_2026-03-05/channels.csv", "3", short[report.ChannelsFile])
	ask("2026-03-02_2026-04-01", "2", long)
	ask("2026-03-02_", "1", old)
	long = b.publish(longer, 4, 400, 6)[report.ReportFile]
	ask("2026-03-02", "4", long)
	res := b.ask(http.MethodGet, "/v1/reports/other/range/2026-03-02/channels.csv", "")
	if got, want := res.Headers["content-disposition"], `attachment; filename="other-range-2026-03-02_2026-04-01-channels.csv"`; got != want {
		t.Errorf("saved as %s, want %s", got, want)
	}
	var list struct{ Reports []reportRow }
	if err := json.Unmarshal([]byte(b.want(b.ask(http.MethodGet, "/v1/reports", ""), http.StatusOK, "", "")), &list); err != nil {
		t.Fatal(err)
	}
	for _, row := range list.Reports {
		if res := b.ask(http.MethodGet, row.Path, ""); res.StatusCode != http.StatusOK || res.Headers["tributary-revision"] != strconv.Itoa(row.Revision) {
			t.Errorf("%s: %d, revision %s, want %d", row.Path, res.StatusCode, res.Headers["tributary-revision"], row.Revision)
		}
	}
	for _, place := range []string{"2026-03-02_2026-03-06", "2026-03", "2026-03-0", "", "_", "2026-03-02_x", "2026-03-02_2026-03-05_", "2026-03-02_..", "..", "2026-03-01"} {
		b.want(b.ask(http.MethodGet, "/v1/reports/other/range/"+place+"/report.json", ""), http.StatusNotFound, "not_found", "")
	}
}

// TestReportNotFound ensures that nothing but a whole report's own files can be read.
func TestReportNotFound(t *testing.T) {
	b := reportBench(t)
	b.publish(first, 1, 100, 6)
	b.publish(second, 1, 100, 3) // no manifest
	b.put("reports/shop/daily/2026-03-01/000001/secret.txt", "text/plain", []byte("not in the manifest"))
	b.put("secret.json", "application/json", []byte("{}"))
	for _, path := range []string{
		"shop/daily/2026-03-02", "shop/daily/2026-03-02/report.json", "shop/daily/2026-03-03", "none/daily/2026-03-01", "shop/hourly/2026-03-01",
		"shop/daily/2026-03-01/secret.txt", "shop/daily/2026-03-01/nothing.csv", "shop/daily/2026-03-01/000001/report.json", "shop/daily/2026-03-01/%2e%2e",
		"shop/daily/2026-03-01/..%2f..%2f..%2f..%2fsecret.json", "shop/daily", "shop", "..%2f..%2fsecret.json", "sh%20op/daily/2026-03-01",
	} {
		b.want(b.ask(http.MethodGet, "/v1/reports/"+path, ""), http.StatusNotFound, "not_found", "")
	}
}

// TestReportNeedsAKey ensures that nobody reads reports without one.
func TestReportNeedsAKey(t *testing.T) {
	b := reportBench(t)
	b.publish(first, 1, 100, 6)
	for _, target := range []string{"/v1/reports", "/v1/reports/shop/daily/2026-03-01"} {
		b.want(b.ask(http.MethodGet, target, "", "authorization", "Bearer wrong"), http.StatusUnauthorized, "unauthorized", "")
	}
}

func TestReportList(t *testing.T) {
	b := reportBench(t)
	b.want(b.ask(http.MethodGet, "/v1/reports", ""), http.StatusOK, "", "")
	b.publish(first, 1, 100, 6)
	b.publish(first, 2, 200, 6)
	b.publish(first, 3, 300, 3)
	b.publish(second, 1, 100, 6)
	b.publish(shared, 1, 100, 6)
	b.publish(other, 2, 100, 6)
	b.publish(longer, 3, 100, 6)
	row := func(p report.Place, revision int) reportRow {
		return reportRow{p.Site, p.Kind, p.First, p.End(), revision, "/v1/reports/" + p.Path()}
	}
	for query, want := range map[string][]reportRow{
		"":                        {row(longer, 3), row(other, 2), row(shared, 1), row(second, 1), row(first, 2)},
		"?site=shop":              {row(second, 1), row(first, 2)},
		"?period=range":           {row(longer, 3), row(other, 2), row(shared, 1)},
		"?site=shop&period=range": {},
	} {
		var got struct {
			Reports []reportRow
			More    bool
		}
		if err := json.Unmarshal([]byte(b.want(b.ask(http.MethodGet, "/v1/reports"+query, ""), http.StatusOK, "", "")), &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got.Reports); d != "" || got.More {
			t.Errorf("%s: more %v (-want +got):\n%s", query, got.More, d)
		}
	}
	b.want(b.ask(http.MethodGet, "/v1/reports?site=sho", ""), http.StatusBadRequest, "unknown_site", "site") // no prefix of a name
	b.want(b.ask(http.MethodGet, "/v1/reports?site=default", ""), http.StatusOK, "", "")
	b.want(b.ask(http.MethodGet, "/v1/reports?site=a/b", ""), http.StatusBadRequest, "invalid_field", "site")
	b.want(b.ask(http.MethodGet, "/v1/reports?period=hourly", ""), http.StatusBadRequest, "invalid_query", "period")
}

// TestReportSizes ensures that a file is sent as text, in base64, or by a link, as its size asks for.
func TestReportSizes(t *testing.T) {
	for _, c := range []struct {
		name   string
		size   int
		status int
		base64 bool
	}{
		{"as text", inlineText, http.StatusOK, false},
		{"in base64", inlineText + 1, http.StatusOK, true},
		{"as much as fits", inlineFile, http.StatusOK, true},
		{"by a link", inlineFile + 1, http.StatusFound, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := reportBench(t)
			body := bytes.Repeat([]byte(`"`), c.size)
			b.putManifest(first, body, body)
			res := b.ask(http.MethodGet, "/v1/reports/shop/daily/2026-03-01", "")
			if res.StatusCode != c.status || res.IsBase64Encoded != c.base64 {
				t.Fatalf("got %d, base64 %v; want %d, %v", res.StatusCode, res.IsBase64Encoded, c.status, c.base64)
			}
			if wire, err := json.Marshal(res); err != nil || len(wire) > 6<<20 {
				t.Errorf("the answer has %d bytes, %v; Lambda carries 6 MB", len(wire), err)
			}
			if got := content(t, res); !bytes.Equal(got, body) {
				t.Errorf("got %d bytes that are not the file", len(got))
			}
		})
	}
}

// putManifest writes a report of one file, with a manifest that describes it as listed.
func (b *bench) putManifest(p report.Place, body, listed []byte) {
	b.t.Helper()
	hash := sha256.Sum256(listed)
	raw, err := json.Marshal(report.Manifest{Revision: 1, Files: []report.Entry{
		{Name: report.ReportFile, ContentType: "application/json", Bytes: int64(len(body)), SHA256: hex.EncodeToString(hash[:])},
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.put(p.Key(1, report.ReportFile), "application/json", body)
	b.put(p.Key(1, report.ManifestFile), "application/json", raw)
}

// content is what a client ends up with.
func content(t *testing.T, res httpapi.Response) []byte {
	t.Helper()
	if res.StatusCode == http.StatusFound {
		linked, err := http.Get(res.Headers["location"])
		if err != nil {
			t.Fatal(err)
		}
		defer linked.Body.Close()
		body, err := io.ReadAll(linked.Body)
		if err != nil || linked.StatusCode != http.StatusOK {
			t.Fatalf("the link answers %s, %v", linked.Status, err)
		}
		return body
	}
	if !res.IsBase64Encoded {
		return []byte(res.Body)
	}
	body, err := base64.StdEncoding.DecodeString(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestReportTampered ensures that a file which is not the manifest's is a failure, not an answer.
func TestReportTampered(t *testing.T) {
	b := reportBench(t)
	b.putManifest(first, []byte("{}"), []byte("[]"))
	r := fixture(t, "get.json")
	r.RawPath, r.RequestContext.HTTP.Method = "/v1/reports/shop/daily/2026-03-01", http.MethodGet
	if res, err := b.serve(t.Context(), &r); err == nil || !strings.Contains(err.Error(), "manifest") {
		t.Errorf("got %d, %v; want an error", res.StatusCode, err)
	}
}
