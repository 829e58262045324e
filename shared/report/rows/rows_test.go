package rows

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"tributary/shared/attribution"
	"tributary/shared/report"
)

func head() report.Head {
	return report.Head{
		Period: report.Period{Kind: report.Daily, From: "2026-03-01", To: "2026-03-02", Zone: time.UTC},
		Site:   "default", Currency: "USD", Lookback: 30 * attribution.Day, HalfLife: 7 * attribution.Day,
	}
}

const noon = 1772366400000

func conversions(n int) []report.Conversion {
	list := []report.Conversion{
		{ID: "O#o1", Order: "o1", Time: noon, Value: 100, Net: 60, Goal: "purchase", Touches: []report.Touch{
			{ID: "t1", Time: noon - 3, Channel: "Paid Search", Campaign: "brand", ClickIDs: map[string]string{"gclid": "G1", "msclkid": "M1"}},
			{ID: "t2", Time: noon - 2, Channel: "Email"},
			{ID: "t3", Time: noon - 1, Channel: "Paid Search", ClickIDs: map[string]string{"gclid": "=G2"}},
		}},
		{ID: "N#e2", Time: noon, Value: 7, Net: 7, Goal: "purchase"},
		{ID: "O#o3", Order: "o3", Time: noon, Value: 50, Refunded: true, Goal: "purchase", Touches: []report.Touch{
			{ID: "t4", Time: noon - 1, Channel: "Email", ClickIDs: map[string]string{"gclid": "G9"}},
		}},
	}
	for i := range n {
		list = append(list, report.Conversion{ID: fmt.Sprint("O#x", i), Time: noon + int64(i), Value: int64(i), Net: int64(i), Touches: []report.Touch{
			{ID: fmt.Sprint("a", i), Time: noon - 5, Channel: "Email"}, {ID: fmt.Sprint("b", i), Time: noon - 4, Channel: fmt.Sprint("C", i%7)},
		}})
	}
	return list
}

func write(t *testing.T, list []report.Conversion) []report.File {
	t.Helper()
	h := head()
	w, err := New(t.TempDir(), &h, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.group = 25_000 // so that 3,000 conversions have several
	p := report.NewPart(h)
	p.Emit(w.Add)
	for i := range list {
		if err := p.Add(&list[i]); err != nil {
			t.Fatal(err)
		}
	}
	files, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func body(t *testing.T, f report.File) []byte {
	t.Helper()
	b, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(b); f.Size != int64(len(b)) || f.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("%s: %d bytes %s, its entry says %d %s", f.Name, len(b), hex.EncodeToString(sum[:]), f.Size, f.SHA256)
	}
	return b
}

// Every model's rows sum to the conversions, and what is read back is what was credited.
func TestRowsSumToTheConversions(t *testing.T) {
	list := conversions(3000)
	files := write(t, list)
	file := body(t, files[0])
	if f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file))); err != nil || len(f.RowGroups()) < 2 {
		t.Fatalf("%v, or one row group", err)
	}
	rows, err := parquet.ReadFile[Row](files[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	var value, net int64
	touches := 0
	for _, c := range list {
		value, net, touches = value+c.Value, net+c.Net, touches+max(1, len(c.Touches))
	}
	models := len(attribution.Models())
	if len(rows) != touches*models {
		t.Fatalf("%d rows, want %d", len(rows), touches*models)
	}
	sums := map[string][4]int64{}
	for _, r := range rows {
		s := sums[r.Model]
		sums[r.Model] = [4]int64{s[0] + r.ConversionsMicro, s[1] + r.ValueMinor, s[2] + r.NetConversions, s[3] + r.NetValueMinor}
	}
	want := [4]int64{int64(len(list)) * 1_000_000, value, int64(len(list)-1) * 1_000_000, net}
	for model, got := range sums {
		if got != want {
			t.Errorf("%s: %v, want %v", model, got, want)
		}
	}
	first := Row{
		Conversion: "O#o1", Order: "o1", Time: noon, Goal: "purchase", Model: "first_touch", Position: 1, Touches: 3, Touch: "t1", TouchTime: noon - 3,
		TouchType: "visit", Channel: "Paid Search", Campaign: "brand", ConversionsMicro: 1_000_000, ValueMinor: 100, NetConversions: 1_000_000,
		NetValueMinor: 60, Currency: "USD",
	}
	if d := cmp.Diff(first, rows[0]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestSameRowsSameBytes(t *testing.T) {
	list := conversions(3000)
	a, b := write(t, list), write(t, list)
	for i := range a {
		if a[i].SHA256 != b[i].SHA256 {
			t.Errorf("%s differs between two runs", a[i].Name)
		}
	}
}

func TestOfflineConversions(t *testing.T) {
	files := write(t, conversions(1))
	lines := strings.Split(string(body(t, files[1])), "\r\n")
	want := []string{
		"Google Click ID,GBRAID,WBRAID,Microsoft Click ID,Facebook Click ID,TikTok Click ID,LinkedIn Click ID,X Click ID,Reddit Click ID," +
			"Pinterest Click ID,Snapchat Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency,Order ID",
		"'=G2,,,M1,,,,,,,,purchase,2026-03-01 12:00:00+0000,0.60,USD,o1",
		"",
	}
	if d := cmp.Diff(want, lines); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		exponent int
		want     string
	}{{1999, 2, "19.99"}, {5, 2, "0.05"}, {-5, 2, "-0.05"}, {7, 0, "7"}, {1234, 3, "1.234"}, {0, 2, "0.00"}, {math.MinInt64, 2, "-92233720368547758.08"}} {
		if got := decimal(c.minor, c.exponent); got != c.want {
			t.Errorf("%d of %d decimals is %s, want %s", c.minor, c.exponent, got, c.want)
		}
	}
}

func TestDiscard(t *testing.T) {
	h := head()
	w, err := New(t.TempDir(), &h, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(w.dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
	h.Currency = "XXXX"
	if _, err := New(t.TempDir(), &h, 0); err == nil {
		t.Error("a currency that is not known passes")
	}
}

// Ensures that a conversion which is added twice is found where its record was written since the reading began, whatever stands between,
// and that one which is added once is not.
func TestAConversionThatMoved(t *testing.T) {
	const began = noon + 100
	for _, c := range []struct {
		name    string
		written []int64 // of "O#1" each time it is added
		want    error
	}{
		{"once, before", []int64{began - 1}, nil},
		{"once, meanwhile", []int64{began}, nil},
		{"it moved", []int64{began - 1, began}, ErrMoved},
		{"it moved twice", []int64{began, began + 1, began + 2}, ErrMoved},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := head()
			w, err := New(t.TempDir(), &h, began)
			if err != nil {
				t.Fatal(err)
			}
			p := report.NewPart(h)
			p.Emit(w.Add)
			for i, written := range c.written {
				for _, one := range []report.Conversion{{ID: "O#1", Time: noon, Written: written}, {ID: fmt.Sprint("O#2", i), Time: noon, Written: began}} {
					if err := p.Add(&one); err != nil {
						t.Fatal(err)
					}
				}
			}
			if _, err := w.Close(); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
