package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"tributary/shared/httpapi"
	"tributary/shared/settings"
)

//go:embed web/page.html
var pageHTML string

//go:embed web/page.css
var pageCSS string

// What the page offers to copy: an address and a site's id go in, neither of which can hold a quote.
const (
	snippet = `<script>window.tributary=window.tributary||function(){(tributary.q=tributary.q||[]).push(arguments)}</script>
<script defer src="%[1]s/t.js" data-site="%[2]s"></script>
<noscript><img src="%[1]s/p.gif?s=%[2]s" alt="" referrerpolicy="no-referrer-when-downgrade"></noscript>`
	pixelTag = `<img src="%s/p.gif?e=impression&s=%s&v=VISITOR&c=CAMPAIGN" width="1" height="1" alt="">`
)

// pageView is what web/page.html shows.
type pageView struct {
	Style   template.CSS
	Login   bool
	Message string // beside the login form

	Site, TZ, Now, URL string
	Currency           string
	Snippet, Pixel     string // to copy
	Paused             bool
	Figures            []figure
	FiguresError       string
	Alerts             []alertRow
	Judged             *judged     // nil where nobody asked
	Reports            *reportList // likewise
	Rows               []row
}

// page shows a site's alerts, today's figures and last events, with advice=1 also what its campaigns are advised, with reports=1 where its
// newest reports are, or the login form.
func (s *server) page(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	if !s.open && !s.signedIn(r) {
		return s.loginForm("")
	}
	site, q, err := s.asked(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	address := s.address(r)
	view := pageView{
		Site: site.ID, TZ: site.TZ, Now: s.now().In(site.Location()).Format(time.DateTime), URL: address, Currency: site.Currency,
		Snippet: fmt.Sprintf(snippet, address, site.ID), Pixel: fmt.Sprintf(pixelTag, address, site.ID), Paused: q.Get("pause") != "" || q.Get("advice") == "1" || q.Get("reports") == "1",
	}
	if view.Rows, err = s.rows(ctx, &site); err != nil {
		return httpapi.Response{}, err
	}
	if view.Alerts, err = s.standing(ctx, &site); err != nil {
		return httpapi.Response{}, err
	}
	if q.Get("advice") == "1" {
		if view.Judged, err = s.judged(ctx, &site); err != nil {
			return httpapi.Response{}, err
		}
	}
	if q.Get("reports") == "1" {
		if view.Reports, err = s.newest(ctx, &site); err != nil {
			return httpapi.Response{}, err
		}
	}
	view.Figures, view.FiguresError, err = s.today(ctx, r, &site)
	if err != nil {
		return httpapi.Response{}, err
	}
	return render(http.StatusOK, view)
}

// loginForm asks for the key.
func (s *server) loginForm(message string) (httpapi.Response, error) {
	return render(http.StatusUnauthorized, pageView{Login: true, Message: message})
}

// render fills the page. The policy lets nothing run and nothing load but the one style, which it names by hash.
func render(status int, view pageView) (httpapi.Response, error) {
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return httpapi.Response{}, fmt.Errorf("api: page: %w", err)
	}
	view.Style = template.CSS(pageCSS)
	var b bytes.Buffer
	if err := t.Execute(&b, view); err != nil {
		return httpapi.Response{}, fmt.Errorf("api: page: %w", err)
	}
	sum := sha256.Sum256([]byte(pageCSS))
	return httpapi.Response{StatusCode: status, Body: b.String(), Headers: map[string]string{
		"content-type": "text/html; charset=utf-8", "cache-control": "no-store", "referrer-policy": "no-referrer",
		"x-content-type-options": "nosniff", "x-frame-options": "DENY", "x-robots-tag": "noindex",
		"content-security-policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	}}, nil
}

// address is where this installation answers, for the examples to copy: as deployed, else as it was asked.
func (s *server) address(r *httpapi.Request) string {
	if s.publicURL != "" {
		return s.publicURL
	}
	host, scheme := header(r, "host"), "https"
	if host == "" {
		host = r.RequestContext.DomainName
	}
	if header(r, "x-forwarded-proto") == "http" || s.open && header(r, "x-forwarded-proto") == "" {
		scheme = "http"
	}
	if host == "" || strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") != "" {
		host = "localhost" // what is no host shall not stand in a command that people paste
	}
	return scheme + "://" + host
}

// clock is a time (Unix milliseconds) on the site's clock.
func clock(site *settings.Site, ms int64) string {
	return time.UnixMilli(ms).In(site.Location()).Format(time.DateTime)
}
