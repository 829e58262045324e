package report

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Reasons of a change. A conversion that changed in more than one way has a change for each, but for a net value that moved with the
// gross one.
const (
	Added         = "added"
	Removed       = "removed"
	Merged        = "merged"     // its person turned out to be another's
	Known         = "identified" // whose it is came to be known
	Forgotten     = "forgotten"  // whose it is is known no more, as after an erasure
	Value         = "value"      // the gross value
	Refunded      = "refund"     // the net value alone
	Moved         = "time"       // when it happened
	Touched       = "touches"    // the contacts before it
	Owned         = "own_credit" // what of it campaigns are credited with by settings of their own
	Relabelled    = "goal"       // its goal or order
	Spent         = "cost"
	Set           = "settings"
	NonConverters = "non_converting" // the people who did not convert
	Beside        = "beside"         // the period before, or what is told of the data
	Unreadable    = "not_listed"     // the revision before holds no list of its conversions
)

// Subject names a conversion, known by its id, for people.
func Subject(id string) string {
	switch {
	case strings.HasPrefix(id, "O#"):
		return "order " + id[2:]
	case strings.HasPrefix(id, "N#"):
		return "event " + id[2:]
	}
	return id
}

// mostChanges bounds the list of a revision's changes; all are counted.
const mostChanges = 1000

// Change is one difference between two revisions: of a conversion (its order or event), a campaign's cost or a setting. Because names
// the events, or the job, because of which a conversion's record was last written; see Changes.Trace.
type Change struct {
	ID, Reason, From, To string
	Because              []string
}

// ofConversion tells a conversion's change from others.
func (c *Change) ofConversion() bool {
	return !slices.Contains([]string{Spent, Set, NonConverters, Beside, Unreadable}, c.Reason)
}

// Changes gathers what differs from an earlier revision. Its methods may be called in any order.
type Changes struct {
	Revision int // the earlier one
	counts   map[string]int64
	list     []Change
}

// Add takes one change. Of many, the first in order of id are kept, whatever order they come in.
func (c *Changes) Add(one Change) {
	if c.counts == nil {
		c.counts = map[string]int64{}
	}
	c.counts[one.Reason]++
	if c.list = append(c.list, one); len(c.list) > 4*mostChanges {
		c.cut()
	}
}

// Amend lets f tell the kept changes more fully.
func (c *Changes) Amend(f func(one *Change)) {
	c.cut()
	for i := range c.list {
		f(&c.list[i])
	}
}

// Trace lets the kept changes of conversions tell because of what each record was last written, as read finds it by conversion.
func (c *Changes) Trace(read func(ids []string) (map[string][]string, error)) error {
	var ids []string
	c.Amend(func(one *Change) {
		if one.ofConversion() {
			ids = append(ids, one.ID)
		}
	})
	if len(ids) == 0 {
		return nil
	}
	causes, err := read(slices.Compact(ids)) // in order, as the list is
	c.Amend(func(one *Change) {
		if one.ofConversion() {
			one.Because = causes[one.ID]
		}
	})
	return err
}

// List is the first of the changes in order of id.
func (c *Changes) List() []Change {
	c.cut()
	return c.list
}

func (c *Changes) cut() {
	slices.SortFunc(c.list, func(a, b Change) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Reason, b.Reason), strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
	})
	c.list = c.list[:min(len(c.list), mostChanges)]
}

// document is the changes as report.json holds them.
func (c *Changes) document() *changesDoc {
	doc := &changesDoc{Revision: c.Revision, Reasons: []reasonDoc{}, List: []changeDoc{}}
	var all int64
	for _, reason := range slices.Sorted(maps.Keys(c.counts)) {
		doc.Reasons = append(doc.Reasons, reasonDoc{reason, c.counts[reason]})
		all += c.counts[reason]
	}
	for _, one := range c.List() {
		doc.List = append(doc.List, changeDoc(one))
	}
	doc.More = all - int64(len(doc.List))
	return doc
}

// Explain makes c part of what the report says.
func (r *Report) Explain(c *Changes) { r.changes = c }

// Compare adds to c what differs beside the conversions: settings, media cost by campaign and channel, and what is told
// beside them. was is the earlier revision's manifest, campaigns its campaigns.csv.
func (r *Report) Compare(c *Changes, was *Manifest, campaigns []byte) error {
	now := r.inputs()
	compareTexts(c, Set, was.Inputs.Settings, now.Settings)
	costs, err := readCosts(campaigns)
	if err != nil {
		return err
	}
	compareTexts(c, Spent, costs, r.costTexts())
	if was.Inputs.NonConverting != now.NonConverting {
		c.Add(Change{ID: "people who did not convert", Reason: NonConverters})
	}
	if was.Inputs.Beside != now.Beside {
		c.Add(Change{ID: "period before and data quality", Reason: Beside})
	}
	return nil
}

// compareTexts adds a change for every name whose text differs; an absent one is empty.
func compareTexts(c *Changes, reason string, was, now map[string]string) {
	names := maps.Clone(was)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, now)
	for name := range names {
		if was[name] != now[name] {
			c.Add(Change{ID: name, Reason: reason, From: was[name], To: now[name]})
		}
	}
}

// costTexts are the costs in micros by campaign and channel.
func (r *Report) costTexts() map[string]string {
	costs := map[string]string{}
	for i, key := range r.campaign.keys {
		if cost := r.campaign.costs[i]; !cost.zero() {
			costs[costName(cell(key.campaign), cell(key.channel))] = cost.String()
		}
	}
	return costs
}

func costName(campaign, channel string) string { return campaign + " (" + channel + ")" }

// readCosts reads the costs of a campaigns.csv, which stand under every model alike.
func readCosts(file []byte) (map[string]string, error) {
	lines := csv.NewReader(bytes.NewReader(file))
	head, err := lines.Read()
	if err != nil {
		return nil, fmt.Errorf("report: %s: %w", CampaignsFile, err)
	}
	campaign, channel, cost := slices.Index(head, "campaign"), slices.Index(head, "channel"), slices.Index(head, "media_cost_micros")
	if campaign < 0 || channel < 0 || cost < 0 {
		return nil, fmt.Errorf("report: %s has the columns %q", CampaignsFile, head)
	}
	costs := map[string]string{}
	for {
		line, err := lines.Read()
		if err == io.EOF {
			return costs, nil
		}
		if err != nil {
			return nil, fmt.Errorf("report: %s: %w", CampaignsFile, err)
		}
		if line[cost] != "0" {
			costs[costName(line[campaign], line[channel])] = line[cost]
		}
	}
}

// settings are what the site and its campaigns had set, by name, as a manifest tells them.
func (h *Head) settings() map[string]string {
	texts := map[string]string{
		"currency": h.Currency, "model": string(h.Model), "touch_types": strings.Join(h.Types, " "),
		"lookback_ms": integer(h.Lookback), "view_lookback_ms": integer(h.ViewLookback), "half_life_ms": integer(h.HalfLife),
		"exclude_direct_unless_only": strconv.FormatBool(h.ExcludeDirect), "reset_after_conversion": strconv.FormatBool(h.Reset),
	}
	if len(h.Goals) > 0 {
		texts["primary_goals"] = strings.Join(h.Goals, " ")
	}
	if h.Open {
		texts["period"] = "not over"
	}
	for _, c := range h.Campaigns {
		texts[campaignSetting+c.ID] = c.text()
	}
	return texts
}

// campaignSetting stands before a campaign's id among the settings.
const campaignSetting = "campaign "

// text is all that is set of a campaign, on one line.
func (c *Campaign) text() string {
	budget := strings.TrimSpace(c.Budget + " " + c.BudgetCurrency + " " + c.BudgetPeriod)
	parts := present("name", c.Name, "target_cpa", c.TargetCPA, "target_roas", c.TargetROAS, "budget", budget, "aliases", strings.Join(c.Aliases, " "))
	return strings.Join(append(parts, c.Own.parts()...), ", ")
}

// present are pairs of a name and a value, without those that have none.
func present(pairs ...string) (list []string) {
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			list = append(list, pair[0]+" "+pair[1])
		}
	}
	return list
}

// parts are all that is set; nil has none.
func (o *Own) parts() []string {
	if o == nil {
		return nil
	}
	return present("model", string(o.Model), "half_life_ms", integer(o.HalfLife), "lookback_ms", integer(o.Options.Lookback),
		"view_lookback_ms", integer(o.Options.ViewLookback), "touch_types", strings.Join(o.Options.Types, " "),
		"exclude_direct_unless_only", strconv.FormatBool(o.Options.ExcludeDirect), "reset_after_conversion", strconv.FormatBool(o.Options.ResetAfterConversion))
}

func integer(n int64) string { return strconv.FormatInt(n, 10) }
