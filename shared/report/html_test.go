package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/attribution"
)

// outline is the page without its script and style: what a reader without them gets.
func outline(t testing.TB, d *document) string {
	t.Helper()
	body, err := d.html()
	if err != nil {
		t.Fatal(err)
	}
	body = bytes.Replace(body, []byte(pageScript), nil, 1)
	return string(bytes.Replace(body, []byte(pageStyle), nil, 1))
}

var tag = regexp.MustCompile(`</?[a-zA-Z!][^>]*>`)

// plain is the text of markup.
func plain(markup string) string {
	return html.UnescapeString(strings.Join(strings.Fields(tag.ReplaceAllString(markup, " ")), " "))
}

func TestHTMLIsTheSameForTheSameDocument(t *testing.T) {
	want, err := fixture().html()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		got, err := fixture().html()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Fatal("two pages of one document differ")
		}
	}
}

// The policy names by hash exactly what stands in the page, and lets in nothing else.
func TestHTMLPolicy(t *testing.T) {
	body, err := fixture().html()
	if err != nil {
		t.Fatal(err)
	}
	page := html.UnescapeString(string(body[:2000]))
	between := func(from, to string) string {
		_, rest, ok := strings.Cut(string(body), from)
		text, _, ended := strings.Cut(rest, to)
		if !ok || !ended {
			t.Fatalf("no %s…%s in the page", from, to)
		}
		return text
	}
	for _, want := range []string{
		"default-src 'none';", "style-src '" + hashed(between("<style>", "</style>")) + "'",
		"script-src '" + hashed(between("<script>", "</script>")) + "'", "base-uri 'none'", "form-action 'none'",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the policy lacks %s", want)
		}
	}
	if text := outline(t, fixture()); regexp.MustCompile(`(?i)\b(src|srcset|style|on[a-z]+)=|https?:|<link|@import`).MatchString(text) {
		t.Error("the page refers to something outside itself, or styles or runs by attribute")
	}
}

// Headings go down one step at a time, every chart has a table in its section, every table a caption and heads.
func TestHTMLStructure(t *testing.T) {
	text := outline(t, fixture())
	if n := strings.Count(text, "<h1>"); n != 1 {
		t.Errorf("%d first headings", n)
	}
	sections := strings.Split(text, "<section ")[1:]
	if len(sections) != 15 {
		t.Errorf("%d sections, want 15", len(sections))
	}
	for _, s := range sections {
		name, _, _ := strings.Cut(s, " ")
		if strings.Count(s, "<h2 ") != 1 {
			t.Errorf("%s: not one heading", name)
		}
		if chart, table := strings.Index(s, `class="chart`), strings.Index(s, "<table"); chart >= 0 && table < chart {
			t.Errorf("%s: no table below its chart", name)
		}
		if a, b, c := strings.Count(s, "<table"), strings.Count(s, "<caption"), strings.Count(s, "<thead"); a != b || a != c {
			t.Errorf("%s: %d tables, %d captions, %d heads", name, a, b, c)
		}
	}
	ids := regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(text, -1)
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id[1]] {
			t.Errorf("two elements have the id %s", id[1])
		}
		seen[id[1]] = true
	}
	for _, ref := range regexp.MustCompile(` (?:aria-labelledby|href)="#?([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if !seen[ref[1]] {
			t.Errorf("%s is referred to and not there", ref[1])
		}
	}
}

// Every figure that a chart draws stands in a table of the same section.
func TestHTMLTablesHoldTheChartsFigures(t *testing.T) {
	for _, s := range newView(fixture()).Sections {
		if s.Chart == nil {
			continue
		}
		cells := map[string]bool{}
		for _, table := range s.Tables {
			for _, l := range table.Rows {
				for _, c := range l.Cells {
					cells[c.Text] = true
				}
			}
		}
		for _, series := range s.Chart.Series {
			for i, label := range series.Labels {
				if !cells[label] {
					t.Errorf("%s: %s of %s is drawn as %s and stands in no table", s.ID, series.Name, s.Chart.Names[i], label)
				}
			}
		}
	}
}

// What is not known is said in a sentence, and nothing is drawn of it.
func TestHTMLOfAnEmptyPeriod(t *testing.T) {
	d := &document{
		Site: "shop", Period: Daily, From: "2026-03-01", To: "2026-03-02", TZ: "UTC", Revision: 1, Currency: "JPY", Model: attribution.LastTouch,
		Models: map[attribution.Model]modelDoc{attribution.LastTouch: {}},
	}
	text := outline(t, d)
	if strings.Contains(text, `class="chart`) {
		t.Error("a chart of nothing")
	}
	for _, want := range []string{
		"Daily attribution report", "shop, 1 March 2026", "Revenue, gross, JPY 0", "Not in this report", "Funnel. the steps", "Reconciled.", "no conversion in the period.",
	} {
		if got := plain(text); !strings.Contains(got, want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
	if !strings.Contains(text, `id="figures">[]</script>`) {
		t.Error("figures of nothing")
	}
}

// A site with more names than anybody reads gets a page that can be read and drawn all the same.
func TestHTMLIsBoundedWhateverIsNamed(t *testing.T) {
	d := fixture()
	doc := d.Models[d.Model]
	for i := range 5000 {
		name := fmt.Sprintf("channel %d", i)
		doc.Channels = append(doc.Channels, rowDoc{Channel: name})
		d.Campaigns = append(d.Campaigns, campaignDoc{rowDoc: rowDoc{Campaign: &name, Channel: name}})
		d.Disagreement.Channels = append(d.Disagreement.Channels, disagreementRow{Channel: name})
		d.Paths = append(d.Paths, pathDoc{Path: slices.Repeat([]string{name}, 50), Conversions: 1})
		d.Changes.List = append(d.Changes.List, changeDoc{ID: name})
	}
	d.Models[d.Model] = doc
	text := outline(t, d)
	if len(text) > 300_000 {
		t.Errorf("the page is %d bytes beside its script", len(text))
	}
	for _, want := range []string{"5,009 channels", "of 5,008", "The first 30 of 5,47", "And 4,957 more."} {
		if !strings.Contains(plain(text), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// A drift that ever came this far would be the first thing a reader sees.
func TestHTMLSaysWhenCreditsDoNotReconcile(t *testing.T) {
	d := fixture()
	row := &d.Models["shapley"].Channels[0]
	row.Value.add(sumOf(1))
	got := plain(outline(t, d))
	if !strings.Contains(got, "Not reconciled.") || strings.Contains(got, "Reconciled. Under") {
		t.Error("a cent too much goes unsaid")
	}
	if want := "Shapley 1,427.00 112,396.43 112,396.42 0.01"; !strings.Contains(got, want) {
		t.Errorf("no line %q", want)
	}
}

func TestHTMLShowsTotalsByTheCurrency(t *testing.T) {
	for _, tc := range []struct {
		currency, value, spend string
		exponent               int
	}{
		{"EUR", "1,234,567.89", "22,735.71", 2},
		{"JPY", "123,456,789", "22,736", 0},
		{"KWD", "123,456.789", "22,735.706", 3},
	} {
		d := fixture()
		d.Currency, d.Exponent, d.Totals.Value = tc.currency, tc.exponent, sumOf(123_456_789)
		got := plain(outline(t, d))
		for _, want := range []string{"Revenue, gross, " + tc.currency + " " + tc.value, "Media spend, " + tc.currency + " " + tc.spend} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q", tc.currency, want)
			}
		}
	}
}

func TestFlowMeetsAtTheConversion(t *testing.T) {
	p := newPen(&document{})
	c := p.flows([]pathDoc{
		{Path: []string{"A", "B"}, Conversions: 3},
		{Path: []string{"B"}, Conversions: 2},
		{Conversions: 9},
		{Path: []string{"1", "2", "3", "A", "A", "B"}, Conversions: 1},
	})
	got := []string{}
	for _, n := range c.Nodes {
		got = append(got, fmt.Sprintf("%d %s, colour %d", n.Depth, n.Tip, n.Name))
	}
	for _, l := range c.Links {
		got = append(got, l.Tip)
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{
		"0 3 earlier: 1 conversion, colour 3", "1 A: 1 conversion, colour 0", "2 A: 4 conversions, colour 0", "3 B: 6 conversions, colour 1", "4 Conversion: 6 conversions, colour 2",
		"3 earlier → A: 1 conversion", "A → A: 1 conversion", "A → B: 4 conversions", "B → Conversion: 6 conversions",
	}, got, cmp.Transformer("sorted", func(s []string) []string { return slices.Sorted(slices.Values(s)) })); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got := p.flows([]pathDoc{{Conversions: 9}}); got != nil {
		t.Errorf("a flow of no contact: %+v", got)
	}
}

// Whatever a name is, the page has the same elements, its data is JSON, and the name stands in its text.
func FuzzHTMLNames(f *testing.F) {
	for _, seed := range []string{"Paid Search", `</script><script>alert(1)</script>`, `"><img src=x onerror=1>`, "<!--", "]]>", "a\x00b", "\xff\u2028", "{{.}}", "' onfocus='"} {
		f.Add(seed)
	}
	small := func(name string) *document {
		row := rowDoc{Channel: name, Conversions: sumOf(micro), Value: sumOf(100), Net: sumOf(100), NetConversions: sumOf(micro), Campaign: &name}
		return &document{
			Site: name, Period: name, From: name, To: name, TZ: name, Currency: "EUR", Exponent: 2, Model: attribution.Linear,
			Totals:       documentTotals{Conversions: 1, NetConversions: 1, Value: sumOf(100), Net: sumOf(100)},
			Models:       map[attribution.Model]modelDoc{attribution.Linear: {Channels: []rowDoc{row}, Campaigns: []rowDoc{row}}},
			Disagreement: disagreementDoc{Channels: []disagreementRow{{Channel: name, LeastModel: attribution.Model(name)}}},
			Paths:        []pathDoc{{Path: []string{name}, Conversions: 1, Value: sumOf(100)}},
			Funnel:       &funnelDoc{Steps: []funnelStepDoc{{Name: name, Reached: 1}}, Bottleneck: name},
			Changes:      &changesDoc{List: []changeDoc{{ID: name, Reason: name, From: "x" + name, To: "x" + name, Because: []string{name}}}},
		}
	}
	elements := func(text string) []string {
		return regexp.MustCompile(`</?[a-z0-9]+|<!`).FindAllString(text, -1)
	}
	want := elements(outline(f, small("x")))
	f.Fuzz(func(t *testing.T, name string) {
		text := outline(t, small("x"+name))
		if d := cmp.Diff(want, elements(text)); d != "" {
			t.Fatalf("%q changes the page (-want +got):\n%s", name, d)
		}
		_, data, _ := strings.Cut(text, `id="figures">`)
		data, _, _ = strings.Cut(data, "</script>")
		if !json.Valid([]byte(data)) {
			t.Fatalf("%q breaks the figures: %s", name, data)
		}
	})
}

// What is credited to nobody stands last, and no sentence praises it.
func TestHTMLPutsTheUnattributedLast(t *testing.T) {
	d := fixture()
	for i := range d.Models[d.Model].Channels {
		if r := &d.Models[d.Model].Channels[i]; r.Channel == attribution.Unattributed {
			r.Value.add(sumOf(99_999_999))
		}
	}
	slices.SortStableFunc(d.Paths, func(a, b pathDoc) int { return len(a.Path) - len(b.Path) })
	p := newPen(d)
	s, _ := p.channels()
	rows := s.Tables[0].Rows
	if got := rows[len(rows)-1].Name; got != attribution.Unattributed || strings.Contains(s.Lead[0], got) {
		t.Errorf("last stands %s, and it is said: %s", got, s.Lead[0])
	}
	if s, _ := p.paths(); strings.Contains(s.Lead[0], noTouch) {
		t.Errorf("it is said: %s", s.Lead[0])
	}
}

// Columns that would say nothing, or the same in every row, are left out.
func TestHTMLCampaignColumns(t *testing.T) {
	heads := func(d *document) string {
		s, _ := newPen(d).campaigns()
		var texts []string
		for _, h := range s.Tables[0].Head {
			texts = append(texts, h.Text)
		}
		for _, l := range s.Tables[0].Rows {
			if len(l.Cells)+1 != len(texts) {
				t.Errorf("%s has %d cells under %q", l.Name, len(l.Cells), texts)
			}
		}
		return strings.Join(texts, ", ")
	}
	d := fixture()
	if got := heads(d); !strings.HasPrefix(got, "Campaign, Channel, Model, ") || !strings.HasSuffix(got, ", Target or budget") {
		t.Errorf("with settings of their own: %s", got)
	}
	d.Campaigns = nil
	if got := heads(d); strings.Contains(got, "Model") || strings.Contains(got, "Target") {
		t.Errorf("without: %s", got)
	}
}

func BenchmarkHTML(b *testing.B) {
	d := fixture()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.html(); err != nil {
			b.Fatal(err)
		}
	}
}
