package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tributary/shared/attribution/pathset"
)

// Merge adds what another part of the same report holds; the other is left as it is.
func (p *Part) Merge(o *Part) error {
	if a, b := p.signature(), o.signature(); a != b {
		return fmt.Errorf("report: parts of %s and %s do not go together", a, b)
	}
	t, u := &p.totals, &o.totals
	t.tally.add(&u.tally)
	t.unattributedTally.add(&u.unattributedTally)
	t.cost.add(u.cost)
	for _, n := range [][2]*int64{
		{&t.conversions, &u.conversions},
		{&t.netConversions, &u.netConversions},
		{&t.unattributed, &u.unattributed},
		{&t.unconverted, &u.unconverted},
		{&t.touches, &u.touches},
		{&t.people, &u.people},
	} {
		*n[0] += *n[1]
	}
	p.channels.merge(&o.channels)
	p.campaign.merge(&o.campaign)
	for key, own := range o.owned {
		p.ownedOf(key).add(own)
	}
	p.paths.merge(&o.paths)
	p.sets.Merge(&o.sets)
	mergeBins(p.lag, o.lag)
	mergeBins(p.length, o.length)
	for key, c := range o.cohorts {
		to := p.cohortOf(key)
		to.orders += c.orders
		to.value.add(c.value)
		to.net.add(c.net)
	}
	p.digest.merge(&o.digest)
	return nil
}

// signature names what two parts must share to be merged: the same report under the same settings.
func (p *Part) signature() string { return (&digest{}).sum(&p.head) }

// written is a part as it is kept between functions. Lists are in order, so that the same part has the same bytes.
type written struct {
	Signature string          `json:"signature"`
	Totals    [6]int64        `json:"totals"`
	Sums      [9]sum          `json:"sums"`
	Channels  []writtenRow    `json:"channels"`
	Campaigns []writtenRow    `json:"campaigns"`
	Own       []writtenRow    `json:"own"`
	Paths     []writtenPath   `json:"paths"`
	Rest      *writtenPath    `json:"rest,omitempty"` // Path: those that are not in Paths come after it
	Sets      *pathset.Counts `json:"sets"`
	Lag       []writtenBin    `json:"lag"`
	Length    []writtenBin    `json:"length"`
	Cohorts   []writtenCohort `json:"cohorts"`
	Digest    [4]uint64       `json:"digest"`
	Costs     int64           `json:"costs"`
}

type writtenRow struct {
	Campaign string   `json:"campaign,omitempty"`
	Channel  string   `json:"channel"`
	Cost     sum      `json:"cost"`
	Credit   [][4]sum `json:"credit"`
}

type writtenPath struct {
	Path   []string `json:"path"`
	Counts [3]int64 `json:"counts"`
	Sums   [2]sum   `json:"sums"`
}

type writtenBin struct {
	Conversions int64 `json:"conversions"`
	Value       sum   `json:"value"`
}

type writtenCohort struct {
	Month  string `json:"month"`
	After  int    `json:"after"`
	Orders int64  `json:"orders"`
	Sums   [2]sum `json:"sums"`
}

func (t *pathTally) written(path []string) writtenPath {
	return writtenPath{path, [3]int64{t.conversions, t.netConversions, t.nulls}, [2]sum{t.value, t.net}}
}

func (w *writtenPath) tally() *pathTally {
	return &pathTally{conversions: w.Counts[0], netConversions: w.Counts[1], nulls: w.Counts[2], value: w.Sums[0], net: w.Sums[1]}
}

func (t *tally) sums() [4]sum { return [4]sum{t.conversions, t.value, t.netConversions, t.net} }

func tallyOf(s [4]sum) tally {
	return tally{conversions: s[0], value: s[1], netConversions: s[2], net: s[3]}
}

// MarshalJSON writes the part.
func (p *Part) MarshalJSON() ([]byte, error) {
	t := &p.totals
	whole, none := t.sums(), t.unattributedTally.sums()
	w := written{
		Signature: p.signature(), Digest: p.digest.inputs, Costs: p.digest.costs,
		Totals: [6]int64{t.conversions, t.netConversions, t.unattributed, t.unconverted, t.touches, t.people},
		Sums:   [9]sum{whole[0], whole[1], whole[2], whole[3], none[0], none[1], none[2], none[3], t.cost},
		Lag:    writeBins(p.lag), Length: writeBins(p.length), Sets: &p.sets,
	}
	for _, i := range p.channels.order(strings.Compare) {
		w.Channels = append(w.Channels, writeRow("", p.channels.keys[i], p.channels.costs[i], p.channels.credit[i]...))
	}
	for _, i := range p.campaign.order(campaignKey.compare) {
		k := p.campaign.keys[i]
		w.Campaigns = append(w.Campaigns, writeRow(k.campaign, k.channel, p.campaign.costs[i], p.campaign.credit[i]...))
	}
	for _, k := range slices.SortedFunc(maps.Keys(p.owned), campaignKey.compare) {
		w.Own = append(w.Own, writeRow(k.campaign, k.channel, sum{}, *p.owned[k]))
	}
	for _, t := range p.paths.inOrder() {
		w.Paths = append(w.Paths, t.written(t.path))
	}
	if last := p.paths.last; last != nil {
		rest := p.paths.rest.written(last)
		w.Rest = &rest
	}
	for _, key := range slices.SortedFunc(maps.Keys(p.cohorts), cohortKey.compare) {
		c := p.cohorts[key]
		w.Cohorts = append(w.Cohorts, writtenCohort{key.month, key.after, c.orders, [2]sum{c.value, c.net}})
	}
	return json.Marshal(w)
}

func writeRow(campaign, channel string, cost sum, credit ...tally) writtenRow {
	row := writtenRow{Campaign: campaign, Channel: channel, Cost: cost}
	for i := range credit {
		row.Credit = append(row.Credit, credit[i].sums())
	}
	return row
}

func writeBins(bins []bin) []writtenBin {
	list := make([]writtenBin, len(bins))
	for i, b := range bins {
		list[i] = writtenBin{b.conversions, b.value}
	}
	return list
}

// ReadPart reads what MarshalJSON wrote of a part of the same report under the same settings.
func ReadPart(h Head, body []byte) (*Part, error) {
	p := NewPart(h)
	var w written
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, fmt.Errorf("report: part of %s: %w", h.place(), err)
	}
	if w.Signature != p.signature() || len(w.Lag) != len(p.lag) || len(w.Length) != len(p.length) {
		return nil, fmt.Errorf("report: part of %s: it was folded under other settings", h.place())
	}
	t, s := &p.totals, w.Sums
	t.conversions, t.netConversions, t.unattributed, t.unconverted, t.touches, t.people = w.Totals[0], w.Totals[1], w.Totals[2], w.Totals[3], w.Totals[4], w.Totals[5]
	t.tally, t.unattributedTally, t.cost = tallyOf([4]sum(s[:4])), tallyOf([4]sum(s[4:8])), s[8]
	for _, row := range w.Channels {
		readRow(&p.channels, row.Channel, &row)
	}
	for _, row := range w.Campaigns {
		readRow(&p.campaign, campaignKey{row.Campaign, row.Channel}, &row)
	}
	for _, row := range w.Own {
		*p.ownedOf(campaignKey{row.Campaign, row.Channel}) = tallyOf(row.Credit[0])
	}
	for _, path := range w.Paths {
		p.paths.of(path.Path).add(path.tally())
	}
	if w.Rest != nil {
		p.paths.putAside(w.Rest.tally(), w.Rest.Path)
	}
	if w.Sets != nil {
		p.sets.Merge(w.Sets)
	}
	for i := range w.Lag {
		p.lag[i] = bin{w.Lag[i].Conversions, w.Lag[i].Value}
	}
	for i := range w.Length {
		p.length[i] = bin{w.Length[i].Conversions, w.Length[i].Value}
	}
	for _, c := range w.Cohorts {
		*p.cohortOf(cohortKey{c.Month, c.After}) = cohortTally{c.Orders, c.Sums[0], c.Sums[1]}
	}
	p.digest = digest{inputs: w.Digest, costs: w.Costs}
	return p, nil
}

func readRow[K comparable](t *table[K], key K, w *writtenRow) {
	row := t.row(key)
	t.costs[row] = w.Cost
	for m := range min(t.models, len(w.Credit)) {
		t.credit[row][m] = tallyOf(w.Credit[m])
	}
}
