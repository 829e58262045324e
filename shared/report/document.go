package report

import (
	"cmp"
	"strings"

	"tributary/shared/attribution"
)

// document is report.json, and all that report.html shows. What is not known is left out: a nil pointer, an empty list.
type document struct {
	Site       string `json:"site"`
	Period     string `json:"period"`
	From       string `json:"from"`
	To         string `json:"to"`
	TZ         string `json:"tz"`
	Revision   int    `json:"revision"`
	Currency   string `json:"currency"`
	Exponent   int    `json:"exponent"`             // decimals of the currency: minor units in a unit
	Unfinished bool   `json:"unfinished,omitempty"` // the period was not over when it was read
	// Model is the site's own: its credit moves the KPIs, and report.html shows it first.
	Model  attribution.Model              `json:"model"`
	Totals documentTotals                 `json:"totals"`
	Before *beforeDoc                     `json:"before,omitempty"`
	Models map[attribution.Model]modelDoc `json:"models"`
	// Disagreement says how far apart the models are, by channel, the widest first.
	Disagreement   disagreementDoc   `json:"disagreement"`
	Paths          []pathDoc         `json:"paths"` // conversions, most first, then by name
	NonConverting  *nonConvertingDoc `json:"non_converting,omitempty"`
	Funnel         *funnelDoc        `json:"funnel,omitempty"`
	Weakest        *WeakestLink      `json:"weakest_link,omitempty"`
	Advice         []Advice          `json:"advice,omitempty"`
	TimeLag        []binDoc          `json:"time_lag"`    // days from the first eligible touch to the conversion
	PathLength     []binDoc          `json:"path_length"` // eligible touches of a conversion
	Cohorts        []cohortDoc       `json:"cohorts,omitempty"`
	Campaigns      []campaignDoc     `json:"campaigns"` // by name: each campaign under the model that its settings choose
	Referral       *referralDoc      `json:"referral,omitempty"`
	Email          *emailDoc         `json:"email,omitempty"`
	Quality        qualityDoc        `json:"quality"`
	Reconciliation reconciliationDoc `json:"reconciliation"`
	Changes        *changesDoc       `json:"changes,omitempty"` // against the revision before; absent in the first
}

type documentTotals struct {
	Conversions            int64 `json:"conversions"`
	Value                  sum   `json:"value_minor"`
	Net                    sum   `json:"net_value_minor"`
	NetConversions         int64 `json:"net_conversions"`
	Cost                   sum   `json:"media_cost_micros"`
	Unattributed           int64 `json:"unattributed_conversions"`
	UnattributedValue      sum   `json:"unattributed_value_minor"`
	UnconvertedConversions int64 `json:"unconverted_conversions"` // some amount had no exchange rate and is in no value
}

type modelDoc struct {
	Channels  []rowDoc `json:"channels"`
	Campaigns []rowDoc `json:"campaigns,omitempty"` // set models judge channels only
}

type rowDoc struct {
	Campaign       *string `json:"campaign,omitempty"`
	Channel        string  `json:"channel"`
	Conversions    sum     `json:"conversions_micro"`
	Value          sum     `json:"value_minor"`
	NetConversions sum     `json:"net_conversions_micro"`
	Net            sum     `json:"net_value_minor"`
	Cost           sum     `json:"media_cost_micros"`
	CPA            ratio   `json:"cpa_minor"`
	ROAS           ratio   `json:"roas"`
}

type pathDoc struct {
	Path        []string `json:"path"`
	Conversions int64    `json:"conversions"`
	Value       sum      `json:"value_minor"`
	// NonConverting are people without any conversion whose touches were these.
	NonConverting int64 `json:"non_converting"`
}

func (r *Report) document(revision int) document {
	h, t := &r.head, &r.totals
	d := document{
		Site: h.Site, Period: h.Kind, From: h.From, To: h.To, TZ: h.TZ(), Revision: revision, Currency: h.Currency, Exponent: r.exponent,
		Model: cmp.Or(h.Model, attribution.LastTouch), Unfinished: h.Open,
		Totals: documentTotals{
			Conversions: t.conversions, Value: t.value, Net: t.net, NetConversions: t.netConversions, Cost: t.cost,
			Unattributed: t.unattributed, UnattributedValue: t.unattributedTally.value, UnconvertedConversions: t.unconverted,
		},
		Models: map[attribution.Model]modelDoc{}, Paths: []pathDoc{},
		TimeLag: binDocs(r.lag, lagDays()), PathLength: binDocs(r.length, lengths()), Cohorts: r.cohortDocs(),
		Campaigns: r.campaignDocs(), Disagreement: r.disagreement(),
		Reconciliation: reconciliationDoc{Models: len(r.models) + len(r.sets), Credits: t.value, Revenue: t.value, Conversions: t.conversions},
	}
	for m, model := range r.models {
		d.Models[model] = modelDoc{Channels: r.channelRows(m), Campaigns: r.campaignRows(m)}
	}
	for i := range r.sets {
		d.Models[r.sets[i].model] = modelDoc{Channels: r.setRows(&r.sets[i])}
	}
	for _, p := range r.sortedPaths() {
		d.Paths = append(d.Paths, pathDoc{Path: p.path, Conversions: p.conversions, Value: p.value, NonConverting: p.nulls})
	}
	r.addExtra(&d)
	return d
}

func (r *Report) channelRows(model int) []rowDoc {
	rows := []rowDoc{}
	for _, i := range r.channels.order(strings.Compare) {
		rows = append(rows, r.rowDoc(nil, r.channels.keys[i], &r.channels.credit[i][model], r.channels.costs[i]))
	}
	return rows
}

func (r *Report) campaignRows(model int) []rowDoc {
	rows := []rowDoc{}
	for _, i := range r.campaign.order(campaignKey.compare) {
		key := r.campaign.keys[i]
		rows = append(rows, r.rowDoc(&key.campaign, key.channel, &r.campaign.credit[i][model], r.campaign.costs[i]))
	}
	return rows
}

// rowDoc divides as kpis.md has it: CPA is cost over credited conversions, ROAS credited gross value over cost. Minor units
// and micros meet at the currency's unit.
func (r *Report) rowDoc(campaign *string, channel string, t *tally, cost sum) rowDoc {
	unit := pow10(r.exponent)
	return rowDoc{
		Campaign: campaign, Channel: channel,
		Conversions: t.conversions, Value: t.value, NetConversions: t.netConversions, Net: t.net, Cost: cost,
		CPA: quotient(cost, unit, t.conversions, 1), ROAS: quotient(t.value, micro, cost, unit),
	}
}
