package report

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strings"

	"tributary/shared/attribution"
)

// disagreement compares what the models give each channel.
func (r *Report) disagreement() disagreementDoc {
	doc := disagreementDoc{Channels: []disagreementRow{}}
	if r.totals.conversions == 0 {
		return doc
	}
	spreads, all := map[string]*big.Int{}, new(big.Int)
	for i, channel := range r.channels.keys {
		row, spread := r.disagree(i, channel)
		doc.Channels, spreads[channel] = append(doc.Channels, row), spread
		all.Add(all, spread)
	}
	slices.SortFunc(doc.Channels, func(a, b disagreementRow) int {
		return cmp.Or(spreads[b.Channel].Cmp(spreads[a.Channel]), strings.Compare(a.Channel, b.Channel))
	})
	doc.Score = fraction(all, new(big.Int).Mul(big.NewInt(2), r.totals.tally.conversions.big()))
	return doc
}

// disagree finds the models that give a channel the least and the most, the first of equal ones.
func (r *Report) disagree(i int, channel string) (disagreementRow, *big.Int) {
	row := disagreementRow{Channel: channel}
	var least, most *big.Int
	judge := func(model attribution.Model, micros sum) {
		v := micros.big()
		if least == nil || v.Cmp(least) < 0 {
			least, row.LeastModel = v, model
		}
		if most == nil || v.Cmp(most) > 0 {
			most, row.MostModel = v, model
		}
	}
	for m, model := range r.models {
		judge(model, r.channels.credit[i][m].conversions)
	}
	for s := range r.sets {
		judge(r.sets[s].model, r.sets[s].credit[channel].conversions)
	}
	spread, of := new(big.Int).Sub(most, least), r.totals.tally.conversions.big()
	row.Spread, row.Least, row.Most = fraction(spread, of), fraction(least, of), fraction(most, of)
	return row, spread
}

// campaignDocs are the campaigns under the models they ask for: those with credit, cost or settings, by name and channel.
func (r *Report) campaignDocs() []campaignDoc {
	rows := map[campaignKey]campaignDoc{}
	settings := map[string]*Campaign{}
	for i := range r.head.Campaigns {
		settings[r.head.Campaigns[i].ID] = &r.head.Campaigns[i]
	}
	model := max(0, slices.Index(r.models, cmp.Or(r.head.Model, attribution.LastTouch)))
	for i, key := range r.campaign.keys {
		row := r.rowDoc(&key.campaign, key.channel, &r.campaign.credit[i][model], r.campaign.costs[i])
		rows[key] = campaignDoc{rowDoc: row, Model: r.models[model]}
		if c := settings[key.campaign]; c != nil && c.Own != nil {
			t := r.owned[key]
			if t == nil {
				t = &tally{}
			}
			rows[key] = campaignDoc{rowDoc: r.rowDoc(&key.campaign, key.channel, t, r.campaign.costs[i]), Model: c.Own.Model, Own: true}
		}
	}
	for key, t := range r.owned { // beyond the site's look-back
		if _, there := rows[key]; !there {
			rows[key] = campaignDoc{rowDoc: r.rowDoc(&key.campaign, key.channel, t, sum{}), Model: r.own[key.campaign].Model, Own: true}
		}
	}
	docs := []campaignDoc{}
	for _, key := range slices.SortedFunc(maps.Keys(rows), campaignKey.compare) {
		doc := rows[key]
		if c := settings[key.campaign]; c != nil {
			doc.Name, doc.TargetCPA, doc.TargetROAS = c.Name, c.TargetCPA, c.TargetROAS
			doc.Budget, doc.BudgetCurrency, doc.BudgetPeriod = c.Budget, c.BudgetCurrency, c.BudgetPeriod
			doc.OwnSettings = strings.Join(c.Own.parts(), ", ")
		}
		docs = append(docs, doc)
	}
	return docs
}

// addExtra fills in what is told beside the conversions.
func (r *Report) addExtra(d *document) {
	x, t := &r.extra, &r.totals
	d.Quality = qualityDoc{Unconverted: t.unconverted, Unattributed: t.unattributed}
	if q := x.Quality; q != nil {
		d.Quality.Duplicates, d.Quality.Late, d.Quality.Quarantined = q.Duplicates, q.Late, q.Quarantined
		d.Quality.InvalidImpressions, d.Quality.InvalidClicks, d.Quality.QuarantinedMore = q.InvalidImpressions, q.InvalidClicks, q.QuarantinedMore
	}
	if b := x.Before; b != nil {
		d.Before = &beforeDoc{
			From: b.From, To: b.To, Conversions: b.Conversions, Value: sumOf(b.Value), Net: sumOf(b.Net), Cost: sumOf(b.Cost),
			ConversionsChange: changeOf(sumOf(t.conversions), b.Conversions), ValueChange: changeOf(t.value, b.Value),
			NetChange: changeOf(t.net, b.Net), CostChange: changeOf(t.cost, b.Cost),
		}
	}
	if n := x.NonConverting; n != nil {
		d.NonConverting = &nonConvertingDoc{People: t.people, ReadUnits: n.ReadUnits, Sampled: n.Sampled, Recount: n.Recount}
	}
	if v := x.Referral; v != nil {
		d.Referral = &referralDoc{Invites: v.Invites, Signups: v.Signups, Purchases: v.Purchases, NewCustomers: v.NewCustomers, Referred: v.Referred}
	}
	if v := x.Email; v != nil {
		d.Email = &emailDoc{Sent: v.Sent, Delivered: v.Delivered, Opened: v.Opened, Clicked: v.Clicked, Bounced: v.Bounced}
	}
	d.Funnel = funnelOf(x.Funnel)
	d.Weakest, d.Advice = x.Weakest, x.Advice
	if r.changes != nil {
		d.Changes = r.changes.document()
	}
}

// funnelOf divides the steps; the bottleneck is the step after which the largest share is lost, the earliest of several.
func funnelOf(steps []Step) *funnelDoc {
	if len(steps) == 0 {
		return nil
	}
	doc := &funnelDoc{}
	worst := new(big.Rat)
	for i, s := range steps {
		row := funnelStepDoc{Name: s.Name, Reached: s.Reached, DropOff: null, Median: s.Median}
		if i+1 < len(steps) && s.Reached > 0 {
			lost, of := big.NewInt(s.Reached-steps[i+1].Reached), big.NewInt(s.Reached)
			row.DropOff = fraction(lost, of)
			if share := new(big.Rat).SetFrac(lost, of); share.Cmp(worst) > 0 {
				worst, doc.Bottleneck = share, s.Name
			}
		}
		doc.Steps = append(doc.Steps, row)
	}
	return doc
}

// changeOf is how much more than before now is, as a share; null where before is 0.
func changeOf(now sum, before int64) ratio {
	was := big.NewInt(before)
	return fraction(new(big.Int).Sub(now.big(), was), new(big.Int).Abs(was))
}
