package report

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"iter"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tributary/shared/attribution"
)

var update = flag.Bool("update", false, "write the goldens anew")

const day = attribution.Day

// march is a daily report's head; noon its conversions' time.
func march() Head {
	return Head{
		Period: Period{Kind: Daily, From: "2026-03-01", To: "2026-03-02", Zone: time.UTC},
		Site:   "default", Currency: "USD", Lookback: 30 * day, HalfLife: 7 * day,
	}
}

const noon = int64(1772366400000)

func each(list []Conversion) iter.Seq2[Conversion, error] {
	return func(yield func(Conversion, error) bool) {
		for _, c := range list {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func build(t testing.TB, h Head, list []Conversion, costs ...Cost) *Report {
	t.Helper()
	r, err := Build(h, each(list), costs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// touches makes touches a day apart, the last at noon, of "Channel/campaign" words.
func touches(words ...string) []Touch {
	var out []Touch
	for i, w := range words {
		channel, campaign, _ := strings.Cut(w, "/")
		out = append(out, Touch{ID: fmt.Sprint("t", i), Time: noon - int64(len(words)-1-i)*day, Channel: channel, Campaign: campaign})
	}
	return out
}

// sample has a path of three, a full refund, a partial one, a sale without touches and one of value 0.
func sample() ([]Conversion, []Cost) {
	conversions := []Conversion{
		{ID: "o1", Time: noon, Value: 100, Net: 100, Touches: touches("Email/news", "Paid Search/brand", "Direct")},
		{ID: "o2", Time: noon, Value: 10000, Net: 0, Refunded: true, Touches: touches("Paid Search/brand", "Email/news")},
		{ID: "o3", Time: noon, Value: 999, Net: 500, Touches: touches("Email/news", "Paid Search/brand", "Direct")},
		{ID: "o4", Time: noon, Value: 4200, Net: 4200},
		{ID: "o5", Time: noon, Value: 0, Net: 0, Touches: touches("Referral"), Unconverted: true},
	}
	costs := []Cost{
		{Channel: "Paid Search", Campaign: "brand", Micros: 12_345_678}, {Channel: "Paid Search", Micros: 1}, {Channel: "Display", Campaign: "=cmd", Micros: 5_000_000},
	}
	return conversions, costs
}

func fileOf(t testing.TB, r *Report, revision int, name string) []byte {
	t.Helper()
	d := r.document(revision)
	files, err := r.tables(&d) // without the page, which takes its time
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name == name {
			return f.Body
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

// The files of the sample, to the byte. They were read line by line when they were written; a change here changes every
// report: raise format.
func TestGolden(t *testing.T) {
	list, costs := sample()
	r := build(t, march(), list, costs...)
	d := r.document(3)
	files, err := r.tables(&d) // the page has tests of its own, and would change the manifest with every pixel
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := encode(r.manifest(3, files))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(files, File{Name: ManifestFile, Body: manifest}) {
		path := filepath.Join("testdata", f.Name)
		if *update {
			if err := os.WriteFile(path, f.Body, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(f.Body)); d != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, d)
		}
	}
	if files, err = r.Files(3); err != nil || files[len(files)-1].Name != ManifestFile {
		t.Errorf("the last file is %s: the manifest must be (%v)", files[len(files)-1].Name, err)
	}
}

// parsed is report.json as a reader has it, in exact numbers.
type parsed struct {
	Totals map[string]json.Number
	Models map[string]map[string][]map[string]any
	Paths  []struct {
		Path        []string
		Conversions int64
		Value       json.Number `json:"value_minor"`
	}
}

func parse(t testing.TB, body []byte) parsed {
	t.Helper()
	var p parsed
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if err := dec.Decode(&p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWorkedExample(t *testing.T) {
	list, costs := sample()
	p := parse(t, fileOf(t, build(t, march(), list, costs...), 1, ReportFile))
	wantTotals := map[string]json.Number{
		"conversions": "5", "value_minor": "15299", "net_value_minor": "4800", "net_conversions": "4", "media_cost_micros": "17345679",
		"unattributed_conversions": "1", "unattributed_value_minor": "4200", "unconverted_conversions": "1",
	}
	if d := cmp.Diff(wantTotals, p.Totals); d != "" {
		t.Errorf("totals (-want +got):\n%s", d)
	}
	rows := map[string]map[string]any{}
	for _, row := range p.Models["linear"]["channels"] {
		rows[row["channel"].(string)] = row
	}
	for _, c := range []struct {
		channel, field string
		want           any
	}{
		{"Email", "conversions_micro", json.Number("1166668")}, // 333,334 + 500,000 + 333,334
		{"Email", "net_conversions_micro", json.Number("666668")},
		{"Email", "value_minor", json.Number("5367")},    // 34 + 5,000 + 333
		{"Email", "net_value_minor", json.Number("201")}, // 34 + 0 + 167
		{"Email", "roas", nil},                           // no cost
		{"Email", "cpa_minor", json.Number("0")},
		{"Direct", "value_minor", json.Number("366")},                  // 33 + 333
		{"Paid Search", "roas", json.Number("4.34646000434646")},       // 53.66 / 12.345679 (both costs)
		{"Paid Search", "cpa_minor", json.Number("1058.201661829521")}, // 12.345679 / 1.166666
		{"Display", "cpa_minor", nil},                                  // cost and no credit
		{"Display", "roas", json.Number("0")},
		{"(unattributed)", "value_minor", json.Number("4200")},
		{"Referral", "conversions_micro", json.Number("1000000")},
	} {
		if d := cmp.Diff(c.want, rows[c.channel][c.field]); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.channel, c.field, d)
		}
	}
}

// anyConversions draws conversions with few channels, repeats, ties and absurd amounts.
func anyConversions(t *rapid.T) []Conversion {
	channels := []string{"Email", "Direct", "Paid Search", "(unattributed)", "=1+1"}
	var list []Conversion
	for i := range rapid.IntRange(0, 12).Draw(t, "conversions") {
		c := Conversion{ID: fmt.Sprint("o", i), Time: noon + int64(i), Value: rapid.Int64().Draw(t, "value")}
		c.Net = rapid.SampledFrom([]int64{c.Value, 0, c.Value / 3, -5}).Draw(t, "net")
		c.Refunded = rapid.Bool().Draw(t, "refunded")
		for j := range rapid.IntRange(0, 8).Draw(t, "touches") {
			c.Touches = append(c.Touches, Touch{
				ID: fmt.Sprint(j % 7), Time: noon - rapid.Int64Range(-2, 40).Draw(t, "age")*day,
				Channel: rapid.SampledFrom(channels).Draw(t, "channel"), Campaign: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "campaign"),
			})
		}
		list = append(list, c)
	}
	return list
}

// Whatever comes, every model's rows sum to the totals in the file itself, by channel and by campaign.
func TestEveryModelSumsToTheTotals(t *testing.T) {
	pairs := map[string]string{"value_minor": "value_minor", "net_value_minor": "net_value_minor", "media_cost_micros": "media_cost_micros"}
	rapid.Check(t, func(rt *rapid.T) {
		list := anyConversions(rt)
		r := build(t, march(), list, Cost{"Email", "a", rapid.Int64().Draw(rt, "cost")}, Cost{"Email", "", 7})
		p := parse(t, fileOf(t, r, 1, ReportFile))
		if n, rules := len(p.Models), len(attribution.Models()); n != rules+4 && n != rules { // beyond 64 bits there are no set models
			rt.Fatalf("got %d models, want %d", n, rules+4)
		}
		for model, tables := range p.Models {
			for name, rows := range tables {
				for field, total := range pairs {
					if got, want := total128(rows, field), p.Totals[total].String(); got != want {
						rt.Fatalf("%s %s %s: %s, want %s", model, name, field, got, want)
					}
				}
				for field, total := range map[string]string{"conversions_micro": "conversions", "net_conversions_micro": "net_conversions"} {
					n, _ := p.Totals[total].Int64()
					if got, want := total128(rows, field), fmt.Sprint(n*1_000_000); got != want {
						rt.Fatalf("%s %s %s: %s, want %s", model, name, field, got, want)
					}
				}
			}
		}
	})
}

func total128(rows []map[string]any, field string) string {
	all := new(big.Int)
	for _, row := range rows {
		n, _ := new(big.Int).SetString(row[field].(json.Number).String(), 10)
		all.Add(all, n)
	}
	return all.String()
}

// The same inputs in any order give the same digest and the same bytes.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := anyConversions(rt)
		a := build(t, march(), list, Cost{"Email", "a", 1}, Cost{"Email", "b", 2})
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		b := build(t, march(), list, Cost{"Email", "b", 2}, Cost{"Email", "a", 1})
		da, db := a.document(7), b.document(7)
		fa, errA := a.tables(&da)
		fb, errB := b.tables(&db)
		if a.Digest() != b.Digest() || errA != nil || errB != nil {
			rt.Fatal(errA, errB)
		}
		if d := cmp.Diff(fa, fb); d != "" {
			rt.Fatalf("(-first +shuffled):\n%s", d)
		}
	})
}

func TestDigestTellsEveryChange(t *testing.T) {
	list, costs := sample()
	was := build(t, march(), list, costs...).Digest()
	seen := map[string]string{was: "the sample"}
	for name, change := range map[string]func(h *Head, c []Conversion, k []Cost){
		"site":        func(h *Head, _ []Conversion, _ []Cost) { h.Site = "other" },
		"kind":        func(h *Head, _ []Conversion, _ []Cost) { h.Kind = Range },
		"to":          func(h *Head, _ []Conversion, _ []Cost) { h.To = "2026-03-03" },
		"zone":        func(h *Head, _ []Conversion, _ []Cost) { h.Zone = time.FixedZone("X", 0) },
		"currency":    func(h *Head, _ []Conversion, _ []Cost) { h.Currency = "EUR" },
		"half-life":   func(h *Head, _ []Conversion, _ []Cost) { h.HalfLife++ },
		"look-back":   func(h *Head, _ []Conversion, _ []Cost) { h.Lookback++ },
		"id":          func(_ *Head, c []Conversion, _ []Cost) { c[0].ID = "o9" },
		"time":        func(_ *Head, c []Conversion, _ []Cost) { c[0].Time++ },
		"value":       func(_ *Head, c []Conversion, _ []Cost) { c[0].Value++ },
		"net":         func(_ *Head, c []Conversion, _ []Cost) { c[0].Net-- },
		"refunded":    func(_ *Head, c []Conversion, _ []Cost) { c[0].Refunded = true },
		"unconverted": func(_ *Head, c []Conversion, _ []Cost) { c[0].Unconverted = true },
		"touch time":  func(_ *Head, c []Conversion, _ []Cost) { c[0].Touches[0].Time++ },
		"channel":     func(_ *Head, c []Conversion, _ []Cost) { c[0].Touches[0].Channel = "SMS" },
		"campaign":    func(_ *Head, c []Conversion, _ []Cost) { c[0].Touches[0].Campaign = "x" },
		"touch gone":  func(_ *Head, c []Conversion, _ []Cost) { c[0].Touches = c[0].Touches[1:] },
		"swap of two": func(_ *Head, c []Conversion, _ []Cost) { c[0].Value, c[3].Value = c[3].Value, c[0].Value },
		"cost":        func(_ *Head, _ []Conversion, k []Cost) { k[0].Micros++ },
		"cost moved":  func(_ *Head, _ []Conversion, k []Cost) { k[0].Channel = "Display" },
	} {
		h, list, costs := march(), []Conversion(nil), []Cost(nil)
		list, costs = sample()
		change(&h, list, costs)
		got := build(t, h, list, costs...).Digest()
		if other, taken := seen[got]; taken {
			t.Errorf("%s: the digest is that of %s", name, other)
		}
		seen[got] = name
	}
}

// What the report does not use does not make a new revision.
func TestDigestIgnoresWhatIsNotUsed(t *testing.T) {
	list, costs := sample()
	was := build(t, march(), list, costs...).Digest()
	list, _ = sample()
	list[0].Touches = append(list[0].Touches, Touch{ID: "old", Time: noon - 31*day, Channel: "SMS"}, Touch{ID: "late", Time: noon + 1, Channel: "SMS"})
	if got := build(t, march(), list, append(costs, Cost{"SMS", "", 0})...).Digest(); got != was {
		t.Error("touches outside the look-back, or a cost of nothing, changed the digest")
	}
}

func TestLookbackEdges(t *testing.T) {
	at := func(id string, ms int64) Touch { return Touch{ID: id, Time: ms, Channel: id} }
	c := Conversion{ID: "o", Time: noon, Value: 1, Touches: []Touch{
		at("edge", noon-30*day), at("before", noon-30*day-1), at("same", noon), at("after", noon+1), {ID: "same", Time: noon, Channel: "again"},
	}}
	p := parse(t, fileOf(t, build(t, march(), []Conversion{c}), 1, ReportFile))
	if d := cmp.Diff([]string{"edge", "same"}, p.Paths[0].Path); d != "" {
		t.Errorf("path (-want +got):\n%s", d)
	}
}

func TestProveFindsACentThatIsLost(t *testing.T) {
	for name, spoil := range map[string]func(r *Report){
		"channel's value": func(r *Report) { r.channels.credit[0][3].value.add(sumOf(-1)) },
		"campaign's net":  func(r *Report) { r.campaign.credit[0][0].net.add(sumOf(1)) },
		"conversion":      func(r *Report) { r.channels.credit[1][5].conversions.add(sumOf(1)) },
		"net conversion":  func(r *Report) { r.totals.tally.netConversions.add(sumOf(1)) },
		"channel's cost":  func(r *Report) { r.channels.costs[0].add(sumOf(1)) },
		"path":            func(r *Report) { clear(r.paths.paths) },
	} {
		list, costs := sample()
		r := build(t, march(), list, costs...)
		spoil(r)
		if r.prove() == nil {
			t.Errorf("a %s that does not add up passes", name)
		}
	}
}

func TestBuildFails(t *testing.T) {
	broken := errors.New("the table is gone")
	_, err := Build(march(), func(yield func(Conversion, error) bool) { yield(Conversion{}, broken) }, nil)
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "default/daily/2026-03-01") {
		t.Errorf("got %v, want the iterator's error with the report's place", err)
	}
	h := march()
	h.Currency = "XXXX"
	if _, err := Build(h, each(nil), nil); err == nil || !strings.Contains(err.Error(), "XXXX") {
		t.Errorf("got %v, want an error that names the currency", err)
	}
}

func TestEmpty(t *testing.T) {
	if r := build(t, march(), nil, Cost{"Email", "", 0}); !r.Empty() {
		t.Error("a report of nothing is not empty")
	}
	if r := build(t, march(), []Conversion{{ID: "o"}}); r.Empty() {
		t.Error("a conversion of value 0 is something")
	}
	if r := build(t, march(), nil, Cost{"Email", "", 1}); r.Empty() {
		t.Error("a cost is something")
	}
}

func TestAmountsBeyond64Bits(t *testing.T) {
	list := []Conversion{{ID: "a", Value: math.MaxInt64, Net: math.MinInt64}, {ID: "b", Value: math.MaxInt64, Net: math.MinInt64}}
	p := parse(t, fileOf(t, build(t, march(), list), 1, ReportFile))
	if got := p.Totals["value_minor"]; got != "18446744073709551614" {
		t.Errorf("value %s, want 18446744073709551614", got)
	}
	if got := p.Totals["net_value_minor"]; got != "-18446744073709551616" {
		t.Errorf("net value %s, want -18446744073709551616", got)
	}
}

func TestCurrenciesWithOtherExponents(t *testing.T) {
	for _, c := range []struct{ currency, cpa, roas string }{
		{"JPY", "3", "2"}, {"USD", "300", "0.02"}, {"KWD", "3000", "0.002"},
	} {
		h := march()
		h.Currency = c.currency
		r := build(t, h, []Conversion{{ID: "o", Time: noon, Value: 6, Net: 6, Touches: touches("Email")}}, Cost{"Email", "", 3_000_000})
		row := r.channelRows(0)[0]
		if string(row.CPA) != c.cpa || string(row.ROAS) != c.roas {
			t.Errorf("%s: cpa %s, roas %s; want %s, %s", c.currency, row.CPA, row.ROAS, c.cpa, c.roas)
		}
	}
}
