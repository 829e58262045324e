// Package report turns the conversions and costs of a period into files: credit by channel and campaign under every
// model, and the paths that led there. Pure: records in, bytes out. The same inputs give the same bytes; the sums of
// every model equal the totals, or there is no report (contract.md section 5).
package report

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"tributary/shared/attribution"
	"tributary/shared/money"
)

// None stands where a touch or a cost names no campaign, or a cost no channel.
const None = "(none)"

// micro is one conversion in millionths.
const micro = 1_000_000

// Head is what a report is about. Look-back and half-life are milliseconds.
type Head struct {
	Period
	Site, Currency     string
	Lookback, HalfLife int64
}

func (h *Head) place() Place { return Place{Site: h.Site, Kind: h.Kind, First: h.From} }

// Conversion is one conversion of the period. Amounts are minor units of Head.Currency.
type Conversion struct {
	ID          string // order or event: what makes it one
	Time        int64  // Unix milliseconds
	Value, Net  int64  // gross; less refunds
	Refunded    bool   // fully: counts no net conversion
	Unconverted bool   // an amount had no exchange rate and is not in Value
	Lead        int64  // Unix milliseconds of the person's first lead before it; 0: none
	Opportunity int64  // likewise
	Touches     []Touch
}

// Touch is one contact before a conversion. Campaign may be empty.
type Touch struct {
	ID                string
	Time              int64
	Channel, Campaign string
}

// Cost is what a campaign in a channel cost in the period, in micros of Head.Currency. Each pair comes once.
type Cost struct {
	Channel, Campaign string
	Micros            int64
}

// Report is a period's figures, ready to be written as any revision.
type Report struct {
	head     Head
	exponent int
	totals   totals
	channels table[string]
	campaign table[campaignKey]
	paths    map[string]*pathTally
	digest   digest
}

// totals are the figures that every model's credits must sum to.
type totals struct {
	tally
	conversions, netConversions int64
	unattributed, unconverted   int64
	unattributedValue           sum
	cost                        sum
	touches                     int64
}

// pathTally counts the conversions of one sequence of channels.
type pathTally struct {
	path        []string
	conversions int64
	value       sum
}

// Build folds the conversions one by one; only the sums and the distinct paths are held. Their order does not matter. An
// error of the iterator ends it, and so does a sum that does not hold.
func Build(h Head, conversions iter.Seq2[Conversion, error], costs []Cost) (*Report, error) {
	exponent, ok := money.Exponent(h.Currency)
	if !ok {
		return nil, fmt.Errorf("report: currency %q is not known", h.Currency)
	}
	r := &Report{head: h, exponent: exponent, paths: map[string]*pathTally{}}
	for c, err := range conversions {
		if err != nil {
			return nil, fmt.Errorf("report: %s: %w", h.place(), err)
		}
		r.add(&c)
	}
	for _, c := range costs {
		r.addCost(c)
	}
	return r, r.prove()
}

// Empty reports a period in which nothing happened.
func (r *Report) Empty() bool { return r.totals.conversions == 0 && r.digest.costs == 0 }

// Digest names the inputs: two reports of one digest have the same bytes at the same revision.
func (r *Report) Digest() string { return r.digest.sum(&r.head) }

// add folds one conversion.
func (r *Report) add(c *Conversion) {
	c.Touches = r.eligible(c)
	r.digest.conversion(c)
	whole := tally{conversions: sumOf(micro), value: sumOf(c.Value), net: sumOf(c.Net)}
	r.totals.conversions++
	r.totals.touches += int64(len(c.Touches))
	if !c.Refunded {
		r.totals.netConversions++
		whole.netConversions = sumOf(micro)
	}
	if c.Unconverted {
		r.totals.unconverted++
	}
	r.totals.tally.add(&whole)
	r.addPath(c)
	if len(c.Touches) == 0 {
		r.totals.unattributed++
		r.totals.unattributedValue.add(sumOf(c.Value))
		r.addUnattributed(&whole)
		return
	}
	r.credit(c)
}

// eligible are the touches within the report's look-back, whatever the record holds.
func (r *Report) eligible(c *Conversion) []Touch {
	all := make([]attribution.Touch, len(c.Touches))
	byID := make(map[string]*Touch, len(c.Touches))
	for i := len(c.Touches) - 1; i >= 0; i-- { // backwards, so that the first of equal ids stands here too
		t := &c.Touches[i]
		all[i] = attribution.Touch{Time: t.Time, Channel: t.Channel, ID: t.ID}
		byID[t.ID] = t
	}
	in := attribution.Eligible(all, c.Time, r.head.Lookback)
	out := make([]Touch, len(in))
	for i, t := range in {
		out[i] = *byID[t.ID]
	}
	return out
}

// credit splits the conversion under every model. The net value and the net conversion are split by the same weights, so
// a refund takes back from the touches what they were given.
func (r *Report) credit(c *Conversion) {
	p := attribution.Path{Conversion: c.Time, HalfLife: r.head.HalfLife, Lead: c.Lead, Opportunity: c.Opportunity}
	channels, campaigns := make([]int, len(c.Touches)), make([]int, len(c.Touches))
	for i, t := range c.Touches {
		p.Touches = append(p.Touches, attribution.Touch{Time: t.Time, Channel: t.Channel, ID: t.ID})
		channels[i] = r.channels.row(t.Channel)
		campaigns[i] = r.campaign.row(campaignKey{named(t.Campaign), t.Channel})
	}
	for m, model := range attribution.Models() {
		parts := split(c, attribution.Weights(model, p))
		for i := range parts {
			r.channels.add(m, channels[i], &parts[i])
			r.campaign.add(m, campaigns[i], &parts[i])
		}
	}
}

// split shares one conversion among its touches.
func split(c *Conversion, weights []uint64) []tally {
	parts := make([]tally, len(weights))
	conversions, value := attribution.Split(micro, weights), attribution.Split(c.Value, weights)
	net := value
	if c.Net != c.Value {
		net = attribution.Split(c.Net, weights)
	}
	for i := range parts {
		parts[i] = tally{conversions: sumOf(conversions[i]), value: sumOf(value[i]), net: sumOf(net[i])}
		if !c.Refunded {
			parts[i].netConversions = parts[i].conversions
		}
	}
	return parts
}

func (r *Report) addUnattributed(whole *tally) {
	channel := r.channels.row(attribution.Unattributed)
	campaign := r.campaign.row(campaignKey{attribution.Unattributed, attribution.Unattributed})
	for m := range attribution.Models() {
		r.channels.add(m, channel, whole)
		r.campaign.add(m, campaign, whole)
	}
}

func (r *Report) addPath(c *Conversion) {
	path := make([]string, len(c.Touches))
	for i, t := range c.Touches {
		path[i] = t.Channel
	}
	key := strings.Join(path, "\x00") // no stored text holds NUL
	t := r.paths[key]
	if t == nil {
		t = &pathTally{path: path}
		r.paths[key] = t
	}
	t.conversions++
	t.value.add(sumOf(c.Value))
}

func (r *Report) addCost(c Cost) {
	if c.Micros == 0 {
		return
	}
	c.Channel, c.Campaign = named(c.Channel), named(c.Campaign)
	r.digest.cost(c)
	r.totals.cost.add(sumOf(c.Micros))
	r.channels.cost(r.channels.row(c.Channel), c.Micros)
	r.campaign.cost(r.campaign.row(campaignKey{c.Campaign, c.Channel}), c.Micros)
}

func named(s string) string {
	if s == "" {
		return None
	}
	return s
}

// prove is the sum line: under every model the credits are the totals, by channel and by campaign, and so are the costs
// and the paths.
func (r *Report) prove() error {
	for m, model := range attribution.Models() {
		for what, got := range map[string]tally{"channels": r.channels.sum(m), "campaigns": r.campaign.sum(m)} {
			if got != r.totals.tally {
				return fmt.Errorf("report: %s: the %s' credits under %s are %v and the conversions %v", r.head.place(), what, model, got, r.totals.tally)
			}
		}
	}
	for what, got := range map[string]sum{"channels": r.channels.costSum(), "campaigns": r.campaign.costSum()} {
		if got != r.totals.cost {
			return fmt.Errorf("report: %s: the %s' costs are %v and the total %v", r.head.place(), what, got, r.totals.cost)
		}
	}
	var paths pathTally
	for _, p := range r.paths {
		paths.conversions += p.conversions
		paths.value.add(p.value)
	}
	if paths.conversions != r.totals.conversions || paths.value != r.totals.value {
		return fmt.Errorf("report: %s: the paths hold %d conversions of %d", r.head.place(), paths.conversions, r.totals.conversions)
	}
	return nil
}

// sortedPaths are the paths by conversions, most first, then by name.
func (r *Report) sortedPaths() []*pathTally {
	list := make([]*pathTally, 0, len(r.paths))
	for _, p := range r.paths {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *pathTally) int {
		if a.conversions != b.conversions {
			return int(max(-1, min(1, b.conversions-a.conversions)))
		}
		return slices.Compare(a.path, b.path)
	})
	return list
}
