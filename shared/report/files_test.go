package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tributary/shared/attribution"
)

func TestManifestDescribesEveryFile(t *testing.T) {
	list, costs := sample()
	files, err := build(t, march(), list, costs...).Files(12)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ReadManifest(files[len(files)-1].Body)
	if err != nil {
		t.Fatal(err)
	}
	if m.Revision != 12 || m.Inputs.Conversions != 5 || m.Inputs.Touches != 9 || m.Inputs.Costs != 3 || len(m.Inputs.Digest) != 64 {
		t.Errorf("got %+v", m)
	}
	if len(m.Files) != len(files)-1 {
		t.Fatalf("got %d entries for %d files", len(m.Files), len(files)-1)
	}
	for _, f := range files[:len(files)-1] {
		hash := sha256.Sum256(f.Body)
		want := Entry{f.Name, f.ContentType, int64(len(f.Body)), hex.EncodeToString(hash[:])}
		got, ok := m.File(f.Name)
		if d := cmp.Diff(want, got); !ok || d != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, d)
		}
	}
	if _, ok := m.File("../secret"); ok {
		t.Error("a file that is not listed was found")
	}
	if _, err := ReadManifest([]byte("{")); err == nil {
		t.Error("half a manifest was read")
	}
}

// No file tells when it was made: another revision differs in its number only.
func TestRevisionsDifferInTheirNumberOnly(t *testing.T) {
	list, costs := sample()
	r := build(t, march(), list, costs...)
	a, b := fileOf(t, r, 1, ReportFile), fileOf(t, r, 2, ReportFile)
	if got := bytes.Replace(a, []byte(`"revision":1,`), []byte(`"revision":2,`), 1); !bytes.Equal(got, b) {
		t.Error("two revisions of one report differ in more than their number")
	}
	if !bytes.Equal(fileOf(t, r, 1, CampaignsFile), fileOf(t, r, 2, CampaignsFile)) {
		t.Error("the tables of two revisions differ")
	}
}

func TestCellsDoNotRun(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Email", "Email"},
		{"=1+1", "'=1+1"},
		{"+1", "'+1"},
		{"-1", "'-1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\tx", "'\tx"},
		{"\rx", "'\rx"},
		{"a=1", "a=1"},
		{"'=1", "'=1"},
		{"é", "é"},
	} {
		if got := cell(c.in); got != c.want {
			t.Errorf("cell(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// A reader of RFC 4180 finds the figures of report.json in the tables, and no cell of text that runs.
func TestTablesHoldWhatTheReportHolds(t *testing.T) {
	list := []Conversion{
		{ID: "a", Time: noon, Value: -100, Net: -100, Touches: touches("=HYPERLINK(1)/@x", "a,b/\"q\"", "line\nbreak/-2")},
		{ID: "b", Time: noon, Value: 5, Net: 5},
	}
	r := build(t, march(), list, Cost{"a,b", "+44", 3})
	raw := fileOf(t, r, 1, CampaignsFile)
	if n := bytes.Count(raw, []byte("\n")); n != bytes.Count(raw, []byte("\r\n")) {
		t.Error("a line does not end in CRLF")
	}
	lines, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	for m, model := range attribution.Models() {
		for _, row := range r.campaignRows(m) {
			want = append(want, append([]string{string(model), cell(*row.Campaign), cell(row.Channel)}, r.figures(&row)...))
		}
	}
	if d := cmp.Diff(want, lines[1:]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	negative := false
	for _, line := range lines[1:] {
		for i, c := range line {
			negative = negative || i == 5 && strings.HasPrefix(c, "-")
			if i < 3 && c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				t.Errorf("the cell %q runs in a spreadsheet", c)
			}
		}
	}
	if !negative {
		t.Error("numbers must stay numbers: no negative value was found unquoted")
	}
}

func TestSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var got sum
		want := new(big.Int)
		for _, v := range rapid.SliceOf(rapid.Int64()).Draw(t, "values") {
			got.add(sumOf(v))
			want.Add(want, big.NewInt(v))
		}
		if got.String() != want.String() || got.big().Cmp(want) != 0 {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

func TestQuotient(t *testing.T) {
	for _, c := range []struct {
		num, mul, den, div int64
		want               ratio
	}{
		{1, 1, 0, 1, null},
		{0, 1, 0, 1, null},
		{0, 1, 5, 1, "0"},
		{1, 1, 3, 1, "0.3333333333333333"},
		{2, 1, -4, 1, "-0.5"},
		{1, 1, 10_000_000, 1, "0.0000001"},
		{math.MaxInt64, math.MaxInt64, 1, 1, "85070591730234620000000000000000000000"},
	} {
		if got := quotient(sumOf(c.num), c.mul, sumOf(c.den), c.div); got != c.want {
			t.Errorf("%d*%d/(%d*%d) = %s, want %s", c.num, c.mul, c.den, c.div, got, c.want)
		}
	}
}
