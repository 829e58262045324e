// Package report turns the conversions and costs of a period into files: credit by channel and campaign under every
// model, and the paths that led there. Pure: records in, bytes out. The same inputs give the same bytes; the sums of
// every model equal the totals, or there is no report (contract.md section 5).
package report

import (
	"fmt"
	"iter"

	"tributary/shared/attribution"
	"tributary/shared/money"
)

// None stands where a touch or a cost names no campaign, or a cost no channel.
const None = "(none)"

// micro is one conversion in millionths.
const micro = 1_000_000

// Head is what a report is about, and the site's settings for its credit. Look-backs and the half-life are milliseconds.
type Head struct {
	Period
	Site, Currency     string
	Lookback, HalfLife int64
	Model              attribution.Model // the site's own; empty: last touch
	ViewLookback       int64             // of impressions
	Types              []string          // the event types that are touches; none: visits and clicks
	ExcludeDirect      bool
	Reset              bool     // only touches after the person's conversion before
	Goals              []string // the primary ones, whose conversions are reported; none: purchase alone
	Open               bool     // the period was not over when it was read
	Campaigns          []Campaign
}

// Options are the site's settings as a model takes them.
func (h *Head) Options() attribution.Options {
	return attribution.Options{
		Lookback: h.Lookback, ViewLookback: h.ViewLookback, Types: h.Types, ExcludeDirect: h.ExcludeDirect, ResetAfterConversion: h.Reset,
	}
}

// Campaign is what the report is told of a campaign. Own, where it is set, judges conversions for this campaign's row in the
// campaigns table; the models' tables stay on the site's settings.
type Campaign struct {
	ID, Name                             string
	TargetCPA, TargetROAS                string // decimals, in the site's currency
	Budget, BudgetCurrency, BudgetPeriod string
	Aliases                              []string `json:",omitempty"` // its other names
	Own                                  *Own
}

// Own are the settings of a campaign that differ from the site's, complete. HalfLife is milliseconds.
type Own struct {
	Model    attribution.Model
	HalfLife int64
	Options  attribution.Options
}

func (h *Head) place() Place { return Place{Site: h.Site, Kind: h.Kind, First: h.From} }

// Conversion is one conversion of the period. Amounts are minor units of Head.Currency.
type Conversion struct {
	ID                string // order or event: what makes it one
	Time              int64  // Unix milliseconds
	Value, Net        int64  // gross; less refunds
	Refunded          bool   // fully: counts no net conversion
	Unconverted       bool   // an amount had no exchange rate and is not in Value
	Person            string // typed id; empty where nobody is known
	Goal              string
	Order             string // the order's id; empty where it has none
	Lead, Opportunity int64  // when the person became one, Unix milliseconds; 0: never
	First             int64  // when the person's first order was; 0: this is no order, or it is not known
	Previous          int64  // when the person's conversion before was; 0: none
	Written           int64  // when its record was, Unix milliseconds; in no file
	Touches           []Touch
}

// Touch is one contact before a conversion. Campaign may be empty.
type Touch struct {
	ID                string
	Time              int64
	Channel, Campaign string
	Type              string            // empty: visit
	ClickIDs          map[string]string // by the platforms' parameter: gclid, fbclid, …
	Behind            []string          // as attribution.Touch has it
}

// Cost is what a campaign in a channel cost in the period, in micros of Head.Currency. Each pair comes once.
type Cost struct {
	Channel, Campaign string
	Micros            int64
}

// Report is a period's figures, ready to be written as any revision.
type Report struct {
	*Part
	exponent int
	sets     []setCredit
	extra    Extra
	changes  *Changes // against an earlier revision
	attached []File
	discard  func() error
}

// Build folds the conversions one by one; only the sums and some distinct paths are held. Their order does not matter. An
// error of the iterator ends it, and so does a sum that does not hold.
func Build(h Head, conversions iter.Seq2[Conversion, error], costs []Cost) (*Report, error) {
	p := NewPart(h)
	for c, err := range conversions {
		if err != nil {
			return nil, fmt.Errorf("report: %s: %w", h.place(), err)
		}
		if err := p.Add(&c); err != nil {
			return nil, err
		}
	}
	return p.Report(costs, Extra{})
}

// Report makes the report of a part that holds all conversions of its period.
func (p *Part) Report(costs []Cost, x Extra) (*Report, error) {
	exponent, ok := money.Exponent(p.head.Currency)
	if !ok {
		return nil, fmt.Errorf("report: currency %q is not known", p.head.Currency)
	}
	r := &Report{Part: p, exponent: exponent, extra: x}
	for _, c := range costs {
		p.addCost(c)
	}
	p.digest.extra(&x)
	if err := r.creditSets(); err != nil {
		return nil, err
	}
	return r, r.prove()
}

// Empty reports a period in which nothing happened.
func (r *Report) Empty() bool { return r.totals.conversions == 0 && r.digest.costs == 0 }

// Digest names the inputs: two reports of one digest have the same bytes at the same revision.
func (r *Report) Digest() string { return r.digest.sum(&r.head) }

// prove is the sum line: under every model the credits are the totals, by channel and by campaign, and so are the costs
// and the paths.
func (r *Report) prove() error {
	for m, model := range r.models {
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
	for i := range r.sets {
		if got := r.sets[i].sum(); got != r.totals.tally {
			return fmt.Errorf("report: %s: the credits under %s are %v and the conversions %v", r.head.place(), r.sets[i].model, got, r.totals.tally)
		}
	}
	paths := r.paths.sum()
	if paths.conversions != r.totals.conversions || paths.value != r.totals.value {
		return fmt.Errorf("report: %s: the paths hold %d conversions of %d", r.head.place(), paths.conversions, r.totals.conversions)
	}
	return nil
}

// sortedPaths are the paths by conversions, most first, then by name; what there is no room for comes last.
func (r *Report) sortedPaths() []*pathTally { return r.paths.byConversions() }
