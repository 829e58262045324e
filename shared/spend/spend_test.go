package spend

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tributary/shared/event"
	"tributary/shared/fault"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestExports ensures that every kind of file is read to the cent, as it comes from the platform.
func TestExports(t *testing.T) {
	google := Row{Campaign: "Spring sale", CampaignID: "21044556677", Channel: "Paid Search", Currency: "EUR"}
	pmax := Row{Campaign: "Brand | PMax", CampaignID: "21044556688", Channel: "Cross-network", Currency: "EUR"}
	german := Row{Campaign: "Frühling", CampaignID: "21044556677", Channel: "Paid Search", Currency: "EUR"}
	meta := Row{Campaign: "Spring | Prospecting", AdGroup: "Broad 25-54", Channel: "Paid Social", Currency: "USD"}
	linkedin := Row{Account: "Example GmbH", Campaign: "Leads DACH", CampaignID: "203456789", Channel: "Paid Social", Currency: "EUR"}
	with := func(r Row, date string, cost, impressions, clicks int64, conversions string) Row {
		r.Date, r.Cost, r.Impressions, r.Clicks, r.Conversions = date, cost, impressions, clicks, conversions
		return r
	}
	ad := func(r Row, ad, id string) Row { r.Ad, r.AdID = ad, id; return r }
	first, second := "2026-03-01", "2026-03-02"
	for _, c := range []struct {
		name     string
		platform string
		totals   int
		want     []Row
	}{
		{"google.csv", Google, 3, []Row{
			with(google, first, 1234_560000, 45678, 912, "18.5"), with(pmax, first, 87_100000, 9120, 143, "4"),
			with(google, second, 1101_020000, 41003, 871, "15"), with(pmax, second, 0, 0, 0, "0"),
		}},
		{"google_de_excel.csv", Google, 1, []Row{with(german, first, 1234_560000, 45678, 912, "18.5"), with(german, second, 987_000000, 1003, 871, "15")}},
		{"meta.csv", Meta, 1, []Row{
			ad(with(meta, first, 150_020000, 12342, 231, "9"), "Video A", "120211223344550"),
			ad(with(meta, first, 61_050000, 9650, 120, ""), "Image B", "120211223344551"),
			ad(with(meta, second, 222_000000, 17585, 370, "18"), "Video A", "120211223344550"),
		}},
		{"linkedin.csv", LinkedIn, 0, []Row{with(linkedin, first, 310_750000, 8120, 61, "3"), with(linkedin, second, 1004_100000, 9004, 72, "5")}},
		{"plain.csv", Other, 0, []Row{
			with(Row{Campaign: "newsletter", Channel: "Email", Currency: "USD"}, first, 19_990000, -1, -1, ""),
			with(Row{Campaign: "partners-q1", Channel: "Affiliates", Currency: "USD"}, first, 250_000000, -1, -1, ""),
		}},
		{"rows.json", Other, 0, []Row{
			with(Row{Account: "111-222-3333", Category: "agency", Kind: "other", Currency: "EUR"}, first, 800_000000, -1, -1, ""),
			with(Row{Account: "111-222-3333", Campaign: "spring", CampaignID: "21044556677", Channel: "Paid Search", Currency: "EUR"}, first, 12_345678, 1200, 36, "1.5"),
			with(Row{Account: "111-222-3333", Campaign: "spring", CampaignID: "21044556677", Channel: "Paid Search", Currency: "EUR"}, second, 9_000000, -1, -1, ""),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Read(fixture(t, c.name), Defaults{})
			if err != nil || len(f.Refused) > 0 {
				t.Fatalf("refused: %v %v", err, f.Refused)
			}
			if f.Platform != c.platform || f.Totals != c.totals || f.Rows != len(c.want) {
				t.Errorf("got platform %s, %d totals, %d rows; want %s, %d, %d", f.Platform, f.Totals, f.Rows, c.platform, c.totals, len(c.want))
			}
			var got []Row
			for _, s := range f.Sets {
				got = append(got, s.Rows...)
			}
			if d := cmp.Diff(c.want, got, cmpopts.IgnoreFields(Row{}, "Line")); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestRefused ensures that what would be counted wrongly is refused, by words that say what to do.
func TestRefused(t *testing.T) {
	const head = "date,campaign,cost,currency\n"
	for _, c := range []struct {
		name, file string
		code       fault.Code
		says       string
	}{
		{"a Meta export without days", string(fixture(t, "meta_span.csv")), fault.InvalidTime, "spans the days 2026-03-01 to 2026-03-31; in Ads Manager"},
		{"a LinkedIn export without days", string(fixture(t, "linkedin_span.csv")), fault.InvalidTime, "Time breakdown: Daily"},
		{"a Google export without days", "Campaign report\n\"March 1, 2026 - March 2, 2026\"\nCampaign,Currency code,Cost,Impr.\nx,EUR,1,2\n", fault.MissingField, "segment the table by Time > Day"},
		{"weeks", "Week,Campaign,Currency code,Cost,Impr.\n2026-03-02,x,EUR,1,2\n", fault.InvalidTime, "a week or a month"},
		{"no currency", "date,campaign,cost\n2026-03-01,x,1\n", fault.MissingField, "currency"},
		{"a currency that is none", head + "2026-03-01,x,1,EURO\n", fault.UnknownCurrency, "ISO 4217"},
		{"no cost", head + "2026-03-01,x,,EUR\n", fault.MissingField, "no cost"},
		{"a cost that is none", head + "2026-03-01,x,12.3.4,EUR\n", fault.InvalidAmount, "no amount"},
		{"an exponent", head + "2026-03-01,x,1E3,EUR\n", fault.InvalidAmount, "no amount"},
		{"finer than a millionth", head + "2026-03-01,x,0.1234567,EUR\n", fault.InvalidAmount, "no amount"},
		{"a day that may be two", head + "03/04/2026,x,1,EUR\n", fault.InvalidTime, "day_order"},
		{"a day that is none", head + "yesterday,x,1,EUR\n", fault.InvalidTime, "no day"},
		{"nothing that says what", "date,campaign,cost,currency\n2026-03-01,,1,EUR\n", fault.MissingField, "campaign"},
		{"a kind that is none", "date,campaign,cost,currency,kind\n2026-03-01,x,1,EUR,tv\n", fault.InvalidField, "media nor other"},
		{"a negative count", "date,campaign,cost,currency,clicks\n2026-03-01,x,1,EUR,-4\n", fault.InvalidField, "no count"},
		{"both decimal signs", head + "2026-03-01,x,\"1,50\",EUR\n2026-03-01,y,1.50,EUR\n", fault.InvalidAmount, "one language"},
		{"a page", "<!doctype html>\n<p>Sign in, please, now</p>\n", fault.MissingField, "names a column of cost"},
		{"nothing", "\n\n", fault.MissingField, "empty"},
		{"a header alone", head, fault.MissingField, "no row"},
		{"bytes", "\x00\x01\x02", fault.InvalidField, "UTF-8"},
		{"half a character", "\xff\xfea\x00b", fault.InvalidField, "cut off"},
		{"broken JSON", `{"rows":[`, fault.InvalidJSON, "begins as JSON"},
		{"a row that is no object", `{"rows":[1]}`, fault.InvalidJSON, "object"},
		{"a cost that stands twice", `[{"date":"2026-03-01","campaign":"x","cost":1,"cost":2,"currency":"EUR"}]`, fault.InvalidJSON, "twice"},
		{"a cost in a list", `[{"date":"2026-03-01","campaign":"x","cost":[1],"currency":"EUR"}]`, fault.InvalidField, "string or a number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Read([]byte(c.file), Defaults{})
			got := fault.Of(err)
			if err == nil && len(f.Refused) > 0 {
				got = f.Refused[0].Fault
			}
			if got == nil || got.Code != c.code || !strings.Contains(got.Message, c.says) {
				t.Errorf("got %v, want %s with %q", got, c.code, c.says)
			}
			if len(f.Sets) > 0 {
				t.Errorf("%d sets would be stored", len(f.Sets))
			}
		})
	}
}

// TestADayIsWholeOrLeft ensures that a refused row leaves out its own day and account, and no other.
func TestADayIsWholeOrLeft(t *testing.T) {
	f, err := Read([]byte("date,account,campaign,cost,currency\n"+
		"2026-03-01,a,x,1,EUR\n2026-03-01,a,y,?,EUR\n2026-03-02,a,x,2,EUR\n2026-03-01,b,x,3,EUR\n"), Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	var got []Day
	for _, s := range f.Sets {
		got = append(got, s.Day)
	}
	if d := cmp.Diff([]Day{{"a", "2026-03-02"}, {"b", "2026-03-01"}}, got); d != "" || len(f.Refused) != 1 || f.Refused[0].Line != 3 || f.Rows != 4 {
		t.Errorf("refused %v of %d; (-want +got):\n%s", f.Refused, f.Rows, d)
	}
}

// TestRowsOfOneAdAddUp ensures that an export by device counts whole.
func TestRowsOfOneAdAddUp(t *testing.T) {
	f, err := Read([]byte("Day,Campaign,Device,Currency code,Cost,Impr.,Clicks,Conversions\n"+
		"2026-03-01,x,Computers,EUR,1.10,10,1,0.25\n2026-03-01,x,Mobile phones,EUR,2.20,20,2,0.5\n"), Defaults{})
	if err != nil || len(f.Sets) != 1 || len(f.Sets[0].Rows) != 1 {
		t.Fatalf("got %+v, %v", f, err)
	}
	if r := f.Sets[0].Rows[0]; r.Cost != 3_300000 || r.Impressions != 30 || r.Clicks != 3 || r.Conversions != "0.75" {
		t.Errorf("got %+v", r)
	}
}

// TestDefaults ensures that what a file does not say comes from the connection.
func TestDefaults(t *testing.T) {
	d := Defaults{Channel: "Audio", Currency: "GBP", Account: "radio", DayOrder: "dmy"}
	f, err := Read([]byte("date;cost\n03/04/2026;1.234,50\n"), d)
	if err != nil || len(f.Sets) != 1 {
		t.Fatalf("got %+v, %v", f, err)
	}
	r := f.Sets[0].Rows[0]
	if r.Date != "2026-04-03" || r.Channel != "Audio" || r.Currency != "GBP" || f.Sets[0].Account != "radio" || r.Cost != 1234_500000 {
		t.Errorf("got %+v", r)
	}
}

// TestAmounts ensures that separators are read as the file's language means them.
func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		name string
		cell []string
		want []int64
	}{
		{"a point", []string{"1234.56", "7"}, []int64{1234_560000, 7_000000}},
		{"thousands by comma", []string{"1,234", "12.5"}, []int64{1234_000000, 12_500000}},
		{"thousands alone", []string{"1,234", "1,234,567"}, []int64{1234_000000, 1234567_000000}},
		{"a comma", []string{"1.234", "12,50"}, []int64{1234_000000, 12_500000}},
		{"thousands by point alone", []string{"1.234.567"}, []int64{1234567_000000}},
		{"a thousandth", []string{"0.125"}, []int64{125_000}},
		{"spaces and apostrophes", []string{"1 234.50", "1'234.50", "1\u202f234.50"}, []int64{1234_500000, 1234_500000, 1234_500000}},
		{"signs of currencies", []string{"$1.50", "US$1.50", "1.50 €", "-$2.00"}, []int64{1_500000, 1_500000, 1_500000, -2_000000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := votes(c.cell, point)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, cell := range c.cell {
				n, err := s.cost(cell)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, n)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestDrafts ensures that a row becomes an event that the doors take, named alike by every file.
func TestDrafts(t *testing.T) {
	f, err := Read(fixture(t, "google.csv"), Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	s := &f.Sets[0]
	ids := map[string]bool{}
	for i := range s.Rows {
		raw, err := s.Draft("shop", "ads", &s.Rows[i], 7)
		if err != nil {
			t.Fatal(err)
		}
		e, err := event.Parse(raw, event.Door{Trust: event.TrustWebhook, Now: 1})
		if err != nil {
			t.Fatal(err)
		}
		if e.ID != s.ID("ads", &s.Rows[i]) || e.Version != 7 || e.Cost != s.Rows[i].Cost || e.Site != "shop" || e.Date != s.Date || !strings.Contains(e.Props, `"impressions":`) {
			t.Errorf("got %+v", e)
		}
		ids[e.ID] = true
	}
	renamed := s.Rows[0]
	renamed.Campaign = "Spring sale (new name)"
	if !ids[s.ID("ads", &renamed)] || ids[s.ID("other", &s.Rows[0])] || len(ids) != len(s.Rows) {
		t.Error("an id hangs on a name, or not on the connection, or two rows share one")
	}
}

// FuzzRead ensures that no file breaks the reader, and that what it takes adds up to rows that the doors take.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"google.csv", "google_de_excel.csv", "meta.csv", "meta_span.csv", "linkedin.csv", "linkedin_span.csv", "plain.csv", "rows.json"} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		file, err := Read(body, Defaults{Currency: "EUR", DayOrder: "mdy"})
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		kept := 0
		for i := range file.Sets {
			s := &file.Sets[i]
			for j := range s.Rows {
				kept++
				if s.Rows[j].Date != s.Date || s.Date == "" || !isCurrency(s.Rows[j].Currency) {
					t.Fatalf("%+v in the set of %+v", s.Rows[j], s.Day)
				}
				if _, err := s.Draft("shop", "c", &s.Rows[j], 1); err != nil {
					t.Fatal(err)
				}
			}
		}
		if kept+len(file.Refused) > file.Rows {
			t.Fatalf("%d kept and %d refused of %d rows", kept, len(file.Refused), file.Rows)
		}
	})
}
