package adviser

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/figures"
	"tributary/shared/kpi"
	"tributary/shared/money"
	"tributary/shared/nearest"
	"tributary/shared/settings"
)

// The KPIs that campaigns have targets of.
const (
	roasNet  = "roas_net"
	cpaMinor = "cpa_minor"
)

// aim is one target of a campaign; a CPA's is in minor units.
type aim struct {
	campaign *settings.Campaign
	kpi      string
	target   *big.Rat
}

// aimsOf are the targets of campaigns, by the campaign's id.
func aimsOf(site *settings.Site, campaigns []settings.Campaign) (list []aim) {
	exponent, _ := money.Exponent(site.Currency)
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil))
	for _, c := range byID(campaigns) {
		if t, ok := new(big.Rat).SetString(c.TargetROAS); ok && t.Sign() > 0 {
			list = append(list, aim{c, roasNet, t})
		}
		if t, ok := new(big.Rat).SetString(c.TargetCPA); ok && t.Sign() > 0 {
			list = append(list, aim{c, cpaMinor, t.Mul(t, unit)})
		}
	}
	return list
}

// byID sorts campaigns, so that links and rows come in one order.
func byID(campaigns []settings.Campaign) []*settings.Campaign {
	var list []*settings.Campaign
	for i := range campaigns {
		list = append(list, &campaigns[i])
	}
	slices.SortFunc(list, func(a, b *settings.Campaign) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func idsOf(campaigns []settings.Campaign) (ids []string) {
	for _, c := range byID(campaigns) {
		ids = append(ids, c.ID)
	}
	return ids
}

// mostNamed is how many campaigns a message names.
const mostNamed = 20

// noCampaign refuses a campaign that nothing is known of, and says which there are.
func noCampaign(asked string, site *settings.Site, ids []string, why string) error {
	there := "there is none yet"
	if len(ids) > 0 {
		there = "there are " + strings.Join(ids[:min(len(ids), mostNamed)], ", ")
	}
	if len(ids) > mostNamed {
		there += " and others"
	}
	return fault.Query("campaign", "the campaign %q of site %s %s%s; %s (GET /v1/campaigns?site=%s)", fault.Clip(asked), site.ID, why, nearest.Hint(asked, ids), there, site.ID)
}

// Targets is the body of GET /v1/targets.
type Targets struct {
	From     string      `json:"from"` // first day
	To       string      `json:"to"`   // day after the last
	TZ       string      `json:"tz"`
	Currency string      `json:"currency"`
	AsOf     string      `json:"as_of"`
	Targets  []TargetRow `json:"targets"`
}

// TargetRow is one target of one campaign, and how far it is from it. The figures are those of GET /v1/kpis by campaign.
type TargetRow struct {
	Campaign string  `json:"campaign"`
	Name     string  `json:"name,omitempty"`
	KPI      string  `json:"kpi"` // roas_net, to be at least the target, or cpa_minor, to be at most
	Target   float64 `json:"target"`
	Actual   any     `json:"actual"`
	Distance any     `json:"distance"`       // actual less target
	Share    any     `json:"distance_share"` // of the target
	Met      *bool   `json:"met"`            // null: nothing was spent
	Gross    any     `json:"roas_gross"`     // before refunds
	Cost     int64   `json:"media_cost_micros"`
	Net      int64   `json:"revenue_net_minor"`
	Credited int64   `json:"conversions_micro"`
}

var targetParams = []string{"from", "to", "last", "tz", "site", "campaign"}

// Targets answers GET /v1/targets: a row for each target of each campaign, in a period (from, to, last, tz; the last 28 days).
func (r *Reader) Targets(ctx context.Context, params url.Values, site settings.Site) (*Targets, error) {
	if err := fault.Params(params, targetParams...); err != nil {
		return nil, err
	}
	asked := url.Values{"by": {"campaign"}, "kpis": {"roas_net,roas_gross,cpa_minor,media_cost_micros,revenue_net_minor,conversions_micro"}}
	for _, name := range targetParams {
		if v, ok := params[name]; ok {
			asked[name] = v
		}
	}
	if params.Get("last") == "" && params.Get("from") == "" {
		asked.Set("last", "28d")
	}
	q, err := figures.Parse(asked, site, r.now())
	if err != nil {
		return nil, err
	}
	t, err := r.figures.Table(ctx, q)
	if err != nil {
		return nil, err
	}
	campaigns, err := r.store.Campaigns(ctx, site.ID)
	if err != nil {
		return nil, fmt.Errorf("adviser: campaigns: %w", err)
	}
	a := &Targets{
		From: kpi.Day.Label(q.Period.From), To: kpi.Day.Label(q.Period.To), TZ: q.Zone.String(), Currency: site.Currency,
		AsOf: r.now().UTC().Format("2006-01-02T15:04:05.000Z"), Targets: []TargetRow{},
	}
	lines := map[string]*figures.Line{}
	for i := range t.Lines {
		lines[t.Lines[i].Value(0)] = &t.Lines[i]
	}
	only := figures.AliasesOf(campaigns).Of(params.Get("campaign"))
	if ids := idsOf(campaigns); only != "" && !slices.Contains(ids, only) {
		return nil, noCampaign(only, &site, ids, "is not set, and has no target")
	}
	for _, aim := range aimsOf(&site, campaigns) {
		if only == "" || only == aim.campaign.ID {
			a.Targets = append(a.Targets, aim.row(lines[aim.campaign.ID]))
		}
	}
	return a, nil
}

// row compares exactly; a campaign without a line has had nothing in the period.
func (a aim) row(l *figures.Line) TargetRow {
	row := TargetRow{Campaign: a.campaign.ID, Name: a.campaign.Name, KPI: a.kpi}
	row.Target, _ = a.target.Float64()
	if l == nil {
		return row
	}
	row.Gross = l.Figure("roas_gross").Value()
	row.Cost, row.Net = l.Figure("media_cost_micros").Count, l.Figure("revenue_net_minor").Count
	row.Credited = l.Figure("conversions_micro").Count
	f := l.Figure(a.kpi)
	row.Actual = f.Value()
	if row.Cost == 0 {
		return row
	}
	met := false // also where a cost brought no conversion at all
	if row.Met = &met; f.Den.Sign() != 0 {
		actual := new(big.Rat).Quo(f.Num, f.Den)
		distance := new(big.Rat).Sub(actual, a.target)
		met = distance.Sign() >= 0
		if a.kpi == cpaMinor {
			met = distance.Sign() <= 0
		}
		row.Distance, _ = distance.Float64()
		row.Share, _ = distance.Quo(distance, a.target).Float64()
	}
	return row
}
