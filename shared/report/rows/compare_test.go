package rows

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/attribution"
	"tributary/shared/report"
)

// listed opens the conversions.csv of some conversions.
func listed(t *testing.T, list []report.Conversion) *os.File {
	t.Helper()
	for _, f := range write(t, list) {
		if f.Name == ConversionsFile {
			file, err := os.Open(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = file.Close() })
			return file
		}
	}
	t.Fatalf("no %s is written", ConversionsFile)
	return nil
}

// explain compares two lists and returns the changes as a report's document holds them.
func explain(t *testing.T, was, is []report.Conversion, held int64) map[string]string {
	t.Helper()
	c := &report.Changes{}
	if err := Compare(c, listed(t, was), listed(t, is), held); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, one := range c.List() {
		text := strings.Join([]string{one.Reason, one.From, one.To}, "|")
		if before, is := found[one.ID]; is {
			text = before + ", " + text
		}
		found[one.ID] = text
	}
	return found
}

// Ensures that every way in which a conversion may differ has its reason, each of several, with what was and is.
func TestCompare(t *testing.T) {
	was := conversions(20)
	for _, c := range []struct {
		name   string
		change func(list []report.Conversion) []report.Conversion
		want   map[string]string
	}{
		{"nothing", func(l []report.Conversion) []report.Conversion { return l }, map[string]string{}},
		{"another order of rows", func(l []report.Conversion) []report.Conversion { return append(l[5:], l[:5]...) }, map[string]string{}},
		{"one more", func(l []report.Conversion) []report.Conversion {
			return append(l, report.Conversion{ID: "O#new", Time: noon, Value: 1})
		}, map[string]string{"O#new": "added||0.01 USD"}},
		{"one less", func(l []report.Conversion) []report.Conversion { return l[1:] }, map[string]string{"O#o1": "removed|1.00 USD|"}},
		{"a refund", func(l []report.Conversion) []report.Conversion { l[0].Net = 10; return l }, map[string]string{"O#o1": "refund|0.60|0.10"}},
		{"a value, which moves the net as well", func(l []report.Conversion) []report.Conversion {
			l[0].Value, l[0].Net = 90, 50
			return l
		}, map[string]string{"O#o1": "value|1.00|0.90"}},
		{"whose it is", func(l []report.Conversion) []report.Conversion { l[0].Person = "U#1"; return l }, map[string]string{"O#o1": "identified|nobody known|somebody known by a user id"}},
		{"an erasure, which takes the ids of contacts too", func(l []report.Conversion) []report.Conversion {
			l[0].Person, l[0].Touches[0].ID = "X#7", "0000"
			return l
		}, map[string]string{"O#o1": "forgotten|nobody known|somebody known by a pseudonym"}},
		{"a time", func(l []report.Conversion) []report.Conversion { l[1].Time++; return l }, map[string]string{
			"N#e2": "time|2026-03-01T12:00:00.000Z|2026-03-01T12:00:00.001Z",
		}},
		{"a touch", func(l []report.Conversion) []report.Conversion { l[0].Touches = l[0].Touches[1:]; return l }, map[string]string{
			"O#o1": "touches|Paid Search > Email > Paid Search|Email > Paid Search",
		}},
		{"another touch of the same channel", func(l []report.Conversion) []report.Conversion { l[0].Touches[1].ID = "t9"; return l }, map[string]string{
			"O#o1": "touches|Paid Search > Email > Paid Search (7d23c52cbc4c359b)|Paid Search > Email > Paid Search (ceb2410ae0365f4b)",
		}},
		{"a refund and a touch at once", func(l []report.Conversion) []report.Conversion {
			l[0].Net, l[0].Touches = 10, l[0].Touches[1:]
			return l
		}, map[string]string{"O#o1": "refund|0.60|0.10, touches|Paid Search > Email > Paid Search|Email > Paid Search"}},
		{"a goal", func(l []report.Conversion) []report.Conversion { l[1].Goal = "-signup"; return l }, map[string]string{"N#e2": "goal|purchase|'-signup"}},
	} {
		for _, held := range []int64{0, 7 * perPass} { // in one pass and in eight
			if d := cmp.Diff(c.want, explain(t, was, c.change(conversions(20)), held)); d != "" {
				t.Errorf("%s, %d held (-want +got):\n%s", c.name, held, d)
			}
		}
	}
}

// Ensures that a file of another form is refused rather than compared.
func TestCompareRefusesOtherColumns(t *testing.T) {
	other := strings.NewReader("conversion,value\r\nO#1,2\r\n")
	if err := Compare(&report.Changes{}, other, listed(t, nil), 1); err == nil || !strings.Contains(err.Error(), ConversionsFile) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

// Ensures that two people who turn out to be one are told by the kind of their ids and by what they bought, in one pass and in eight,
// and that no id of theirs is told, nor a hash of one.
func TestCompareTellsWhoMerged(t *testing.T) {
	sold := func(by ...string) (list []report.Conversion) {
		for i, person := range by {
			list = append(list, report.Conversion{ID: string("ON"[i%2]) + "#" + string(rune('a'+i)), Time: noon, Value: 1, Person: person})
		}
		return list
	}
	for _, c := range []struct {
		name    string
		was, is []report.Conversion
		want    map[string]string
	}{
		{"a visitor is a customer", sold("A#x", "U#ada", "E#h"), sold("U#ada", "U#ada", "E#h"), map[string]string{
			"O#a": "merged|somebody known by an anonymous id|somebody known by a user id, whose event b is too",
		}},
		{"two more of the same", sold("P#stripe:c", "U#ada", "U#ada", "U#ada"), sold("U#ada", "U#ada", "U#ada", "U#ada"), map[string]string{
			"O#a": "merged|somebody known by a provider's id|somebody known by a user id, whose event b is too, and 2 more",
		}},
		{"both by a third id", sold("A#x", "F#y"), sold("E#h", "E#h"), map[string]string{
			"O#a": "merged|somebody known by an anonymous id|somebody known by an e-mail address, whose event b is too",
			"N#b": "merged|somebody known by a phone number|somebody known by an e-mail address, whose order a is too",
		}},
		{"erased", sold("U#ada"), sold(""), map[string]string{"O#a": "forgotten|somebody known by a user id|nobody known"}},
	} {
		for _, held := range []int64{0, 7 * perPass} {
			if d := cmp.Diff(c.want, explain(t, c.was, c.is, held)); d != "" {
				t.Errorf("%s, %d held (-want +got):\n%s", c.name, held, d)
			}
		}
	}
}

// Ensures that a file from before there were kinds of ids is compared all the same.
func TestCompareOlderFile(t *testing.T) {
	was := strings.NewReader(strings.Join(conversionColumns()[:firstColumns], ",") + "\r\nO#a,,2026-03-01T12:00:00.000Z,purchase,USD,0.01,0.00,false,false," + hashed("A#x") + ",0,,\r\n")
	c := &report.Changes{}
	if err := Compare(c, was, listed(t, []report.Conversion{{ID: "O#a", Time: noon, Value: 1, Goal: "purchase", Person: "U#ada"}}), 1); err != nil {
		t.Fatal(err)
	}
	want := []report.Change{{ID: "O#a", Reason: report.Merged, From: "somebody", To: "somebody known by a user id"}}
	if d := cmp.Diff(want, c.List()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Ensures that an order is named whose credit moved only for a campaign with settings of its own, and that an older file, which does not
// tell of such credit, differs from nothing.
func TestCompareTellsOwnCredit(t *testing.T) {
	h := head()
	h.Types, h.Campaigns = []string{"visit"}, []report.Campaign{{ID: "banner", Own: &report.Own{
		Model: attribution.Linear, Options: attribution.Options{Lookback: attribution.Day, ViewLookback: attribution.Day, Types: []string{"visit", "impression"}},
	}}}
	listed := func(views ...int64) string {
		c := report.Conversion{ID: "O#1", Time: noon, Value: 100, Net: 100, Touches: []report.Touch{{ID: "v", Time: noon - 1, Channel: "Email"}}}
		for _, at := range views {
			c.Touches = append(c.Touches, report.Touch{ID: fmt.Sprint("i", at), Time: noon - at, Type: "impression", Channel: "Display", Campaign: "banner"})
		}
		w, err := New(t.TempDir(), &h, 0)
		if err != nil {
			t.Fatal(err)
		}
		p := report.NewPart(h)
		p.Emit(w.Add)
		if err := p.Add(&c); err != nil {
			t.Fatal(err)
		}
		files, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		return string(body(t, files[2]))
	}
	compared := func(was, is string) []report.Change {
		c := &report.Changes{}
		if err := Compare(c, strings.NewReader(was), strings.NewReader(is), 1); err != nil {
			t.Fatal(err)
		}
		return c.List()
	}
	one, two := listed(5), listed(5, 7)
	got := compared(one, two)
	if len(got) != 1 || got[0].Reason != report.Owned || !strings.HasPrefix(got[0].From, "banner for 1 of 2 (") || !strings.HasPrefix(got[0].To, "banner for 2 of 3 (") {
		t.Errorf("got %+v, want credit of banner alone", got)
	}
	if got := compared(two, two); len(got) != 0 {
		t.Errorf("the same file: %+v", got)
	}
	older := strings.ReplaceAll(one, ",own_credit\r\n", "\r\n")
	row := strings.LastIndex(strings.TrimSuffix(older, "\r\n"), ",")
	if got := compared(older[:row]+"\r\n", two); len(got) != 0 {
		t.Errorf("an older file: %+v", got)
	}
}
