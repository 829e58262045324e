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
	Revision int    `json:"revision"`
	Path     string `json:"path"`
}

// reports answers GET /v1/reports: the list, newest days first, with each report's newest revision; and GET
// /v1/reports/{site}/{period}/{first day}[/{file}]: a file of the newest revision, report.json where none is named.
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
		return httpapi.Response{}, fault.New(fault.NotFound, "", "a report is at /v1/reports/{site}/{period}/{first day}, and its files below that")
	}
	return s.reportFile(ctx, report.Place{Site: parts[0], Kind: parts[1], First: parts[2]}, parts[3])
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
	rows := []reportRow{}
	for p, revision := range newest {
		if period == "" || p.Kind == period {
			rows = append(rows, reportRow{p.Site, p.Kind, p.First, revision, "/v1/reports/" + p.String()})
		}
	}
	slices.SortFunc(rows, func(a, b reportRow) int {
		return cmp.Or(cmp.Compare(b.From, a.From), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Period, b.Period))
	})
	if site != "" && len(newest) == 0 { // of a site that is deleted its reports stand
		if _, err := s.siteOf(ctx, q); err != nil {
			return httpapi.Response{}, err
		}
	}
	more := len(rows) > maxReports
	return httpapi.JSON(http.StatusOK, map[string]any{"reports": rows[:min(len(rows), maxReports)], "more": more}), nil
}

// reportFile answers a file of the newest revision. Only what its manifest lists can be read, and only as it lists it.
func (s *server) reportFile(ctx context.Context, p report.Place, name string) (httpapi.Response, error) {
	m, raw, found, err := s.archive.Manifest(ctx, p)
	if err != nil {
		return httpapi.Response{}, err
	}
	if !found {
		return httpapi.Response{}, fault.New(fault.NotFound, "", "there is no report %s; GET /v1/reports lists them, and an invocation of report makes one", p)
	}
	if name == report.ManifestFile {
		return fileAnswer(&m, report.Entry{Name: name, ContentType: "application/json"}, raw), nil
	}
	entry, listed := m.File(name)
	if !listed {
		return httpapi.Response{}, fault.New(fault.NotFound, "", "the report %s has no file %s; its %s lists them", p, strconv.Quote(name), report.ManifestFile)
	}
	key := p.Key(m.Revision, entry.Name)
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
	return fileAnswer(&m, entry, body), nil
}

// fileAnswer carries a file; tables are for saving, under a name that says what they are.
func fileAnswer(m *report.Manifest, entry report.Entry, body []byte) httpapi.Response {
	res := httpapi.Response{StatusCode: http.StatusOK, Body: string(body), Headers: map[string]string{
		"content-type": entry.ContentType, "cache-control": "no-store", "x-content-type-options": "nosniff",
		"tributary-revision": strconv.Itoa(m.Revision),
	}}
	binary := strings.HasSuffix(entry.Name, ".parquet")
	if binary || strings.HasSuffix(entry.Name, ".csv") {
		res.Headers["content-disposition"] = fmt.Sprintf("attachment; filename=%q", strings.Join([]string{m.Site, m.Period, m.From, entry.Name}, "-"))
	}
	if binary || len(body) > inlineText {
		res.Body, res.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return res
}
