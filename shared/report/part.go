package report

import (
	"fmt"
	"strings"

	"tributary/shared/attribution"
	"tributary/shared/attribution/pathset"
)

// Part is what some of a period's conversions come to, exactly: it can be written down (MarshalJSON), read back and merged.
// Merging is associative and commutative, so that days and buckets may be folded apart, in any order, and give the bytes
// that one fold of all gives.
type Part struct {
	head     Head
	options  attribution.Options
	own      map[string]*Own // by campaign
	totals   totals
	channels table[string]
	campaign table[campaignKey]
	owned    map[campaignKey]*tally // credit under campaigns' own settings
	paths    pathBook
	sets     pathset.Counts
	lag      []bin // by lagDays
	length   []bin // by lengths
	cohorts  map[cohortKey]*cohortTally
	digest   digest
	nulls    digest // of the paths alone that did not convert
	emit     func(*Credited) error
	models   []attribution.Model
	work     work
}

// totals are the figures that every model's credits must sum to.
type totals struct {
	tally
	conversions, netConversions int64
	unattributed, unconverted   int64
	unattributedTally           tally
	cost                        sum
	touches                     int64
	people                      int64 // without any conversion
}

// pathTally counts the conversions of one sequence of channels, and the people who took it and did not convert.
type pathTally struct {
	path                        []string
	conversions, netConversions int64
	nulls                       int64
	value, net                  sum
}

// Credited is one conversion with its credit, as files that have a row a touch take it. It is valid during the call.
type Credited struct {
	*Conversion          // Touches are the eligible ones
	Credit      []Credit // of each of attribution.Models, in that order
	Own         string   // what campaigns are credited with by settings of their own, told so that a change shows
}

// Credit is one conversion under one model, by touch: conversions in millionths, amounts in minor units.
type Credit struct {
	Conversions, Value, Net, NetConversions []int64
}

// work is memory that each conversion uses again.
type work struct {
	touches             []attribution.Touch
	eligible            []Touch
	path                []string
	channels, campaigns []int
	credit              []Credit
	weights             []uint64
	parts               []int64  // of all of credit
	own                 []string // see Credited
}

// NewPart is a part of no conversions.
func NewPart(h Head) *Part {
	p := &Part{
		head: h, options: h.Options(), own: map[string]*Own{}, paths: newPathBook(mostPaths), cohorts: map[cohortKey]*cohortTally{},
		owned: map[campaignKey]*tally{}, models: attribution.Models(),
	}
	p.lag, p.length = make([]bin, len(lagDays())), make([]bin, len(lengths()))
	p.channels.models, p.campaign.models = len(p.models), len(p.models)
	for _, c := range h.Campaigns {
		if c.Own != nil {
			p.own[c.ID] = c.Own
		}
	}
	return p
}

// Conversions is how many were added.
func (p *Part) Conversions() int64 { return p.totals.conversions }

// Emit hands every conversion that is added from now on, with its credit, to f, whose errors end Add. A conversion without
// touches has no credit to hand out and comes with none.
func (p *Part) Emit(f func(*Credited) error) { p.emit = f }

// Add folds one conversion. The caller's Touches are left as they are.
func (p *Part) Add(conversion *Conversion) error {
	own := *conversion
	c := &own
	p.work.parts = p.work.parts[:0]
	p.creditOwn(c)
	c.Touches = p.eligible(conversion)
	p.digest.conversion(c)
	whole := c.whole()
	p.totals.add(c, &whole)
	p.addPath(c, &whole)
	p.addShape(c)
	if len(c.Touches) == 0 {
		p.totals.unattributed++
		p.totals.unattributedTally.add(&whole)
		p.addUnattributed(&whole)
	} else {
		p.credit(c)
	}
	if p.emit == nil {
		return nil
	}
	out := Credited{Conversion: c, Credit: p.work.credit, Own: strings.Join(p.work.own, "; ")}
	if len(c.Touches) == 0 {
		out.Credit = nil
	}
	if err := p.emit(&out); err != nil {
		return fmt.Errorf("report: %s: %w", p.head.place(), err)
	}
	return nil
}

// AddNonConverting counts a person without any conversion by the channels of his touches, oldest first; weight is more than
// 1 where one person in so many was looked at.
func (p *Part) AddNonConverting(path []string, weight int64) {
	if len(path) == 0 {
		return
	}
	p.totals.people += weight
	p.digest.null(path, weight)
	p.nulls.null(path, weight)
	p.paths.of(path).nulls += weight
	p.sets.Add(&pathset.Row{Path: path, Nulls: weight})
}

// whole is what a conversion counts for.
func (c *Conversion) whole() tally {
	t := tally{conversions: sumOf(micro), value: sumOf(c.Value), net: sumOf(c.Net)}
	if !c.Refunded {
		t.netConversions = sumOf(micro)
	}
	return t
}

func (t *totals) add(c *Conversion, whole *tally) {
	t.tally.add(whole)
	t.conversions++
	t.touches += int64(len(c.Touches))
	if !c.Refunded {
		t.netConversions++
	}
	if c.Unconverted {
		t.unconverted++
	}
}

// eligible are the touches that the site's settings take, whatever the record holds.
func (p *Part) eligible(c *Conversion) []Touch {
	p.work.eligible = p.chosen(p.work.eligible[:0], c, &p.options)
	return p.work.eligible
}

// chosen appends the touches that options take, in order.
func (p *Part) chosen(to []Touch, c *Conversion, options *attribution.Options) []Touch {
	all := p.work.touches[:0]
	for i := range c.Touches {
		t := &c.Touches[i]
		all = append(all, attribution.Touch{Time: t.Time, Channel: t.Channel, ID: t.ID, Type: t.Type, Behind: t.Behind})
	}
	p.work.touches = all
	find := finder(c.Touches)
	for _, t := range options.Eligible(all, c.Time, c.Previous) {
		to = append(to, c.Touches[find(t.ID)])
	}
	return to
}

// finder finds a touch by id, the first of equal ones. Few are compared faster than looked up.
func finder(touches []Touch) func(id string) int {
	if len(touches) <= 16 {
		return func(id string) int {
			for i := range touches {
				if touches[i].ID == id {
					return i
				}
			}
			return -1
		}
	}
	index := make(map[string]int, len(touches))
	for i := len(touches) - 1; i >= 0; i-- {
		index[touches[i].ID] = i
	}
	return func(id string) int { return index[id] }
}

// path is what a model judges.
func (p *Part) path(c *Conversion, touches []Touch, halfLife int64) attribution.Path {
	list := p.work.touches[:0]
	for i := range touches {
		t := &touches[i]
		list = append(list, attribution.Touch{Time: t.Time, Channel: t.Channel, ID: t.ID, Type: t.Type})
	}
	p.work.touches = list
	return attribution.Path{Touches: list, Conversion: c.Time, HalfLife: halfLife, Lead: c.Lead, Opportunity: c.Opportunity}
}

// credit splits the conversion under every model. The net value and the net conversion are split by the same weights, so
// a refund takes back from the touches what they were given.
func (p *Part) credit(c *Conversion) {
	path := p.path(c, c.Touches, p.head.HalfLife)
	channels, campaigns := p.work.channels[:0], p.work.campaigns[:0]
	for i := range c.Touches {
		t := &c.Touches[i]
		channels = append(channels, p.channels.row(t.Channel))
		campaigns = append(campaigns, p.campaign.row(campaignKey{named(t.Campaign), t.Channel}))
	}
	p.work.channels, p.work.campaigns = channels, campaigns
	p.work.credit = p.work.credit[:0]
	for m, model := range p.models {
		credit := p.work.split(c, model, &path)
		p.work.credit = append(p.work.credit, credit)
		for i := range channels {
			part := credit.at(i)
			if part == (tally{}) {
				continue
			}
			p.channels.add(m, channels[i], &part)
			p.campaign.add(m, campaigns[i], &part)
		}
	}
}

// split shares one conversion among its touches. The parts stand until the next conversion is added.
func (w *work) split(c *Conversion, m attribution.Model, path *attribution.Path) Credit {
	w.weights = attribution.AppendWeights(w.weights[:0], m, path)
	credit := Credit{Conversions: w.share(micro), Value: w.share(c.Value)}
	credit.Net = credit.Value
	if c.Net != c.Value {
		credit.Net = w.share(c.Net)
	}
	if !c.Refunded {
		credit.NetConversions = credit.Conversions
	}
	return credit
}

func (w *work) share(total int64) []int64 {
	from := len(w.parts)
	w.parts = attribution.AppendSplit(w.parts, total, w.weights)
	return w.parts[from:len(w.parts):len(w.parts)]
}

// at is one touch's part.
func (c *Credit) at(i int) tally {
	t := tally{conversions: sumOf(c.Conversions[i]), value: sumOf(c.Value[i]), net: sumOf(c.Net[i])}
	if c.NetConversions != nil {
		t.netConversions = sumOf(c.NetConversions[i])
	}
	return t
}

func (p *Part) addUnattributed(whole *tally) {
	channel := p.channels.row(attribution.Unattributed)
	campaign := p.campaign.row(campaignKey{attribution.Unattributed, attribution.Unattributed})
	for m := range p.models {
		p.channels.add(m, channel, whole)
		p.campaign.add(m, campaign, whole)
	}
}

func (p *Part) addPath(c *Conversion, whole *tally) {
	path := p.work.path[:0]
	for i := range c.Touches {
		path = append(path, c.Touches[i].Channel)
	}
	p.work.path = path
	t := p.paths.of(path)
	row := pathset.Row{Path: path, Conversions: 1, Value: c.Value, Net: c.Net}
	t.conversions++
	if !c.Refunded {
		t.netConversions++
		row.NetConversions = 1
	}
	t.value.add(whole.value)
	t.net.add(whole.net)
	p.sets.Add(&row)
}

// appendStep adds a channel to a path's key. No stored text holds NUL.
func appendStep(key []byte, i int, channel string) []byte {
	if i > 0 {
		key = append(key, 0)
	}
	return append(key, channel...)
}

func (p *Part) addCost(c Cost) {
	if c.Micros == 0 {
		return
	}
	c.Channel, c.Campaign = named(c.Channel), named(c.Campaign)
	p.digest.cost(c)
	p.totals.cost.add(sumOf(c.Micros))
	p.channels.cost(p.channels.row(c.Channel), c.Micros)
	p.campaign.cost(p.campaign.row(campaignKey{c.Campaign, c.Channel}), c.Micros)
}

func named(s string) string {
	if s == "" {
		return None
	}
	return s
}
