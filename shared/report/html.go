package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
)

// HTMLFile is the report as a page; its type says UTF-8, so that nobody guesses.
const (
	HTMLFile = "report.html"
	typeHTML = "text/html; charset=utf-8"
)

var (
	//go:embed web/report.html.tmpl
	pageTemplate string
	//go:embed web/report.css
	pageStyle string
	//go:embed web/report.gen.js
	pageScript string
)

// html is report.html: one file that asks the network for nothing. Its policy lets in the one style sheet and the one
// script by their hashes and nothing else, so that no name in the data could run or fetch anything even if it got past the
// template's escaping.
func (d *document) html() ([]byte, error) {
	t, err := template.New(HTMLFile).Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("report: %s: %w", HTMLFile, err)
	}
	v := newView(d)
	v.Policy = "default-src 'none'; style-src '" + hashed(pageStyle) + "'; script-src '" + hashed(pageScript) +
		"'; base-uri 'none'; form-action 'none'"
	v.Style, v.Script = template.CSS(pageStyle), template.JS(pageScript) // both are ours, embedded
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil {
		return nil, fmt.Errorf("report: %s: %w", HTMLFile, err)
	}
	return b.Bytes(), nil
}

// hashed is how a content security policy names an inline text.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
