package report

import (
	"fmt"
	"slices"
	"strings"

	"tributary/shared/attribution"
)

// dice are SplitMix64: the same throws on every machine.
type dice uint64

func (d *dice) throw(n int) int {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

// pick chooses by weights in hundredths.
func (d *dice) pick(weights ...int) int {
	at := d.throw(100)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

var fixtureChannels = []string{"Paid Search", "Email", "Direct", "Organic Search", "Paid Social", "Referral", "Display", "Affiliates"}

// likely is how often a channel opens, continues and closes a path, in hundredths.
var likely = [3][]int{{22, 2, 6, 20, 24, 6, 18, 2}, {18, 22, 18, 12, 12, 6, 6, 6}, {24, 22, 26, 12, 4, 5, 1, 6}}

var fixtureModels = append(slices.Clone(attribution.Models()), "markov_order_1", "markov_order_2", "markov_order_3", "shapley")

// fixture is a month of a shop that never was, with everything a report can hold. Its credit is real: shared by the rule
// models (set models by weights that look like theirs), so that every sum holds.
func fixture() *document {
	f := &fixtureMonth{
		dice: 20260301, channels: map[attribution.Model]map[string]*rowDoc{}, paths: map[string]*pathDoc{},
		doc: &document{
			Site: "shop", Period: Monthly, From: "2026-03-01", To: "2026-04-01", TZ: "Europe/Berlin", Revision: 2,
			Currency: "EUR", Exponent: 2, Model: attribution.PositionBased, Models: map[attribution.Model]modelDoc{},
			Disagreement: disagreementDoc{Score: "0.2137"},
		},
	}
	f.lag = []binDoc{{From: 0, To: 1}, {From: 1, To: 2}, {From: 2, To: 4}, {From: 4, To: 8}, {From: 8, To: 15}, {From: 15, To: 22}, {From: 22}}
	f.length = []binDoc{{From: 0, To: 1}, {From: 1, To: 2}, {From: 2, To: 3}, {From: 3, To: 4}, {From: 4, To: 6}, {From: 6, To: 11}, {From: 11}}
	for range 1427 {
		f.sell()
	}
	f.finish()
	return f.doc
}

type fixtureMonth struct {
	dice
	doc         *document
	channels    map[attribution.Model]map[string]*rowDoc
	paths       map[string]*pathDoc
	lag, length []binDoc
}

func (f *fixtureMonth) sell() {
	value := int64(1500 + f.throw(4000) + f.throw(9000)*f.throw(3))
	net := value
	if refund := f.throw(100); refund < 4 {
		net = 0
	} else if refund < 7 {
		net = value / 2
	}
	const conversion = 1_000_000_000_000
	var path []string
	p := attribution.Path{Conversion: conversion, HalfLife: attribution.DefaultHalfLife}
	at, touches := int64(conversion), f.pick(3, 34, 27, 16, 9, 5, 3, 2, 1)
	for i := range touches {
		which := 1
		if i == touches-1 {
			which = 0
		} else if i == 0 {
			which = 2
		}
		at -= int64(f.throw(3*24*3600)) * 1000
		channel := fixtureChannels[f.pick(likely[which]...)]
		path = append([]string{channel}, path...)
		p.Touches = append([]attribution.Touch{{Time: at, Channel: channel}}, p.Touches...)
	}
	f.total(value, net)
	f.bin(f.length, int64(touches), value)
	if touches == 0 {
		f.doc.Totals.Unattributed++
		f.doc.Totals.UnattributedValue.add(sumOf(value))
	} else {
		f.bin(f.lag, (conversion-at)/attribution.Day, value)
	}
	f.path(path, value)
	for _, m := range fixtureModels {
		f.credit(m, p, path, value, net)
	}
}

func (f *fixtureMonth) total(value, net int64) {
	t := &f.doc.Totals
	t.Conversions++
	t.Value.add(sumOf(value))
	t.Net.add(sumOf(net))
	if net > 0 {
		t.NetConversions++
	}
}

func (f *fixtureMonth) bin(bins []binDoc, at, value int64) {
	for i := range bins {
		if b := &bins[i]; at >= b.From && (at < b.To || b.To == 0) {
			b.Conversions++
			b.Value.add(sumOf(value))
		}
	}
}

func (f *fixtureMonth) path(path []string, value int64) {
	key := strings.Join(path, "\x00")
	if f.paths[key] == nil {
		f.paths[key] = &pathDoc{Path: path, NonConverting: int64(f.throw(40) * (6 - min(5, len(path))))}
	}
	f.paths[key].Conversions++
	f.paths[key].Value.add(sumOf(value))
}

func (f *fixtureMonth) credit(m attribution.Model, p attribution.Path, path []string, value, net int64) {
	weights := []uint64{1}
	if len(path) == 0 {
		path = []string{attribution.Unattributed}
	} else if slices.Contains(attribution.Models(), m) {
		weights = attribution.Weights(m, p)
	} else {
		weights = weights[:0]
		for i, c := range path {
			weights = append(weights, uint64(20+len(c)*len(m)%17+i))
		}
	}
	conversions, gross, after := attribution.Split(micro, weights), attribution.Split(value, weights), attribution.Split(net, weights)
	for i, c := range path {
		r := f.row(m, c)
		r.Conversions.add(sumOf(conversions[i]))
		r.Value.add(sumOf(gross[i]))
		r.Net.add(sumOf(after[i]))
		if net > 0 {
			r.NetConversions.add(sumOf(conversions[i]))
		}
	}
}

func (f *fixtureMonth) row(m attribution.Model, channel string) *rowDoc {
	if f.channels[m] == nil {
		f.channels[m] = map[string]*rowDoc{}
	}
	if f.channels[m][channel] == nil {
		f.channels[m][channel] = &rowDoc{Channel: channel}
	}
	return f.channels[m][channel]
}

var fixtureCosts = map[string]int64{
	"Paid Search": 9_812_340_000, "Paid Social": 6_204_115_500, "Display": 4_930_000_000, "Email": 412_000_000, "Affiliates": 1_377_250_000,
}

func (f *fixtureMonth) finish() {
	d := f.doc
	for _, channel := range fixtureChannels {
		d.Totals.Cost.add(sumOf(fixtureCosts[channel]))
	}
	for _, m := range fixtureModels {
		d.Models[m] = f.rows(m)
	}
	f.disagreement()
	for _, p := range f.paths {
		d.Paths = append(d.Paths, *p)
	}
	slices.SortFunc(d.Paths, func(a, b pathDoc) int {
		if a.Conversions != b.Conversions {
			return int(b.Conversions - a.Conversions)
		}
		return slices.Compare(a.Path, b.Path)
	})
	d.TimeLag, d.PathLength = f.lag, f.length
	d.Reconciliation = reconciliationDoc{Models: len(d.Models), Credits: d.Totals.Value, Revenue: d.Totals.Value, Conversions: d.Totals.Conversions}
	d.Before = &beforeDoc{
		From: "2026-02-01", To: "2026-03-01", Conversions: 1311, Value: sumOf(8_114_220), Net: sumOf(7_790_145), Cost: sumOf(23_950_000_000),
		ConversionsChange: "0.0884820747520976", ValueChange: "0.1024", NetChange: "0.0911", CostChange: "-0.0507",
	}
	f.extras()
}

func (f *fixtureMonth) rows(m attribution.Model) modelDoc {
	doc := modelDoc{Channels: []rowDoc{}, Campaigns: []rowDoc{}}
	for _, channel := range slices.Sorted(slices.Values(append([]string{attribution.Unattributed}, fixtureChannels...))) {
		r := f.row(m, channel)
		r.Cost = sumOf(fixtureCosts[channel])
		r.CPA, r.ROAS = quotient(r.Cost, 100, r.Conversions, 1), quotient(r.Value, micro, r.Cost, 100)
		doc.Channels = append(doc.Channels, *r)
		name := fmt.Sprintf("%s spring 2026", strings.ToLower(channel))
		c := *r
		c.Campaign = &name
		doc.Campaigns = append(doc.Campaigns, c)
	}
	return doc
}

func (f *fixtureMonth) disagreement() {
	d := f.doc
	for _, channel := range append(slices.Clone(fixtureChannels), attribution.Unattributed) {
		row := disagreementRow{Channel: channel}
		for _, m := range fixtureModels {
			s := share(f.row(m, channel).Conversions, sumOf(d.Totals.Conversions*micro))
			if row.LeastModel == "" || compareRatios(s, row.Least) < 0 {
				row.Least, row.LeastModel = s, m
			}
			if row.MostModel == "" || compareRatios(s, row.Most) > 0 {
				row.Most, row.MostModel = s, m
			}
		}
		least, most := f.row(row.LeastModel, channel).Conversions, f.row(row.MostModel, channel).Conversions
		row.Spread = share(less(most, least), sumOf(d.Totals.Conversions*micro))
		d.Disagreement.Channels = append(d.Disagreement.Channels, row)
	}
	slices.SortStableFunc(d.Disagreement.Channels, func(a, b disagreementRow) int { return compareRatios(b.Spread, a.Spread) })
}

func (f *fixtureMonth) extras() {
	d := f.doc
	number := func(n int64) *int64 { return &n }
	ms := func(n float64) *float64 { return &n }
	d.NonConverting = &nonConvertingDoc{People: 21_377, ReadUnits: 1188, Sampled: 1}
	d.Funnel = &funnelDoc{Bottleneck: "view_item", Steps: []funnelStepDoc{
		{"visit", 48_210, "0.3803", ms(21_000)}, {"view_item", 29_874, "0.7921", ms(95_500)}, {"add_to_cart", 6_212, "0.5143", ms(48_000)}, {"begin_checkout", 3_017, "0.5270", ms(5_400_000)}, {"conversion", 1427, null, nil},
	}}
	parts := []uint64{6, 9, 11, 17, 57}
	orders, gross, net := attribution.Split(d.Totals.Conversions, parts), attribution.Split(int64(d.Totals.Value.lo), parts), attribution.Split(int64(d.Totals.Net.lo), parts)
	for i, month := range []string{"2025-11", "2025-12", "2026-01", "2026-02", "2026-03"} {
		months := make([]cohortMonthDoc, 5-i)
		months[4-i] = cohortMonthDoc{Orders: orders[i], Value: sumOf(gross[i]), Net: sumOf(net[i])}
		d.Cohorts = append(d.Cohorts, cohortDoc{Month: month, Months: months})
	}
	d.Weakest = &WeakestLink{Kind: "step", Name: "add_to_cart", Shortfall: 0.31, Because: "11.2 % of those at view_item came to add_to_cart, after 16.3 % in the four weeks before"}
	d.Advice = []Advice{
		{"c-search", "Brand and generic, spring", "hold", "at 310.00 EUR a day the next 1.00 EUR brings 3.1 of net revenue (90 %: 2.2 to 4), and 3.5 is needed (target_roas)"},
		{"c-display", "", "less", "a conversion cost 61.20 EUR (90 %: 52.10 EUR to 74.00 EUR), and 40.00 EUR is the most it may (target_cpa)"},
		{"c-small", "", "", "thin: 6 complete days with spend, 14 are needed"},
	}
	d.Campaigns = fixtureCampaigns(d.Models[d.Model].Campaigns)
	d.Referral = &referralDoc{Invites: 812, Signups: 143, Purchases: 61, NewCustomers: 702, Referred: 58}
	d.Email = &emailDoc{Sent: 64_200, Delivered: 63_411, Opened: 22_870, Clicked: 3_190, Bounced: 789}
	d.Quality = qualityDoc{
		Unconverted: 3, Unattributed: d.Totals.Unattributed, Duplicates: number(852), InvalidImpressions: number(14_021),
		InvalidClicks: number(377), Late: number(605), Quarantined: number(1000), QuarantinedMore: true,
	}
	d.Changes = &changesDoc{
		Revision: 1, Reasons: []reasonDoc{{"refund", 4}, {"cost", 2}, {"merged", 1}}, More: 4,
		List: []changeDoc{
			{"O#o-10442", "refund", "129.00", "64.50", []string{"re_1Nispe2eZvKYlo2Cd31jOCgZ"}},
			{"O#o-10790", "merged", "somebody known by an anonymous id", "somebody known by a user id, whose order o-10442 is too", []string{"v-80132", "v-80133"}},
			{"spring (Email)", "cost", "812000000", "1012500000", nil},
		},
	}
}

func fixtureCampaigns(rows []rowDoc) []campaignDoc {
	list := []campaignDoc{}
	for i, r := range rows {
		c := campaignDoc{rowDoc: r, Model: attribution.PositionBased}
		switch r.Channel {
		case attribution.Unattributed:
			continue
		case "Paid Search":
			c.Name, c.TargetROAS, c.Budget, c.BudgetCurrency, c.BudgetPeriod = "Brand and generic, spring", "3.5", "10000", "EUR", "month"
		case "Display":
			c.Model, c.Own, c.TargetCPA = attribution.FirstTouch, true, "40.00"
			c.OwnSettings = "model first_touch, half_life_ms 604800000, lookback_ms 5184000000, view_lookback_ms 604800000, touch_types visit impression, exclude_direct_unless_only false, reset_after_conversion true"
		}
		if i%2 == 0 && c.Name == "" {
			c.Name = r.Channel + ", always on"
		}
		list = append(list, c)
	}
	return list
}
