package journey

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/attribution"
	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

func TestTouches(t *testing.T) {
	const look = 30 * day
	type want struct {
		Kept, Eligible []string
		Cycle          int64
	}
	typed := func(typ string) change { return func(e *event.Event) { e.Type = typ } }
	for _, c := range []struct {
		name   string
		types  []string
		events []*event.Event
		want   want
	}{
		{"at the conversion", nil, []*event.Event{visit("v", "a", noon)}, want{[]string{"v"}, []string{"v"}, 0}},
		{"a millisecond after it", nil, []*event.Event{visit("v", "a", noon+1)}, want{}},
		{"at the look-back's edge", nil, []*event.Event{visit("v", "a", noon-look)}, want{[]string{"v"}, []string{"v"}, look}},
		{"a millisecond beyond it is kept without credit", nil, []*event.Event{visit("v", "a", noon-look-1)}, want{[]string{"v"}, nil, look + 1}},
		{"at the longest look-back's edge", nil, []*event.Event{visit("v", "a", noon-longest)}, want{[]string{"v"}, nil, longest}},
		{"a millisecond beyond the longest", nil, []*event.Event{visit("v", "a", noon-longest-1)}, want{}},
		{"at one time by id", nil, []*event.Event{visit("w", "a", noon-day), visit("v", "a", noon-day)}, want{[]string{"v", "w"}, []string{"v", "w"}, day}},
		{"one id counts once", nil, []*event.Event{visit("v", "a", noon-day), visit("v", "a", noon-day, user("u"))}, want{[]string{"v"}, []string{"v"}, day}},
		{"bots touch nobody", nil, []*event.Event{visit("v", "a", noon-day, bot)}, want{}},
		{"a click is no touch by default", nil, []*event.Event{visit("v", "a", noon-day, typed("click"))}, want{}},
		{"the site's types are", []string{"click"}, []*event.Event{visit("v", "a", noon-day, typed("click")), visit("w", "a", noon-day)}, want{[]string{"v"}, []string{"v"}, day}},
		{"without a channel nothing is", nil, []*event.Event{visit("v", "a", noon-day, channel(""))}, want{}},
		{"another person's", nil, []*event.Event{visit("v", "b", noon-day)}, want{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := testSite()
			if c.types != nil {
				site.TouchTypes = c.types
			}
			m := newMemory(site)
			m.deliver(t, sold("c", anon("a")))
			m.deliver(t, c.events...) // late: they restate the record
			r := m.conversions(t)["O#o"]
			ids := func(touches []Touch) (list []string) {
				for _, touch := range touches {
					list = append(list, touch.ID)
				}
				return list
			}
			if diff := cmp.Diff(c.want, want{ids(r.Touches), ids(r.Eligible(look)), r.Cycle}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRecordsStayWithinTheTable(t *testing.T) {
	m := newMemory(testSite())
	site := testSite()
	site.Model = "linear"
	m.site = site
	var events []*event.Event
	for i := range maxTouches + 10 {
		page := fmt.Sprintf("https://shop.example/%d/%s?x=1", i, strings.Repeat("long/", 100))
		events = append(events, visit(fmt.Sprintf("v%04d", i), "a", noon-int64(maxTouches+10-i)*1000, func(e *event.Event) { e.Page = page }))
	}
	m.deliver(t, append(events, sold("c", anon("a")))...)
	r, c := m.records["O#o"], m.conversions(t)["O#o"]
	if n := len(r.Body) + len(r.Moves); n > 300<<10 {
		t.Errorf("the record has %d bytes, more than an item may", n)
	}
	if c.TouchCount != maxTouches+10 || c.Touches[len(c.Touches)-1].ID != "v1009" {
		t.Errorf("counts %d touches and ends with %s; want all of them, the latest kept", c.TouchCount, c.Touches[len(c.Touches)-1].ID)
	}
	moves, err := kpi.DecodeMoves(r.Moves)
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, move := range moves {
		if move.Dimension == kpi.ByChannel && move.Measure == kpi.ConversionsMicro {
			sum += move.Amount
		}
	}
	if sum != 1_000_000 {
		t.Errorf("the channels are credited %d millionths, want 1000000", sum)
	}
}

func TestThousandTouchesAreKept(t *testing.T) {
	m := newMemory(testSite())
	var events []*event.Event
	for i := range maxTouches + 1 {
		events = append(events, visit(fmt.Sprintf("v%04d", i), "a", noon-int64(maxTouches-i)))
	}
	m.deliver(t, append(events, sold("c", anon("a")))...)
	c := m.conversions(t)["O#o"]
	if len(c.Touches) != maxTouches || c.TouchCount != maxTouches+1 || c.Touches[0].ID != "v0001" {
		t.Errorf("kept %d of %d from %s; want the latest %d", len(c.Touches), c.TouchCount, c.Touches[0].ID, maxTouches)
	}
}

// The site's settings choose the touches that are credited, and the record keeps the others.
func TestSettingsChooseTheTouches(t *testing.T) {
	typed := func(name string) change { return func(e *event.Event) { e.Type = name } }
	said := []*event.Event{
		visit("far", "a", noon-3*day), visit("direct", "a", noon-2*day, channel(attribution.Direct)), visit("shown", "a", noon-day-1, typed("impression")),
		visit("seen", "a", noon-day, typed("impression")), visit("near", "a", noon-1),
	}
	earlier := made("conversion", "b", noon-2*day-1, under("o0"), user("u"), value(1, "USD"))
	for _, c := range []struct {
		name string
		set  func(*settings.Site)
		want string
	}{
		{"by default visits, Direct among them", func(*settings.Site) {}, "far direct near"},
		{"an impression counts for a day, or as long as it is set to", func(s *settings.Site) { s.TouchTypes = []string{"visit", "impression"} }, "far direct seen near"},
		{"for two days", func(s *settings.Site) { s.TouchTypes, s.ViewLookbackDays = []string{"impression"}, 2 }, "shown seen"},
		{"Direct left out", func(s *settings.Site) { s.ExcludeDirect = true }, "far near"},
		{"anew after the order before", func(s *settings.Site) { s.ResetAfterConversion = true }, "direct near"},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := testSite()
			c.set(&site)
			m := newMemory(site)
			m.deliver(t, append(said, sold("c", anon("a")))...)
			m.deliver(t, earlier) // late: it restates the record
			r := m.conversions(t)["O#o"]
			var ids []string
			for _, touch := range r.Eligible(r.Lookback) {
				ids = append(ids, touch.ID)
			}
			if got := strings.Join(ids, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A stage moves credit whenever it comes to be known, also after the sale was booked.
func TestStagesMoveCredit(t *testing.T) {
	site := testSite()
	site.Model = "w_shaped"
	m := newMemory(site)
	told := func(want ...int64) {
		t.Helper()
		got := []int64{}
		all := amounts(t, m.records["O#o"])
		for _, name := range []string{"Display", "Email", "Referral", "Direct"} {
			got = append(got, all["channel|"+name+"||2026-03-01T12|conversions_micro"])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("millionths of Display, Email, Referral, Direct (-want +got):\n%s", diff)
		}
	}
	m.deliver(t, visit("v1", "a", noon-4*day, channel("Display")), visit("v2", "a", noon-3*day), visit("v3", "a", noon-2*day, channel("Referral")),
		visit("v4", "a", noon-day, channel("Direct")), sold("c", anon("a")))
	told(450_000, 50_000, 50_000, 450_000)
	m.deliver(t, made("lead", "l", noon-3*day+1, user("u")))
	told(300_000, 300_000, 100_000, 300_000)
	m.deliver(t, made("opportunity", "p", noon-2*day, user("u")))
	told(333_334, 333_333, 333_333, 0)
	m.deliver(t, made("lead", "again", noon-day, user("u")), made("opportunity", "later", noon+day, user("u")))
	told(333_334, 333_333, 333_333, 0)
}

// amounts are a record's moves as "dimension value split bucket measure" -> amount.
func amounts(t *testing.T, r Record) map[string]int64 {
	t.Helper()
	moves, err := kpi.DecodeMoves(r.Moves)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int64{}
	for _, m := range moves {
		all[strings.Join([]string{string(m.Dimension), m.Value, m.Split, m.Bucket, string(m.Measure)}, "|")] = m.Amount
	}
	return all
}

func TestMoves(t *testing.T) {
	const at, later = "2026-03-01T12", "2026-03-02T12"
	linear := testSite()
	linear.Model = "linear"
	fractional, err := settings.ParseSite("s", []byte(`{"tz":"Asia/Kathmandu"}`), settings.Site{})
	if err != nil {
		t.Fatal(err)
	}
	rich := func(e *event.Event) {
		e.Campaign, e.CampaignID, e.Medium, e.Content, e.Term, e.Link = "name", "c7", "email", "top", "shoes", "l1"
		e.Page = "https://shop.example/p?utm_source=x#frag"
	}
	refunded := back("r", noon+day, value(2_501, "USD"))
	for _, c := range []struct {
		name   string
		site   settings.Site
		goals  []settings.Goal
		events []*event.Event
		node   string
		want   map[string]int64
	}{
		{"no touch: unattributed", testSite(), nil, []*event.Event{sold("c")}, "O#o", map[string]int64{
			"goal|purchase||" + at + "|conversions": 1, "goal|purchase||" + at + "|net_conversions": 1, "goal|purchase||" + at + "|orders": 1, "goal|purchase||" + at + "|net_orders": 1,
			"goal|purchase||" + at + "|revenue_gross_minor": 10_000, "goal|purchase||" + at + "|revenue_net_minor": 10_000,
			"channel|(unattributed)||" + at + "|conversions_micro": 1_000_000, "channel|(unattributed)||" + at + "|revenue_gross_minor": 10_000, "channel|(unattributed)||" + at + "|revenue_net_minor": 10_000,
		}},
		{"a refund counts at its own hour, the net value at the order's", testSite(), nil, []*event.Event{sold("c"), refunded}, "O#o", map[string]int64{
			"goal|purchase||" + at + "|conversions": 1, "goal|purchase||" + at + "|net_conversions": 1, "goal|purchase||" + at + "|orders": 1, "goal|purchase||" + at + "|net_orders": 1,
			"goal|purchase||" + at + "|revenue_gross_minor": 10_000, "goal|purchase||" + at + "|revenue_net_minor": 7_499, "goal|purchase||" + later + "|refunds_minor": 2_501,
			"channel|(unattributed)||" + at + "|conversions_micro": 1_000_000, "channel|(unattributed)||" + at + "|revenue_gross_minor": 10_000, "channel|(unattributed)||" + at + "|revenue_net_minor": 7_499,
		}},
		{"a full refund takes the net conversion", testSite(), nil, []*event.Event{sold("c", value(5, "USD")), back("r", noon)}, "O#o", map[string]int64{
			"goal|purchase||" + at + "|conversions": 1, "goal|purchase||" + at + "|orders": 1, "goal|purchase||" + at + "|revenue_gross_minor": 5, "goal|purchase||" + at + "|refunds_minor": 5,
			"channel|(unattributed)||" + at + "|conversions_micro": 1_000_000, "channel|(unattributed)||" + at + "|revenue_gross_minor": 5,
		}},
		{"every dimension of the touch", testSite(), nil, []*event.Event{sold("c", anon("a"), value(0, "USD")), visit("v", "a", noon-day, rich)}, "O#o", map[string]int64{
			"goal|purchase||" + at + "|conversions": 1, "goal|purchase||" + at + "|net_conversions": 1, "goal|purchase||" + at + "|orders": 1, "goal|purchase||" + at + "|net_orders": 1,
			"channel|Email||" + at + "|conversions_micro": 1_000_000, "campaign|c7|Email|" + at + "|conversions_micro": 1_000_000, "source|(not set)|email|" + at + "|conversions_micro": 1_000_000,
			"content|top||" + at + "|conversions_micro": 1_000_000, "term|shoes||" + at + "|conversions_micro": 1_000_000, "link|l1||" + at + "|conversions_micro": 1_000_000,
			"page|https://shop.example/p||" + at + "|conversions_micro": 1_000_000,
		}},
		{"shares sum exactly", linear, nil, []*event.Event{sold("c", anon("a"), value(100, "USD")), visit("v", "a", noon-3*day), visit("w", "a", noon-2*day, channel("Direct")), visit("x", "a", noon-day)}, "O#o", map[string]int64{
			"goal|purchase||" + at + "|conversions": 1, "goal|purchase||" + at + "|net_conversions": 1, "goal|purchase||" + at + "|orders": 1, "goal|purchase||" + at + "|net_orders": 1,
			"goal|purchase||" + at + "|revenue_gross_minor": 100, "goal|purchase||" + at + "|revenue_net_minor": 100,
			"channel|Email||" + at + "|conversions_micro": 333_334 + 333_333, "channel|Email||" + at + "|revenue_gross_minor": 34 + 33, "channel|Email||" + at + "|revenue_net_minor": 34 + 33,
			"channel|Direct||" + at + "|conversions_micro": 333_333, "channel|Direct||" + at + "|revenue_gross_minor": 33, "channel|Direct||" + at + "|revenue_net_minor": 33,
		}},
		{"a goal that is not primary earns no credit", testSite(), nil, []*event.Event{made("conversion", "c", noon, goal("newsletter"), user("u"))}, "N#c", map[string]int64{
			"goal|newsletter||" + at + "|conversions": 1, "goal|newsletter||" + at + "|net_conversions": 1,
		}},
		{"a renewal is revenue only", testSite(), nil, []*event.Event{sold("c", props(`{"kind":"renewal"}`), value(5, "USD"))}, "O#o", map[string]int64{
			"goal|purchase||" + at + "|orders": 1, "goal|purchase||" + at + "|net_orders": 1, "goal|purchase||" + at + "|revenue_gross_minor": 5, "goal|purchase||" + at + "|revenue_net_minor": 5,
			"channel|(unattributed)||" + at + "|revenue_gross_minor": 5, "channel|(unattributed)||" + at + "|revenue_net_minor": 5,
		}},
		{"quarter hours where the zone needs them", fractional, nil, []*event.Event{made("conversion", "c", noon+46*60_000, goal("newsletter"), user("u"))}, "N#c", map[string]int64{
			"goal|newsletter||2026-03-01T12:45|conversions": 1, "goal|newsletter||2026-03-01T12:45|net_conversions": 1,
		}},
		{"a refund alone", testSite(), nil, []*event.Event{refunded}, "O#o", map[string]int64{"goal|purchase||" + later + "|refunds_minor": 2_501}},
		{"a trial moves nothing", testSite(), nil, []*event.Event{sold("c", props(`{"kind":"trial"}`))}, "O#o", map[string]int64{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemory(c.site, c.goals...)
			m.deliver(t, slices.Clone(c.events)...)
			if diff := cmp.Diff(c.want, amounts(t, m.records[c.node])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
