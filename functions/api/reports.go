package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/report"
	"tributary/shared/settings"
)

// Lambda answers at most 6 MB. A file of up to inlineFile bytes fits even in base64; a smaller one goes as text.
const (
	inlineFile = 4 << 20
	inlineText = 1 << 20
	linkValid  = 5 * time.Minute // of a presigned URL
)

// maxReports is how many reports one list holds.
const maxReports = 10_000

// reportRow is a report in the list.
type reportRow struct {
	Site     string `json:"site"`
	Period   string `json:"period"`
	From     string `json:"from"`
	To       string `json:"to,omitempty"` // the day after the last, where the place tells it
	Revision int    `json:"revision"`
	Path     string `json:"path"`
}

// reports answers GET /v1/reports: the list, newest days first, with each report's newest revision; and GET
// /v1/reports/{site}/{period}/{place}[/{file}]: a file of the newest revision, report.json where none is named. A place is a
// first day, of a range <first day>_<to>; a first day alone is, of the ranges that begin on it, the one made last.
func (s *server) reports(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	path := r.PathParameters["report"]
	if path == "" {
		return s.listReports(ctx, r)
	}
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(parts) == 3 {
		parts = append(parts, report.ReportFile)
	}
	if len(parts) != 4 || settings.CheckID("site", parts[0]) != nil {
		return httpapi.Response{}, fault.New(fault.NotFound, "", "a report is at /v1/reports/{site}/{period}/{first day}, one of a range at /v1/reports/{site}/range/{from}_{to}, and its files below that")
	}
	p, exact, ok := report.ParsePlace(parts[0], parts[1], parts[2])
	if !ok {
		return httpapi.Response{}, noReport()
	}
	revision, err := s.newestOf(ctx, &p, exact)
	if err != nil {
		return httpapi.Response{}, err
	}
	return s.reportFile(ctx, p, revision, parts[3])
}

func noReport() error {
	return fault.New(fault.NotFound, "", "there is no such report; GET /v1/reports lists them, and an invocation of report makes one")
}

// newestOf finds a place's newest revision. Where the place is not exact, it becomes that of the range made last.
func (s *server) newestOf(ctx context.Context, p *report.Place, exact bool) (int, error) {
	newest, err := s.archive.Reports(ctx, p.DayPrefix())
	if err != nil {
		return 0, err
	}
	revision := newest[*p]
	if !exact {
		*p, revision = report.Last(newest)
	}
	if revision == 0 {
		return 0, noReport()
	}
	return revision, nil
}

func (s *server) listReports(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	q, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	prefix, site, period := report.Root, q.Get("site"), q.Get("period")
	if site != "" {
		if err := settings.CheckID("site", site); err != nil {
			return httpapi.Response{}, err
		}
		prefix += site + "/"
	}
	if period != "" && period != report.Range && !slices.Contains(report.Kinds(), period) {
		return httpapi.Response{}, fault.New(fault.InvalidQuery, "period", "it must be daily, weekly, monthly or range")
	}
	newest, err := s.archive.Reports(ctx, prefix)
	if err != nil {
		return httpapi.Response{}, err
	}
	rows := slices.DeleteFunc(reportRows(newest), func(row reportRow) bool { return period != "" && row.Period != period })
	if site != "" {
		if err := s.siteIfEmpty(ctx, q, len(newest)); err != nil {
			return httpapi.Response{}, err
		}
	}
	more := len(rows) > maxReports
	return httpapi.JSON(http.StatusOK, map[string]any{"reports": rows[:min(len(rows), maxReports)], "more": more}), nil
}

// reportRows are reports as the list has them, newest days first.
func reportRows(newest map[report.Place]int) []reportRow {
	rows := []reportRow{}
	for p, revision := range newest {
		rows = append(rows, reportRow{p.Site, p.Kind, p.First, p.End(), revision, "/v1/reports/" + p.Path()})
	}
	slices.SortFunc(rows, func(a, b reportRow) int {
		return cmp.Or(cmp.Compare(b.From, a.From), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Period, b.Period), cmp.Compare(b.To, a.To))
	})
	return rows
}

// reportFile answers a file of a revision. Only what its manifest lists can be read, and only as it lists it.
func (s *server) reportFile(ctx context.Context, p report.Place, revision int, name string) (httpapi.Response, error) {
	m, raw, err := s.archive.Manifest(ctx, p, revision)
	if err != nil {
		return httpapi.Response{}, err
	}
	if name == report.ManifestFile {
		return fileAnswer(p, revision, report.Entry{Name: name, ContentType: "application/json"}, raw), nil
	}
	entry, listed := m.File(name)
	if !listed {
		return httpapi.Response{}, fault.New(fault.NotFound, "", "the report %s has no file %s; its %s lists them", p.Path(), strconv.Quote(name), report.ManifestFile)
	}
	key := p.Key(revision, entry.Name)
	if entry.Bytes > inlineFile {
		url, err := s.archive.Presign(ctx, key, linkValid)
		if err != nil {
			return httpapi.Response{}, err
		}
		return httpapi.Response{StatusCode: http.StatusFound, Headers: map[string]string{"location": url, "cache-control": "no-store"}}, nil
	}
	body, err := s.archive.Get(ctx, key, entry.Bytes)
	if err != nil {
		return httpapi.Response{}, err
	}
	if hash := sha256.Sum256(body); hex.EncodeToString(hash[:]) != entry.SHA256 {
		return httpapi.Response{}, fmt.Errorf("api: %s is not the file that its manifest describes", key)
	}
	return fileAnswer(p, revision, entry, body), nil
}

// fileAnswer carries a file; tables are for saving, under a name that says what they are.
func fileAnswer(p report.Place, revision int, entry report.Entry, body []byte) httpapi.Response {
	res := httpapi.Response{StatusCode: http.StatusOK, Body: string(body), Headers: map[string]string{
		"content-type": entry.ContentType, "cache-control": "no-store", "x-content-type-options": "nosniff",
		"tributary-revision": strconv.Itoa(revision),
	}}
	binary := strings.HasSuffix(entry.Name, ".parquet")
	if binary || strings.HasSuffix(entry.Name, ".csv") {
		res.Headers["content-disposition"] = fmt.Sprintf("attachment; filename=%q", strings.ReplaceAll(p.String(), "/", "-")+"-"+entry.Name)
	}
	if binary || len(body) > inlineText {
		res.Body, res.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return res
}
