package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/event"
	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/httpapi"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// kpiNow is the clock of these tests: the evening of 10 January 2026 in UTC, the 11th in Berlin.
var kpiNow = time.Date(2026, 1, 10, 23, 30, 0, 0, time.UTC)

// kpiSite makes a site with these settings and counts these moves for it.
func kpiSite(t *testing.T, body string, moves func(site string, quarter bool) []kpi.Move) (*server, string) {
	t.Helper()
	st := storetest.Open(t)
	id := storetest.Site(t)
	site, err := settings.ParseSite(id, []byte(body), settings.Site{})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(site)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.PutSetting(context.Background(), store.Sites, store.Setting{ID: id, Body: raw}); err != nil {
		t.Fatal(err)
	}
	f := kpi.NewFold("stream/"+id, kpiNow)
	f.Add(fmt.Sprintf("%040d", 1), "1", moves(id, site.Fractional()))
	aside := func(_ context.Context, d kpi.Delta, cause error) error { return cause }
	if _, err := f.Apply(context.Background(), kpi.NewDirectory(st, st), aside); err != nil {
		t.Fatal(err)
	}
	return newServer(st, nil, func(string) string { return "" }, func() time.Time { return kpiNow }), id
}

// askKPIs asks for figures; what is refused comes back as the fault.
func askKPIs(t *testing.T, s *server, site, query string) (figures.Answer, *fault.Fault) {
	t.Helper()
	r := &httpapi.Request{RawPath: "/v1/kpis", RawQueryString: query + "&site=" + url.QueryEscape(site)}
	res, err := s.kpis(context.Background(), r)
	if f := fault.Of(err); f != nil {
		return figures.Answer{}, f
	}
	if err != nil {
		t.Fatal(err)
	}
	var a figures.Answer
	if err := json.Unmarshal([]byte(res.Body), &a); err != nil {
		t.Fatal(err)
	}
	return a, nil
}

// rowsOf writes rows as "label=value ... name=value", labels and names in order.
func rowsOf(a figures.Answer) []string {
	var out []string
	for _, row := range a.Rows {
		var parts []string
		for name, v := range row {
			parts = append(parts, fmt.Sprintf("%s=%v", name, v))
		}
		slices.Sort(parts)
		out = append(out, strings.Join(parts, " "))
	}
	return out
}

// shopMoves are a small shop's: two days, two channels, one bot, costs in two currencies, a sale, a sign-up.
func shopMoves(site string, quarter bool) []kpi.Move {
	var moves []kpi.Move
	add := func(typ string, at time.Time, change func(*event.Event)) {
		e := &event.Event{ID: "x", Type: typ, Site: site, Time: at.UnixMilli(), Quarter: quarter}
		change(e)
		moves = append(moves, kpi.Moves(e)...)
	}
	display := func(e *event.Event) {
		e.Channel, e.Campaign, e.Source, e.Medium = "Display", "spring", "ads", "cpm"
		e.HasCost, e.Cost, e.Currency = true, 500_000, "USD"
	}
	email := func(e *event.Event) { e.Channel, e.Campaign, e.Source, e.Medium = "Email", "spring", "news", "email" }
	first := time.Date(2026, 1, 1, 22, 50, 0, 0, time.UTC) // in Berlin ten minutes before midnight
	second := first.Add(24 * time.Hour)
	for range 4 {
		add("impression", first, display)
	}
	add("click", first, display)
	add("click", first.Add(20*time.Minute), email) // in Berlin the day after
	add("visit", second, email)
	add("visit", second, func(e *event.Event) { e.Page = "https://shop.example/sale?x=1"; e.Medium = "qr" })
	add("impression", second, func(e *event.Event) { display(e); e.Agent = event.AgentBot })
	add("spend", second, func(e *event.Event) {
		e.Channel, e.HasCost, e.Cost, e.Currency, e.Props = "Display", true, 1_000_000, "EUR", `{"kind":"other"}`
	})
	add("spend", first, func(e *event.Event) { e.HasCost, e.Cost, e.Currency = true, 3_000_000, "GBP" })
	add("spun_wheel", second, func(*event.Event) {})
	return append(moves, saleMoves(site, kpi.Bucket(second.UnixMilli(), quarter))...)
}

// saleMoves are a record's of a sale credited to Email, and another's of a sign-up, which is no primary goal.
func saleMoves(site, bucket string) []kpi.Move {
	purchase := kpi.Key{Site: site, Dimension: kpi.ByGoal, Value: "purchase", Bucket: bucket}
	signup := kpi.Key{Site: site, Dimension: kpi.ByGoal, Value: "signup", Bucket: bucket}
	moves := []kpi.Move{
		{Key: purchase, Measure: kpi.Conversions, Amount: 1},
		{Key: purchase, Measure: kpi.NetConversions, Amount: 1},
		{Key: purchase, Measure: kpi.Orders, Amount: 1},
		{Key: purchase, Measure: kpi.NetOrders, Amount: 1},
		{Key: purchase, Measure: kpi.RevenueGross, Amount: 1000},
		{Key: purchase, Measure: kpi.RevenueNet, Amount: 900},
		{Key: purchase, Measure: kpi.Refunds, Amount: 100},
		{Key: signup, Measure: kpi.Conversions, Amount: 7},
		{Key: signup, Measure: kpi.NetConversions, Amount: 7},
	}
	for _, k := range []kpi.Key{
		{Site: site, Dimension: kpi.ByChannel, Value: "Email", Bucket: bucket},
		{Site: site, Dimension: kpi.ByCampaign, Value: "spring", Bucket: bucket, Split: "Email"},
	} {
		moves = append(moves, kpi.Move{Key: k, Measure: kpi.ConversionsMicro, Amount: 1_000_000},
			kpi.Move{Key: k, Measure: kpi.RevenueGross, Amount: 1000}, kpi.Move{Key: k, Measure: kpi.RevenueNet, Amount: 900})
	}
	return moves
}

const shopSettings = `{"tz":"UTC","fx":[{"currency":"EUR","from":"2026-01-02","rate":"2"},{"currency":"GBP","from":"2026-01-02","rate":"3"}]}`

// countedNames are the figures that counters of traffic, cost and sales suffice for.
var countedNames = strings.Fields(`impressions clicks visits page_views invalid_impressions invalid_clicks ctr conversions net_conversions
	media_cost_micros other_cost_micros cpc_minor cpm_minor cpa_minor revenue_gross_minor revenue_net_minor refunds_minor roas_gross roas_net
	roi_revenue roi_margin aov_gross_minor aov_net_minor leads cost_per_lead_minor`)

// Ensures the answer of the whole site, its envelope, and what has no exchange rate.
func TestKPIsOfTheSite(t *testing.T) {
	s, site := kpiSite(t, shopSettings, shopMoves)
	a, f := askKPIs(t, s, site, "from=2026-01-01&to=2026-01-10")
	if f != nil {
		t.Fatal(f)
	}
	for name := range a.Rows[0] {
		if !slices.Contains(countedNames, name) {
			delete(a.Rows[0], name)
		}
	}
	want := figures.Answer{
		From: "2026-01-01", To: "2026-01-10", TZ: "UTC", Currency: "USD", AsOf: "2026-01-10T23:30:00.000Z",
		Unconverted: map[string]int64{"GBP": 3_000_000},
		Rows: []map[string]any{{
			"impressions": 4.0, "clicks": 2.0, "visits": 2.0, "page_views": 0.0, "invalid_impressions": 1.0, "invalid_clicks": 0.0, "leads": 0.0,
			"ctr":         0.25, // the click of Email, which has no impressions, is left out
			"conversions": 1.0, "net_conversions": 1.0, "media_cost_micros": 2_500_000.0, "other_cost_micros": 2_000_000.0,
			"cpc_minor": 125.0, "cpm_minor": 50_000.0, "cpa_minor": 250.0,
			"revenue_gross_minor": 1000.0, "revenue_net_minor": 900.0, "refunds_minor": 100.0, "roas_gross": 4.0, "roas_net": 3.6,
			"roi_revenue": 1.0, "roi_margin": -0.2, "aov_gross_minor": 1000.0, "aov_net_minor": 900.0, "cost_per_lead_minor": nil,
		}},
	}
	if d := cmp.Diff(want, a); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestKPIRows(t *testing.T) {
	s, site := kpiSite(t, shopSettings, shopMoves)
	const range9 = "from=2026-01-01&to=2026-01-10&"
	for _, c := range []struct {
		name, query string
		want        []string
	}{
		{"no data is one row of zeros and nulls", "from=2026-02-01&to=2026-03-01&kpis=clicks,ctr,cpa_minor", []string{"clicks=0 cpa_minor=<nil> ctr=<nil>"}},
		{"no data by a dimension too", "from=2026-02-01&to=2026-03-01&kpis=clicks,ctr&by=channel", []string{"clicks=0 ctr=<nil>"}},
		{"the default is today, here without events", "kpis=clicks", []string{"clicks=0"}},
		{"last", "last=10d&kpis=clicks", []string{"clicks=2"}},
		{"a month", "last=2026-01&kpis=visits", []string{"visits=2"}},
		{
			"by day, without gaps", "from=2026-01-01&to=2026-01-04&by=day&kpis=clicks,visits,conversions",
			[]string{"clicks=2 conversions=0 day=2026-01-01 visits=0", "clicks=0 conversions=1 day=2026-01-02 visits=2", "clicks=0 conversions=0 day=2026-01-03 visits=0"},
		},
		{
			"days of another zone", "from=2026-01-01&to=2026-01-04&by=day&kpis=clicks,visits&tz=Europe/Berlin",
			[]string{"clicks=1 day=2026-01-01 visits=0", "clicks=1 day=2026-01-02 visits=2", "clicks=0 day=2026-01-03 visits=0"},
		},
		{"weeks begin on Monday", range9 + "by=week&kpis=clicks", []string{"clicks=2 week=2025-12-29", "clicks=0 week=2026-01-05"}},
		{"by month", range9 + "by=month&kpis=clicks", []string{"clicks=2 month=2026-01"}},
		{
			"by channel, credited", range9 + "by=channel&kpis=clicks,ctr,conversions_micro,revenue_gross_minor,cpm_minor,cpa_minor",
			[]string{
				"channel=Display clicks=1 conversions_micro=0 cpa_minor=<nil> cpm_minor=62500 ctr=0.25 revenue_gross_minor=0",
				"channel=Email clicks=1 conversions_micro=1e+06 cpa_minor=0 cpm_minor=<nil> ctr=<nil> revenue_gross_minor=1000",
			},
		},
		{
			"by day and channel, days with data", "from=2026-01-01&to=2026-01-04&by=day,channel&kpis=clicks",
			[]string{"channel=Display clicks=1 day=2026-01-01", "channel=Email clicks=1 day=2026-01-01", "channel=Display clicks=0 day=2026-01-02", "channel=Email clicks=0 day=2026-01-02"},
		},
		{"by campaign: clicks of its channels with impressions", range9 + "by=campaign&kpis=clicks,ctr", []string{"campaign=spring clicks=2 ctr=0.25"}},
		{
			"by campaign and channel", range9 + "by=campaign,channel&kpis=clicks",
			[]string{"campaign=spring channel=Display clicks=1", "campaign=spring channel=Email clicks=1"},
		},
		{"of a channel", range9 + "channel=Email&kpis=clicks,visits", []string{"clicks=1 visits=1"}},
		{"a campaign's channel", range9 + "campaign=spring&channel=Display&kpis=clicks", []string{"clicks=1"}},
		{"campaigns of a channel", range9 + "by=campaign&channel=Email&kpis=clicks", []string{"campaign=spring clicks=1"}},
		{"of a campaign by day", "from=2026-01-01&to=2026-01-03&campaign=spring&by=day&kpis=visits", []string{"day=2026-01-01 visits=0", "day=2026-01-02 visits=1"}},
		{"by medium", range9 + "by=medium&kpis=visits", []string{"medium=cpm visits=0", "medium=email visits=1", "medium=qr visits=1"}},
		{"by source", range9 + "by=source&kpis=visits", []string{"source=(not set) visits=1", "source=ads visits=0", "source=news visits=1"}},
		{"by source and medium", range9 + "by=source,medium&kpis=visits&medium=email", []string{"medium=email source=news visits=1"}},
		{"of a page, whatever its query", range9 + "kpis=visits&page=" + url.QueryEscape("https://shop.example/sale?x=2"), []string{"visits=1"}},
		{"of a channel that does not exist", range9 + "channel=Radio&kpis=visits", []string{"visits=0"}},
		{"by goal", range9 + "by=goal&kpis=conversions,aov_gross_minor", []string{"aov_gross_minor=1000 conversions=1 goal=purchase", "aov_gross_minor=<nil> conversions=7 goal=signup"}},
		{"the site's, with another goal's conversions", range9 + "goal=signup&kpis=clicks,conversions,revenue_gross_minor", []string{"clicks=2 conversions=7 revenue_gross_minor=0"}},
		{"by a type of the user's own", range9 + "by=type", []string{"events=1 type=spun_wheel"}},
		{"the model that is the site's", range9 + "by=channel&channel=Email&model=last_touch&kpis=conversions_micro", []string{"channel=Email conversions_micro=1e+06"}},
		{"what a ratio is made of", range9 + "kpis=ctr,clicks&explain=1", []string{"clicks=2 ctr=0.25 explain=map[ctr:map[denominator:4 numerator:1]]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, f := askKPIs(t, s, site, c.query)
			if f != nil {
				t.Fatal(f)
			}
			if d := cmp.Diff(c.want, rowsOf(a)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestKPIsRefused(t *testing.T) {
	s, site := kpiSite(t, shopSettings, shopMoves)
	for _, c := range []struct {
		query, field, says string
		code               fault.Code
	}{
		{"chanel=Email", "chanel", "channel", fault.InvalidQuery},
		{"by=day,week", "by", "day and week", fault.InvalidQuery},
		{"by=colour", "by", "campaign", fault.InvalidQuery},
		{"by=channel,channel", "by", "twice", fault.InvalidQuery},
		{"by=channel&by=source", "by", "once", fault.InvalidQuery},
		{"by=channel,source", "by", "campaign with channel", fault.InvalidQuery},
		{"by=channel&source=google", "by", "campaign with channel", fault.InvalidQuery},
		{"by=campaign,channel&source=google", "by", "campaign with channel", fault.InvalidQuery},
		{"by=type&goal=signup", "goal", "leave goal out", fault.InvalidQuery},
		{"kpis=visitor,clicks", "kpis", "impressions, clicks", fault.InvalidQuery},
		{"kpis=conversions&by=channel", "kpis", "conversions_micro", fault.InvalidQuery},
		{"kpis=clicks&by=goal", "kpis", "conversions", fault.InvalidQuery},
		{"by=type&kpis=clicks", "kpis", "events", fault.InvalidQuery},
		{"model=markov_order_1", "model", "reports", fault.ModelInReports},
		{"model=shapley&by=channel", "model", "reports", fault.ModelInReports},
		{"model=own&by=channel", "model", "by=campaign", fault.InvalidQuery},
		{"model=guess&by=channel", "model", "last_touch", fault.InvalidQuery},
		{"compare=yesterday", "compare", "previous", fault.InvalidQuery},
		{"format=xml", "format", "csv", fault.InvalidQuery},
		{"explain=yes", "explain", "give 1", fault.InvalidQuery},
		{"tz=Mars/Olympus", "tz", "Europe/Berlin", fault.InvalidQuery},
		{"tz=Local", "tz", "Europe/Berlin", fault.InvalidQuery},
		{"tz=Asia/Kathmandu", "tz", "full hours", fault.TZNotSupported},
		{"from=2026-01-02&to=2026-01-01", "from", "empty", fault.InvalidQuery},
		{"from=1.1.2026&to=2026-01-01", "from", "2026-01-31", fault.InvalidQuery},
		{"last=soon", "last", "7d", fault.InvalidQuery},
		{"last=9999d&by=hour", "by", "shorter period", fault.InvalidQuery},
		{"by=%zz", "", "query string", fault.InvalidQuery},
	} {
		_, f := askKPIs(t, s, site, c.query)
		if f == nil || f.Code != c.code || f.Field != c.field || !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: got %v, want %s of %q that says %q", c.query, f, c.code, c.field, c.says)
		}
	}
	if _, f := askKPIs(t, s, "nowhere", ""); f == nil || f.Code != fault.UnknownSite {
		t.Errorf("an unknown site: got %v", f)
	}
}

// Ensures that a site whose days begin at a quarter counts by the quarter, and can be asked in other zones.
func TestKPIsOfAQuarterSite(t *testing.T) {
	s, site := kpiSite(t, `{"tz":"Asia/Kathmandu"}`, func(site string, quarter bool) []kpi.Move {
		var moves []kpi.Move
		for _, at := range []string{"2026-01-01T18:14:59.999Z", "2026-01-01T18:15:00Z", "2026-01-01T18:29:00Z", "2026-01-01T18:30:00Z"} {
			when, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			moves = append(moves, kpi.Moves(&event.Event{ID: "x", Type: "visit", Site: site, Time: when.UnixMilli(), Quarter: quarter})...)
		}
		return moves
	})
	for _, c := range []struct {
		tz   string
		want []string
	}{
		{"Asia/Kathmandu", []string{"day=2026-01-01 visits=1", "day=2026-01-02 visits=3"}},
		{"Asia/Kolkata", []string{"day=2026-01-01 visits=3", "day=2026-01-02 visits=1"}},
		{"UTC", []string{"day=2026-01-01 visits=4", "day=2026-01-02 visits=0"}},
	} {
		a, f := askKPIs(t, s, site, "from=2026-01-01&to=2026-01-03&by=day&kpis=visits&tz="+c.tz)
		if f != nil {
			t.Fatal(f)
		}
		if d := cmp.Diff(c.want, rowsOf(a)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.tz, d)
		}
	}
}
