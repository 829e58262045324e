package report

import "testing"

// Ensures that a key, a path and a place are one another's, and that Athena finds the rows below the first day.
func TestPlace(t *testing.T) {
	for _, c := range []struct {
		name               string
		place              Place
		key, path, credits string
		end                string
	}{
		{
			"a month",
			Place{Site: "shop", Kind: Monthly, First: "2026-03-01"},
			"reports/shop/monthly/2026-03-01/000007/report.json", "shop/monthly/2026-03-01", "credits/shop/monthly/2026-03-01/000007.parquet", "2026-04-01",
		},
		{
			"a range",
			Place{Site: "shop", Kind: Range, First: "2026-03-01", To: "2026-03-08"},
			"reports/shop/range/2026-03-01_2026-03-08/000007/report.json", "shop/range/2026-03-01_2026-03-08", "credits/shop/range/2026-03-01/000007_2026-03-08.parquet", "2026-03-08",
		},
		{
			"ranges that shared a place",
			Place{Site: "shop", Kind: Range, First: "2026-03-01"},
			"reports/shop/range/2026-03-01/000007/report.json", "shop/range/2026-03-01_", "credits/shop/range/2026-03-01/000007.parquet", "",
		},
	} {
		if got := [...]string{c.place.Key(7, ReportFile), c.place.Path(), c.place.CreditsKey(7), c.place.End()}; got != [...]string{c.key, c.path, c.credits, c.end} {
			t.Errorf("%s: got %q, want %q", c.name, got, [...]string{c.key, c.path, c.credits, c.end})
		}
		got, revision, file, ok := ParseKey(c.key)
		if got != c.place || revision != 7 || file != ReportFile || !ok {
			t.Errorf("%s: ParseKey gave %v %d %q %v", c.name, got, revision, file, ok)
		}
		if got, exact, ok := ParsePlace("shop", c.place.Kind, c.path[len("shop/"+c.place.Kind+"/"):]); got != c.place || !exact || !ok {
			t.Errorf("%s: ParsePlace gave %v %v %v", c.name, got, exact, ok)
		}
	}
	if got, exact, ok := ParsePlace("shop", Range, "2026-03-01"); got != (Place{Site: "shop", Kind: Range, First: "2026-03-01"}) || exact || !ok {
		t.Errorf("a range's first day alone: got %v, exact %v, ok %v", got, exact, ok)
	}
}

// others are keys that no report has.
func otherKeys() []string {
	return []string{
		"", "reports/", "x/shop/monthly/2026-03-01/000007/report.json", "reports/shop/monthly/2026-03-01/7/report.json",
		"reports/shop/monthly/2026-03-01/000000/report.json", "reports/shop/monthly/2026-03-01/-00001/report.json",
		"reports/shop/monthly/2026-03-01/000007/", "reports/shop/monthly/2026-03-01/000007/a/b",
		"reports/shop/hourly/2026-03-01/000007/report.json", "reports/shop/range/../000007/report.json", "reports/shop/range/2026-03/000007/report.json",
		"reports/shop/range/2026-03-01_/000007/report.json", "reports/shop/range/2026-03-01_../000007/report.json",
		"reports/shop/range/2026-03-01_2026-03-08_/000007/report.json", "reports/shop/range/_2026-03-08/000007/report.json",
		"reports/shop/daily/2026-03-01_2026-03-08/000007/report.json",
	}
}

// Ensures that nothing passes for a report that is none.
func TestOtherKeys(t *testing.T) {
	for _, other := range otherKeys() {
		if p, _, _, ok := ParseKey(other); ok {
			t.Errorf("%q passes as a key of %v", other, p)
		}
	}
}

// Ensures that whatever passes for a report's key is the one that its place makes.
func FuzzParseKey(f *testing.F) {
	for _, key := range append(otherKeys(), "reports/shop/range/2026-03-01_2026-03-08/000007/report.json", "reports/shop/daily/2026-03-01/000001/a.csv") {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		p, revision, name, ok := ParseKey(key)
		if ok && (p.Key(revision, name) != key || p.First < "1970-01-01" || len(p.First) != len("2026-03-01") || p.Kind != Range && p.To != "") {
			t.Errorf("%q passes as %+v %d %q", key, p, revision, name)
		}
	})
}

// Ensures that of ranges that begin on one day the one made last is found, whatever shares the day.
func TestLast(t *testing.T) {
	at := func(to string) Place { return Place{Site: "shop", Kind: Range, First: "2026-03-01", To: to} }
	for _, c := range []struct {
		name     string
		newest   map[Place]int
		place    Place
		revision int
	}{
		{"none", nil, Place{}, 0},
		{"one", map[Place]int{at("2026-03-08"): 1}, at("2026-03-08"), 1},
		{"the shorter made later", map[Place]int{at("2026-03-08"): 3, at("2026-04-01"): 2, at(""): 1}, at("2026-03-08"), 3},
		{"from before each had its place", map[Place]int{at(""): 4}, at(""), 4},
		{"two at once", map[Place]int{at("2026-03-08"): 2, at("2026-04-01"): 2, at(""): 2}, at("2026-04-01"), 2},
	} {
		if got, revision := Last(c.newest); got != c.place || revision != c.revision {
			t.Errorf("%s: got %v revision %d, want %v revision %d", c.name, got, revision, c.place, c.revision)
		}
	}
}
