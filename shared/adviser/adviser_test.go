package adviser

import (
	"encoding/json"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/advice"
	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// spring makes a campaign whose spend swings and whose conversions come 36 hours after a visit by its other name, with a direct
// visit between; and one of which conversions come at once and that costs nothing. It returns what each day sold for.
func spring(t *testing.T, b *bench) map[string]int64 {
	b.campaign("spring", `{"name":"Spring","model":"first_touch","target_roas":"4:1","aliases":["spring-old"],"budget":{"amount":"3000","currency":"EUR","period":"month"}}`)
	sold := map[string]int64{}
	visits := kpi.Key{Dimension: kpi.ByCampaign, Value: "spring-old", Split: "Paid Search"}
	i := 0
	for d := date(t, "2026-01-04"); d.Before(now); d = d.AddDate(0, 0, 1) {
		spend := 40 + 15*int64(i*i%11)
		yield := int64(50_000 * math.Pow(float64(spend)/50, 0.8)) // an average return of about 10, a marginal one of 8
		b.count(d, visits, map[kpi.Measure]int64{kpi.CostIn(kpi.MediaCost, "USD"): spend * 1e6, kpi.Clicks: 100})
		at := d.Add(10 * time.Hour).UnixMilli()
		for k := range int64(2) {
			c := journey.Conversion{Time: at + k*hour + 36*hour, Value: yield, Net: yield / 2, Touches: []journey.Touch{
				{ID: "a", Time: at + k*hour, Channel: "Paid Search", Campaign: "spring-old"},
				{ID: "b", Time: at + k*hour + 10*hour, Channel: "Direct"},
			}}
			b.sell(c)
			sold[kpi.Day.Label(d)] += c.Net
		}
		b.sell(journey.Conversion{Time: at, Value: 1000, Net: 1000, Touches: []journey.Touch{{ID: "c", Time: at, Channel: "Email", Campaign: "newsletter"}}})
		i++
	}
	b.campaign("newsletter", `{}`)
	b.count(date(t, "2026-03-02"), kpi.Key{Dimension: kpi.ByCampaign, Value: "poster", Split: "Other"}, map[kpi.Measure]int64{kpi.CostIn(kpi.MediaCost, "EUR"): 5e6})
	b.apply()
	return sold
}

// Advice is read as it is told: credit on the day of the touch, under the campaign's own settings and by its other names, of days old
// enough by its own lag, with its pace.
func TestAdvice(t *testing.T) {
	b := newBench(t, `{"fx":[{"currency":"EUR","from":"2026-01-01","rate":"1.10"}],"gross_margin":"0.5"}`)
	sold := spring(t, b)
	a, err := b.Advice(t.Context(), Of(b.site))
	if err != nil {
		t.Fatal(err)
	}
	if got := [...]any{a.AsOf, a.From, a.To, a.TZ, a.Currency, a.Days, a.LagDays, a.Model}; got != [...]any{"2026-03-31T12:00:00.000Z", "2026-02-03", "2026-03-31", "UTC", "USD", 56, 1.54, "last_touch"} {
		t.Errorf("it is of %v", got)
	}
	if len(a.Campaigns) != 3 {
		t.Fatalf("got %d campaigns, want 3: %+v", len(a.Campaigns), a.Campaigns)
	}
	got := a.Campaigns[0]
	// Of 37 hours before noon of the 31st the 29th is no whole day.
	if where := [...]any{got.ID, got.Name, got.From, got.To, got.Days, got.DaysWithSpend, got.LagDays, got.LagOf, got.Model}; where != [...]any{"spring", "Spring", "2026-02-03", "2026-03-29", 54, 54, 1.54, "campaign", "first_touch"} {
		t.Errorf("the first is %v", where)
	}
	var net int64
	for label, n := range sold {
		if label >= got.From && label < got.To {
			net += n
		}
	}
	if got.Revenue != net || got.Conversions != 108e6 {
		t.Errorf("net %d of %d millionths, want %d of 108000000", got.Revenue, got.Conversions, net)
	}
	if got.Advice == nil || *got.Advice != advice.More || got.Marginal == nil || math.Abs(got.Marginal.Elasticity-0.8) > 0.001 || !got.Marginal.Weekdays {
		t.Errorf("advice %v, marginal %+v: %s", got.Advice, got.Marginal, got.Because)
	}
	if *got.Needed != (advice.Need{By: "target_roas", Of: "roas_net", Value: 4}) || *got.CPC >= 100 || *got.HighestCPC <= *got.CPC {
		t.Errorf("needs %+v at %v, highest %v", got.Needed, *got.CPC, *got.HighestCPC)
	}
	for _, thin := range a.Campaigns[1:] {
		if thin.Advice != nil || !strings.HasPrefix(thin.Because, "thin: ") || thin.Needed.Value != 2 {
			t.Errorf("%s: %v because %s", thin.ID, thin.Advice, thin.Because)
		}
	}
	if poster, letters := a.Campaigns[1], a.Campaigns[2]; poster.ID != "poster" || poster.Spend != 5_500_000 || poster.LagOf != "site" || letters.ID != "newsletter" || letters.LagDays != 0.04 || letters.Conversions != 56e6 {
		t.Errorf("got %+v and %+v", poster, letters)
	}
	checkPace(t, got.Pace)
}

// checkPace compares with the month: of 30 days and a half 31, at 3,300 dollars.
func checkPace(t *testing.T, got *Pace) {
	t.Helper()
	var spent int64
	for i := date(t, "2026-01-04"); i.Before(now); i = i.AddDate(0, 0, 1) {
		if n := int64(i.Sub(date(t, "2026-01-04")) / (24 * time.Hour)); i.Month() == time.March {
			spent += (40 + 15*(n*n%11)) * 1e6
		}
	}
	budget, passed := int64(3_300_000_000), 30.5/31
	projected := int64(math.Round(float64(spent) / passed)) // integers, as all money
	want := &Pace{
		Period: "month", From: "2026-03-01", To: "2026-04-01", Budget: &budget, Spent: spent, Passed: &passed,
		Share: ptr(float64(spent) / 3.3e9), Pace: ptr(float64(spent) / 3.3e9 / passed), Projected: &projected,
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*max(math.Abs(a), 1) })
	if d := cmp.Diff(want, got, near); d != "" {
		t.Errorf("pace (-want +got):\n%s", d)
	}
}

func ptr(v float64) *float64 { return &v }

// What is asked chooses, twice the same is the same to the byte, and a site without data has no advice and no weakest link.
func TestAsked(t *testing.T) {
	b := newBench(t, `{"fx":[{"currency":"EUR","from":"2026-01-01","rate":"1.10"}]}`)
	spring(t, b)
	ask := func(params url.Values, site settings.Site) string {
		t.Helper()
		q, err := Parse(params, site)
		if err != nil {
			t.Fatal(err)
		}
		a, err := b.Advice(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	one := ask(url.Values{"campaign": {"spring-old"}, "days": {"14"}, "tz": {"Asia/Tokyo"}}, b.site)
	for _, part := range []string{`"campaign":"spring"`, `"from":"2026-03-17","to":"2026-03-31","tz":"Asia/Tokyo"`, `"advice":null`, `"days":13`, `thin: 13 complete days`} {
		if !strings.Contains(one, part) {
			t.Errorf("%s is not in %s", part, one)
		}
	}
	if strings.Contains(one, "newsletter") {
		t.Errorf("another campaign is in %s", one)
	}
	if first, again := ask(nil, b.site), ask(nil, b.site); first != again {
		t.Errorf("%s\nis not\n%s", again, first)
	}
	empty := newBench(t, `{"tz":"Asia/Kolkata"}`)
	if got := ask(nil, empty.site); !strings.Contains(got, `"campaigns":[],"weakest_link":null`) || !strings.Contains(got, `"lag_days":30`) {
		t.Errorf("an empty site answers %s", got)
	}
}

// What cannot be had is refused by name.
func TestAskRefused(t *testing.T) {
	for _, c := range []struct{ name, query string }{
		{"a parameter of another route", "by=campaign"},
		{"days that are no number", "days=many"},
		{"fewer days than advice needs", "days=13"},
		{"more days than are read", "days=367"},
		{"no zone", "tz=Nowhere"},
		{"the machine's zone", "tz=Local"},
		{"two of one", "days=20&days=30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			params, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := Parse(params, settings.DefaultSite("default")); err == nil {
				t.Errorf("got %+v", got)
			}
		})
	}
}
