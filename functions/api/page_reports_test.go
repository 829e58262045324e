package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tributary/shared/archive/archivetest"
	"tributary/shared/report"
	"tributary/shared/store/storetest"
)

// Ensures that the page lists a site's newest reports when it is asked for them, each with links to its files, and does not ask again by
// itself then.
func TestPageListsReports(t *testing.T) {
	b, site := newBench(t, "DASHBOARD_OPEN", "1"), storetest.Site(t)
	b.archive = archivetest.Start(t).Archive(t)
	b.want(b.ask("PUT", "/v1/sites/"+site, `{}`), http.StatusCreated, "", "")
	ask := func(query string) string {
		r := fixture(t, "page.json")
		r.RawQueryString = "site=" + site + query
		return b.want(b.send(r), http.StatusOK, "", "")
	}
	if body := ask(""); !strings.Contains(body, `&amp;reports=1">The newest reports</a>`) {
		t.Errorf("there is no way to the reports: %s", body)
	}
	if body := ask("&reports=1"); !strings.Contains(body, "None yet. One comes") {
		t.Errorf("without any: %s", body)
	}
	of := func(kind, first, to string) report.Place {
		return report.Place{Site: site, Kind: kind, First: first, To: to}
	}
	for day := range 11 { // one more than are listed
		b.publish(of(report.Daily, fmt.Sprintf("2026-02-%02d", 18+day), ""), 1, 100, 6)
	}
	b.publish(of(report.Range, "2026-01-01", "2026-02-01"), 1, 100, 6)
	b.publish(of(report.Range, "2026-02-01", "2026-02-02"), 1, 100, 3) // half
	body := ask("&reports=1")
	for _, want := range []string{
		`<td class="time">2026-02-28</td>`, `/daily/2026-02-19/`, `/daily/2026-02-28/report.html">report</a>`, `/daily/2026-02-28/campaigns.csv">campaigns</a>`,
		`<td class="time">2026-01-01 to 2026-01-31</td>`, `<a href="/v1/reports/` + site + `/range/2026-01-01_2026-02-01/offline_conversions.csv">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	for _, no := range []string{"daily/2026-02-18", "2026-02-01_2026-02-02", `http-equiv="refresh"`} {
		if strings.Contains(body, no) {
			t.Errorf("%s in %s", no, body)
		}
	}
}

// Ensures that who is signed in to the page may read reports and nothing else of the API, and nobody by a session that is none.
func TestASessionReadsReports(t *testing.T) {
	b := reportBench(t)
	b.publish(first, 1, 100, 6)
	set, err := http.ParseSetCookie(b.send(fixture(t, "login.json")).Cookies[0])
	if err != nil {
		t.Fatal(err)
	}
	const file = "/v1/reports/shop/daily/2026-03-01/channels.csv"
	for _, c := range []struct {
		name, method, path, cookie string
		status                     int
	}{
		{"a file", http.MethodGet, file, set.Value, http.StatusOK},
		{"signed by nobody", http.MethodGet, file, set.Value + "0", http.StatusUnauthorized},
		{"none", http.MethodGet, file, "", http.StatusUnauthorized},
		{"the list", http.MethodGet, "/v1/reports", set.Value, http.StatusUnauthorized},
		{"figures", http.MethodGet, "/v1/kpis", set.Value, http.StatusUnauthorized},
		{"a setting", http.MethodPut, "/v1/sites/shop", set.Value, http.StatusUnauthorized},
		{"another method", http.MethodPost, file, set.Value, http.StatusUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := fixture(t, "page.json")
			r.RequestContext.HTTP.Method, r.RawPath, r.RawQueryString = c.method, c.path, ""
			r.Cookies = append(r.Cookies, "__Host-tributary="+c.cookie)
			if res := b.send(r); res.StatusCode != c.status {
				t.Errorf("got %d %s, want %d", res.StatusCode, res.Body, c.status)
			}
		})
	}
}
