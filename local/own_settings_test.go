package main_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// How a touch, a sale and a refund of the test below are told.
const (
	ownTouch = `{"id":%q,"type":%q,"anonymous_id":%q,"time":"2026-%s:00Z","channel":%q,"campaign":%q}`
	ownSale  = `{"id":%q,"type":"conversion","anonymous_id":%q,"time":"2026-%s:00Z","order_id":%q,"value":%q,"currency":"USD"}`
	ownTaken = `{"id":%q,"type":"refund","time":"2026-%s:00Z","order_id":%q,"value":%q,"currency":"USD","props":{"refund_id":%q}}`
)

// ownStory are five people. The site takes the last of visits, clicks and (for a day) impressions within 30 days. The campaign
// "spring" shares alike among visits and (for 7 days) impressions within 60 days, without clicks, without Direct beside others, and
// with nothing from before the conversion before.
func ownStory() []json.RawMessage {
	var list []json.RawMessage
	add := func(format string, args ...any) { list = append(list, fmt.Appendf(nil, format, args...)) }
	// a: seen and visited too long ago for the site, a click that is none for spring, and Direct, which is none for it either.
	add(ownTouch, "a1", "visit", "a", "02-09T12:00", "Paid Social", "spring")
	add(ownTouch, "a2", "impression", "a", "03-28T12:00", "Display", "spring")
	add(ownTouch, "a3", "click", "a", "03-30T12:00", "Paid Search", "brand")
	add(ownTouch, "a4", "visit", "a", "03-31T10:00", "Direct", "")
	add(ownSale, "as", "a", "03-31T12:00", "A-1", "100.01")
	// b: bought before; what led there is used up for spring. Three visits since, for an odd third.
	add(ownTouch, "b1", "visit", "b", "03-10T12:00", "Email", "spring")
	add(ownSale, "bs", "b", "03-12T12:00", "B-1", "40.00")
	add(ownTouch, "b2", "visit", "b", "03-15T12:00", "Email", "spring")
	add(ownTouch, "b3", "visit", "b", "03-20T12:00", "Paid Search", "brand")
	add(ownTouch, "b4", "visit", "b", "03-25T12:00", "Paid Social", "spring")
	add(ownSale, "bt", "b", "03-26T12:00", "B-2", "100.00")
	// c: the last touch is of a campaign without settings; spring's is 58 days old.
	add(ownTouch, "c1", "visit", "c", "02-01T12:00", "Email", "spring")
	add(ownTouch, "c2", "visit", "c", "03-29T12:00", "Paid Search", "brand")
	add(ownSale, "cs", "c", "03-31T12:00", "C-1", "70.00")
	// d only saw spring three days before, e the same day, under the number that the ad platform has for it.
	add(ownTouch, "d1", "impression", "d", "03-28T12:00", "Display", "spring")
	add(ownSale, "ds", "d", "03-31T12:00", "D-1", "50.00")
	add(ownTouch, "e1", "impression", "e", "03-31T00:00", "Display", "9001")
	add(ownSale, "es", "e", "03-31T12:00", "E-1", "20.00")
	return list
}

// ownRefunds give back a part of B-2 twice, once of them told by two senders, and all of C-1.
func ownRefunds() []json.RawMessage {
	var list []json.RawMessage
	for _, r := range [][5]string{
		{"r1", "04-02T12:00", "B-2", "33.34", "one"},
		{"r1again", "04-02T12:05", "B-2", "33.34", "one"},
		{"r2", "04-03T12:00", "B-2", "10.00", "two"},
		{"r3", "04-04T12:00", "C-1", "70.00", "three"},
	} {
		list = append(list, fmt.Appendf(nil, ownTaken, r[0], r[1], r[2], r[3], r[4]))
	}
	return list
}

// ownFigures are a row's conversions, value, net conversions and net value, in millionths and cents.
type ownFigures struct {
	Conversions    int64 `json:"conversions_micro"`
	Value          int64 `json:"value_minor"`
	NetConversions int64 `json:"net_conversions_micro"`
	Net            int64 `json:"net_value_minor"`
}

// TestCampaignsOwnSettings ensures, on the whole stack, that a campaign is credited by its own model, look-backs, touch types, direct
// rule and reset, in the report and among the KPIs, while the site's model moves the site's; and that refunds take back, from the
// touches that had it, to the cent, what was given. Every number was worked out by hand.
func TestCampaignsOwnSettings(t *testing.T) {
	s := startStack(t, "", nil, "-engine", "dynoxide") // for speed: what is judged is credit, which the oracle compares on both engines
	s.must(t, http.MethodPut, "/v1/sites/default", map[string]any{
		"retention_days": 5000, "model": "last_touch", "touch_types": []string{"visit", "click", "impression"}, "lookback_days": 30, "view_lookback_days": 1,
	}, nil)
	s.must(t, http.MethodPut, "/v1/campaigns/spring", map[string]any{
		"model": "linear", "touch_types": []string{"visit", "impression"}, "lookback_days": 60, "view_lookback_days": 7,
		"exclude_direct_unless_only": true, "reset_after_conversion": true, "aliases": []string{"9001"},
	}, nil)
	post(t, s, ownStory())
	s.idle(t)
	want := map[string]ownFigures{
		"(none) Direct last_touch":                 {1_000_000, 10001, 1_000_000, 10001},
		"(unattributed) (unattributed) last_touch": {1_000_000, 5000, 1_000_000, 5000},
		"brand Paid Search last_touch":             {1_000_000, 7000, 1_000_000, 7000},
		"spring Email last_touch":                  {1_000_000, 4000, 1_000_000, 4000},
		"spring Paid Social last_touch":            {1_000_000, 10000, 1_000_000, 10000},
		"spring Display last_touch":                {1_000_000, 2000, 1_000_000, 2000},
		"spring Email own:linear":                  {1_833_334, 10834, 1_833_334, 10834}, // B-1, the first third of B-2, half of C-1
		"spring Paid Social own:linear":            {833_333, 8334, 833_333, 8334},       // half of A-1 with the odd cent, the last third of B-2
		"spring Display own:linear":                {2_500_000, 12000, 2_500_000, 12000}, // half of A-1, D-1, E-1
	}
	checkOwn(t, s, "before any refund", want, ownFigures{6_000_000, 38001, 6_000_000, 38001})
	post(t, s, ownRefunds())
	s.idle(t)
	want["brand Paid Search last_touch"] = ownFigures{1_000_000, 7000, 0, 0}
	want["spring Paid Social last_touch"] = ownFigures{1_000_000, 10000, 1_000_000, 5666}
	want["spring Email own:linear"] = ownFigures{1_833_334, 10834, 1_333_334, 5889}  // of 56.66 the first third is 18.89
	want["spring Paid Social own:linear"] = ownFigures{833_333, 8334, 833_333, 6889} // and the last 18.88
	checkOwn(t, s, "after the refunds", want, ownFigures{6_000_000, 38001, 5_000_000, 26667})
	checkOwnKPIs(t, s)
	checkMerged(t, s)
}

// checkMerged ensures that the next revision says, for people, that two of them turned out to be one, and by which events, and does not say who.
func checkMerged(t *testing.T, s *stack) {
	t.Helper()
	post(t, s, []json.RawMessage{
		json.RawMessage(`{"id":"id1","type":"identify","anonymous_id":"d","user_id":"ada-4711"}`), json.RawMessage(`{"id":"id2","type":"identify","anonymous_id":"e","user_id":"ada-4711"}`),
	})
	s.idle(t)
	s.report(t, "default")
	for file, want := range map[string][]string{
		"report.json": {`{"id":"O#D-1","reason":"merged","from":"somebody known by an anonymous id","to":"somebody known by a user id, whose order E-1 is too","written_because":["id`}, // id1, id2 or both, as they came in batches
		"report.html": {"Order D-1", "Two people found to be one", "somebody known by an anonymous id", "somebody known by a user id, whose order E-1 is too", "Its record was last written because of"},
	} {
		got := s.text(t, ownReport+file)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s does not say %s", file, w)
			}
		}
		if strings.Contains(got, "ada-4711") {
			t.Errorf("%s says who", file)
		}
	}
}

// report has the test's period of a site reported.
func (s *stack) report(t *testing.T, site string) {
	t.Helper()
	var made struct {
		Path  string
		Error string `json:"errorMessage"`
	}
	s.must(t, http.MethodPost, "/2015-03-31/functions/report/invocations", map[string]string{"site": site, "period": "range", "from": "2026-03-01", "to": "2026-04-01"}, &made)
	if made.Path == "" {
		t.Fatalf("no report is made: %s", made.Error)
	}
}

// checkOwn compares the report and its two tables. want has every row of the site's model and of own settings; the report's own table
// has one of each campaign and channel.
func checkOwn(t *testing.T, s *stack, when string, want map[string]ownFigures, all ownFigures) {
	t.Helper()
	s.report(t, "default")
	var r struct {
		Campaigns []struct {
			Campaign, Channel, Model string
			Own                      bool
			ownFigures
		}
		Models map[string]struct{ Channels []ownFigures }
	}
	s.must(t, http.MethodGet, ownReport+"report.json", nil, &r)
	got := map[string]ownFigures{}
	for _, c := range r.Campaigns {
		model := c.Model
		if c.Own {
			model = "own:" + model
		}
		got[c.Campaign+" "+c.Channel+" "+model] = c.ownFigures
	}
	judged := maps.Clone(want)
	maps.DeleteFunc(judged, func(name string, _ ownFigures) bool {
		return strings.HasPrefix(name, "spring") && !strings.Contains(name, "own:")
	})
	if d := cmp.Diff(judged, got); d != "" {
		t.Errorf("%s, report.json, campaigns (-want +got):\n%s", when, d)
	}
	for model, m := range r.Models {
		var sum ownFigures
		for _, c := range m.Channels {
			sum = sum.plus(c)
		}
		if sum != all {
			t.Errorf("%s, report.json, %s: the channels sum to %+v, want %+v", when, model, sum, all)
		}
	}
	if len(r.Models) != 14 {
		t.Errorf("%s, report.json: got %d models, want 14", when, len(r.Models))
	}
	got = s.ownRows(t, ownReport+"campaigns.csv", "campaign", "channel", "model")
	maps.DeleteFunc(got, func(name string, _ ownFigures) bool {
		return !strings.HasSuffix(name, " last_touch") && !strings.Contains(name, "own:")
	})
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s, campaigns.csv (-want +got):\n%s", when, d)
	}
	sums := s.ownRows(t, ownReport+"channels.csv", "model")
	for model, sum := range sums {
		if sum != all {
			t.Errorf("%s, channels.csv, %s: the channels sum to %+v, want %+v", when, model, sum, all)
		}
	}
	if len(sums) != 14 {
		t.Errorf("%s, channels.csv: got %d models, want 14", when, len(sums))
	}
}

const ownReport = "/v1/reports/default/range/2026-03-01/"

func (f ownFigures) plus(o ownFigures) ownFigures {
	return ownFigures{f.Conversions + o.Conversions, f.Value + o.Value, f.NetConversions + o.NetConversions, f.Net + o.Net}
}

// ownRows sums a table's rows by some of its columns.
func (s *stack) ownRows(t *testing.T, file string, by ...string) map[string]ownFigures {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(s.text(t, file))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]ownFigures{}
	for _, line := range lines[1:] {
		cell := func(name string) string { return line[slices.Index(lines[0], name)] }
		whole := func(name string) int64 {
			n, err := strconv.ParseInt(cell(name), 10, 64)
			if err != nil {
				t.Fatalf("%s, %s: %v", file, name, err)
			}
			return n
		}
		var key []string
		for _, name := range by {
			key = append(key, cell(name))
		}
		name := strings.Join(key, " ")
		sums[name] = sums[name].plus(ownFigures{whole("conversions_micro"), whole("value_minor"), whole("net_conversions_micro"), whole("net_value_minor")})
	}
	return sums
}

// text is the body of a keyed GET.
func (s *stack) text(t *testing.T, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.Key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v %s", path, res.Status, err, body)
	}
	return string(body)
}

// checkOwnKPIs compares the KPIs: the site's and its campaigns' by the site's model, and, asked for, the campaigns' by their own.
func checkOwnKPIs(t *testing.T, s *stack) {
	t.Helper()
	const march = "from=2026-03-01&to=2026-04-01&kpis="
	const credit = march + "conversions_micro,revenue_gross_minor,revenue_net_minor"
	for _, c := range []struct {
		name, query string
		want        []string
	}{
		{"the site", march + "conversions,net_conversions,revenue_gross_minor,revenue_net_minor", []string{"conversions=6 net_conversions=5 revenue_gross_minor=38001 revenue_net_minor=26667"}},
		{"refunds, on their days", "from=2026-04-01&to=2026-05-01&by=day&kpis=refunds_minor", []string{"refunds_minor=3334", "refunds_minor=1000", "refunds_minor=7000"}},
		{"campaigns, by the site's model", credit + "&by=campaign", []string{
			"campaign=brand conversions_micro=1000000 revenue_gross_minor=7000 revenue_net_minor=0", "campaign=spring conversions_micro=3000000 revenue_gross_minor=16000 revenue_net_minor=11666",
		}},
		{"campaigns, each by its own settings", credit + "&by=campaign&model=own", []string{
			"campaign=brand conversions_micro=1000000 revenue_gross_minor=7000 revenue_net_minor=0", "campaign=spring conversions_micro=5166667 revenue_gross_minor=31168 revenue_net_minor=24778",
		}},
		{"the campaign that asks", credit + "&campaign=spring&by=channel&model=own", []string{
			"channel=Display conversions_micro=2500000 revenue_gross_minor=12000 revenue_net_minor=12000", "channel=Email conversions_micro=1833334 revenue_gross_minor=10834 revenue_net_minor=5889",
			"channel=Paid Social conversions_micro=833333 revenue_gross_minor=8334 revenue_net_minor=6889",
		}},
	} {
		var a struct{ Rows []map[string]any }
		s.must(t, http.MethodGet, "/v1/kpis?"+c.query, nil, &a)
		var got []string
		for _, row := range a.Rows {
			if n, is := row["refunds_minor"]; is && n == 0.0 {
				continue
			}
			var parts []string
			for _, name := range []string{"campaign", "channel", "conversions", "net_conversions", "conversions_micro", "revenue_gross_minor", "revenue_net_minor", "refunds_minor"} {
				switch v := row[name].(type) {
				case string:
					parts = append(parts, name+"="+v)
				case float64:
					parts = append(parts, fmt.Sprintf("%s=%.0f", name, v))
				}
			}
			got = append(got, strings.Join(parts, " "))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}
