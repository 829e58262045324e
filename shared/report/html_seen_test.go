package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"tributary/shared/browsertest"
)

// drawn lists every place of a chart: its id, and how many shapes the browser shows in it.
const drawn = `Object.fromEntries([...document.querySelectorAll('.chart')].map(c => [c.id, c.querySelectorAll('svg path, svg rect, svg text').length]))`

// overflow names what sticks out of the page, but for what scrolls within itself.
const overflow = `[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, .pane, .skip') && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className).slice(0, 5)`

func pageOf(t *testing.T, d *document) []byte {
	t.Helper()
	body, err := d.html()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// Every chart is drawn, in each light and width, without a word on the console and without the network.
func TestBrowserDrawsTheReport(t *testing.T) {
	b := newBrowser(t)
	body := pageOf(t, fixture())
	for _, tc := range []struct {
		name, scheme, background string
		width                    int64
	}{
		{"light", "light", "rgb(255, 255, 255)", 1280},
		{"dark", "dark", "rgb(18, 22, 28)", 1280},
		{"phone", "light", "rgb(255, 255, 255)", 360},
		{"phone-dark", "dark", "rgb(18, 22, 28)", 360},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := (&browser{t, b.ctx}).open(body, size(tc.width, 800), scheme(tc.scheme))
			charts := eval[map[string]int](s, drawn)
			if len(charts) != 7 {
				t.Errorf("the page has %d charts, want 7: %v", len(charts), charts)
			}
			for id, shapes := range charts {
				if shapes < 8 {
					t.Errorf("%s shows %d shapes", id, shapes)
				}
			}
			if got := eval[string](s, `getComputedStyle(document.body).backgroundColor`); got != tc.background {
				t.Errorf("background %s, want %s", got, tc.background)
			}
			if got := eval[int64](s, `document.documentElement.scrollWidth`); got > tc.width {
				t.Errorf("the page is %d wide on a screen of %d: %v", got, tc.width, eval[[]string](s, overflow))
			}
			if got := eval[[]string](s, overflow); len(got) > 0 {
				t.Errorf("sticks out: %v", got)
			}
			s.keep(tc.name, tc.width)
			s.quiet()
		})
	}
}

// A reader who changes to dark while reading sees charts in the colours of the text around them.
func TestBrowserRedrawsWhenTheLightChanges(t *testing.T) {
	s := newBrowser(t).open(pageOf(t, fixture()), size(1280, 800), scheme("light"))
	const ink = `getComputedStyle(document.querySelector('#chart-channels svg text')).fill`
	const text = `getComputedStyle(document.body).color`
	light := eval[string](s, ink)
	if want := eval[string](s, text); light != want {
		t.Errorf("charts write in %s, the page in %s", light, want)
	}
	s.run(scheme("dark"))
	eval[bool](s, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
	dark := eval[string](s, ink)
	if want := eval[string](s, text); dark != want || dark == light {
		t.Errorf("after the change charts write in %s, the page in %s", dark, want)
	}
	s.quiet()
}

// Paper is light whatever the screen is, has no navigation, and nothing is cut off at its edge.
func TestBrowserPrintsTheReport(t *testing.T) {
	s := newBrowser(t).open(pageOf(t, fixture()), size(1280, 800), scheme("dark"))
	eval[chromedp.Void](s, `addEventListener('beforeprint', () => { window.atPrint = {
		ink: getComputedStyle(document.querySelector('#chart-channels svg text')).fill,
		widest: Math.max(...[...document.querySelectorAll('.chart svg')].map(e => e.getBoundingClientRect().width)) } })`)
	pdf := do(s, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize()))
	if folder := os.Getenv("TRIBUTARY_SCREENSHOTS"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, "report.pdf"), pdf, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(string(pdf), "%PDF-") || len(pdf) < 20_000 {
		t.Errorf("printed %d bytes", len(pdf))
	}
	type atPrint struct {
		Ink    string
		Widest float64
	}
	if got, want := eval[atPrint](s, `window.atPrint`), (atPrint{"rgb(27, 36, 48)", 680}); got != want {
		t.Errorf("charts on paper %v, want %v", got, want)
	}
	s.run(size(680, 960), media("print", "dark"))
	if got := eval[string](s, `getComputedStyle(document.body).backgroundColor + getComputedStyle(document.querySelector('nav')).display`); got != "rgb(255, 255, 255)none" {
		t.Errorf("background and navigation on paper: %s", got)
	}
	if got := eval[[]string](s, `[...document.querySelectorAll('table')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.caption.textContent)`); len(got) > 0 {
		t.Errorf("tables wider than paper: %q", got)
	}
	s.quiet()
}

// Without a script the tables tell everything and no empty frame is left.
func TestBrowserWithoutScriptShowsTheTables(t *testing.T) {
	s := newBrowser(t).open(pageOf(t, fixture()), size(1280, 800), scripts(false))
	s.run(scripts(true))
	if n := eval[int](s, `[...document.querySelectorAll('.drawing')].filter(e => e.offsetHeight > 0).length`); n != 0 {
		t.Errorf("%d empty charts are shown", n)
	}
	if n := eval[int](s, `[...document.querySelectorAll('section')].filter(e => e.querySelector('.chart') && !e.querySelector('table')?.offsetHeight).length`); n != 0 {
		t.Errorf("%d charts have no table", n)
	}
	s.quiet()
}

// The keyboard comes first to the way past the contents, and sees where it is.
func TestBrowserWithTheKeyboard(t *testing.T) {
	s := newBrowser(t).open(pageOf(t, fixture()), size(1280, 800))
	s.run(chromedp.KeyEvent(kb.Tab))
	const focused = `(e => [e.textContent, getComputedStyle(e).outlineStyle, e.getBoundingClientRect().left >= 0])(document.activeElement)`
	if d := cmp.Diff([]any{"To the figures", "solid", true}, eval[[]any](s, focused)); d != "" {
		t.Errorf("first stop (-want +got):\n%s", d)
	}
	s.run(chromedp.KeyEvent(kb.Enter))
	if got := eval[string](s, `document.activeElement.id`); got != "main" {
		t.Errorf("the skip link leads to %q", got)
	}
	s.quiet()
}

// axe-core finds nothing against WCAG 2.2 A and AA, nor against its best practices.
func TestBrowserAccessibility(t *testing.T) {
	axe, err := os.ReadFile("web/node_modules/axe-core/axe.min.js")
	if err != nil {
		browsertest.Needed(t, "no axe-core; `npm ci` in shared/report/web installs it")
	}
	b := newBrowser(t)
	for _, name := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 360} {
			s := b.open(pageOf(t, fixture()), size(width, 800), scheme(name))
			eval[chromedp.Void](s, string(axe))
			found := eval[json.RawMessage](s, `axe.run().then(r => r.violations.map(v => ({rule: v.id, help: v.help, at: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + n.failureSummary)})))`)
			if n := eval[int](s, `axe.run().then(r => r.passes.length)`); n < 20 {
				t.Errorf("only %d rules had anything to look at", n)
			}
			if string(found) != "[]" {
				t.Errorf("%s, %d wide: %s", name, width, found)
			}
		}
	}
}

// Names come from whoever sends events. None of them may run, fetch or break out of its place.
func TestBrowserHostileNames(t *testing.T) {
	d := fixture()
	hostile := []string{
		`</script><script>window.broken=1</script>`, `<img src=x onerror=window.broken=2>`, `"><svg onload=window.broken=3>`,
		"]]><!--<script>window.broken=4;//", `javascript:window.broken=5`, `{{.Script}}`, "</title></style><b id=broken>\u2028\u202e", `{name|rich} %s \\`,
	}
	rename(d, hostile)
	s := newBrowser(t).open(pageOf(t, d), size(1280, 800))
	if got := eval[bool](s, `window.broken === undefined && !document.querySelector('#broken, img, td svg, th svg, h1 b')`); !got {
		t.Error("a name became markup")
	}
	if got := eval[int](s, `Object.keys(`+drawn+`).length`); got != 7 {
		t.Errorf("%d charts", got)
	}
	text := eval[string](s, `document.body.textContent`)
	for _, name := range hostile {
		if !strings.Contains(text, name) {
			t.Errorf("%q is not shown as it is", name)
		}
	}
	s.quiet()
}

// rename gives the channels, and with them the campaigns, other names.
func rename(d *document, names []string) {
	to := map[string]string{}
	for i, name := range names {
		to[fixtureChannels[i]] = name
	}
	swap := func(name *string) {
		if n, ok := to[*name]; ok {
			*name = n
		}
	}
	for _, m := range d.Models {
		for i := range m.Channels {
			swap(&m.Channels[i].Channel)
		}
	}
	for i := range d.Campaigns {
		c := &d.Campaigns[i]
		swap(&c.Channel)
		c.Name = c.Channel
	}
	for i := range d.Disagreement.Channels {
		swap(&d.Disagreement.Channels[i].Channel)
	}
	for i := range d.Paths {
		for j := range d.Paths[i].Path {
			swap(&d.Paths[i].Path[j])
		}
	}
	d.Site = names[0]
	d.Funnel.Steps[2].Name = names[1]
}
