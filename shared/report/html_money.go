package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tributary/shared/attribution"
)

// How much is shown: a site may name more channels and campaigns than anybody reads. The CSV files have all.
const (
	maxRows    = 100 // of a table
	maxBars    = 20  // of a drawing
	maxColumns = 12  // channels beside each other
)

// pen writes the sections of one document.
type pen struct {
	*document
	model attribution.Model // whose credit is shown unless a table says otherwise
	order []attribution.Model
}

func newPen(d *document) *pen {
	p := &pen{document: d, model: d.Model}
	for m := range d.Models {
		p.order = append(p.order, m)
	}
	slices.SortFunc(p.order, compareModels)
	if _, ok := d.Models[p.model]; !ok {
		p.model = attribution.LastTouch
	}
	return p
}

func (p *pen) money(minor sum) string { return moneyText(minor, p.Exponent) }
func (p *pen) spend(cost sum) string  { return microsText(cost, p.Exponent) }

// amount is money with its currency, for a sentence.
func (p *pen) amount(minor sum) string { return p.Currency + "\u00a0" + p.money(minor) }

// totals are the figures that a reader wants first.
func (p *pen) totals() (section, string) {
	t, b := &p.Totals, p.Before
	unit := pow10(p.Exponent)
	tiles := []tile{
		{Name: "Revenue, gross", Value: p.money(t.Value), Unit: p.Currency},
		{Name: "Revenue, net of refunds", Value: p.money(t.Net), Unit: p.Currency},
		{Name: "Media spend", Value: p.spend(t.Cost), Unit: p.Currency},
		{Name: "Conversions", Value: count(t.Conversions)},
		{Name: "Conversions, net of refunds", Value: count(t.NetConversions)},
		{Name: "Return on spend, gross", Value: multiple(quotient(t.Value, micro, t.Cost, unit))},
		{Name: "Return on spend, net", Value: multiple(quotient(t.Net, micro, t.Cost, unit))},
		{Name: "Spend per conversion", Value: unitMoney(quotient(t.Cost, unit, sumOf(t.Conversions), micro), p.Exponent), Unit: p.Currency},
	}
	s := section{ID: "totals", Title: "Totals", Tiles: tiles, Verdict: p.verdict()}
	if p.Unfinished {
		s.Notes = []string{"The period was not over when it was read: these are its figures so far."}
	}
	if b == nil {
		s.Notes = append(s.Notes, "There are no figures of the period before to compare with.")
		return s, ""
	}
	for i, r := range map[int]ratio{0: b.ValueChange, 1: b.NetChange, 2: b.CostChange, 3: b.ConversionsChange} {
		tiles[i].Change = change(r)
		if tiles[i].Change == none {
			tiles[i].Change = "nothing before"
		}
	}
	tiles[5].Change = "before: " + multiple(quotient(b.Value, micro, b.Cost, unit))
	tiles[6].Change = "before: " + multiple(quotient(b.Net, micro, b.Cost, unit))
	tiles[7].Change = "before: " + unitMoney(quotient(b.Cost, unit, sumOf(b.Conversions), micro), p.Exponent)
	s.Notes = append(s.Notes, fmt.Sprintf("Changes are against %s.", span(b.From, b.To)))
	return s, ""
}

// ranked are rows in the order of compareRows.
func ranked(rows []rowDoc) []rowDoc {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b rowDoc) int { return compareRows(&a, &b) })
	return rows
}

// compareRows puts the most revenue first, then the most spend, then goes by name; what nobody is credited with comes last.
func compareRows(a, b *rowDoc) int {
	if last := a.Channel == attribution.Unattributed; last != (b.Channel == attribution.Unattributed) {
		if last {
			return 1
		}
		return -1
	}
	return cmp.Or(b.Value.big().Cmp(a.Value.big()), b.Cost.big().Cmp(a.Cost.big()), strings.Compare(a.Channel, b.Channel))
}

var moneyHead = []string{"Revenue", "Share", "Net revenue", "Conversions", "Spend", "Return", "Spend per conversion"}

func (p *pen) moneyCells(r *rowDoc) []datum {
	perConversion := none // what costs nothing has no price
	if !r.Cost.zero() {
		perConversion = unitMoney(r.CPA, p.Exponent)
	}
	return numbers(p.money(r.Value), percent(share(r.Value, p.Totals.Value)), p.money(r.Net), credited(r.Conversions),
		p.spend(r.Cost), multiple(r.ROAS), perConversion)
}

// channels sets what a channel brought beside what it cost.
func (p *pen) channels() (section, string) {
	s := section{ID: "channels", Title: "Spend and return by channel"}
	rows := ranked(p.Models[p.model].Channels)
	if len(rows) == 0 {
		return s, "no conversion and no spend in the period."
	}
	revenue, spend := series{Name: "Revenue", Tone: "first"}, series{Name: "Spend", Tone: "second"}
	c := &chart{Kind: "rows", Label: fmt.Sprintf("Revenue and spend by channel, %s", p.Currency), Key: []pair{{"first", "Revenue"}, {"second", "Spend"}}}
	t := grid{Caption: fmt.Sprintf("Channels by revenue, in %s, credited by %s", p.Currency, modelTitle(p.model)), Head: append(words("Channel"), figureColumns(moneyHead...)...)}
	for i := range rows[:min(len(rows), maxRows)] {
		r := &rows[i]
		t.Rows = append(t.Rows, line{Name: r.Channel, Cells: p.moneyCells(r)})
		if i >= maxBars {
			continue
		}
		c.Names = append(c.Names, r.Channel)
		revenue.add(number(rounded(r.Value, p.Exponent, p.Exponent), true), p.money(r.Value))
		spend.add(number(rounded(r.Cost, 6, p.Exponent), true), p.spend(r.Cost))
	}
	c.Series = []series{revenue, spend}
	t.Foot = &line{Name: "Total", Cells: p.totalCells()}
	s.Lead, s.Chart, s.Tables = p.channelLead(rows), c, []grid{t}
	s.Notes = []string{"Return is credited gross revenue for each unit of media spend. " + attribution.Unattributed + " are conversions without any known contact in the look-back: they are shown, never spread over the others."}
	if len(rows) > maxBars {
		s.Notes = append(s.Notes, fmt.Sprintf("The first %d of %s channels are drawn; channels.csv has all.", maxBars, count(int64(len(rows)))))
	}
	return s, ""
}

func (p *pen) totalCells() []datum {
	t, unit := &p.Totals, pow10(p.Exponent)
	whole := rowDoc{Value: t.Value, Net: t.Net, Conversions: quantity(t.Conversions), Cost: t.Cost}
	whole.CPA = quotient(t.Cost, unit, whole.Conversions, 1)
	whole.ROAS = quotient(t.Value, micro, t.Cost, unit)
	return p.moneyCells(&whole)
}

// quantity is a count in millionths.
func quantity(n int64) sum { return sumOf(n * micro) }

func (p *pen) channelLead(rows []rowDoc) []string {
	lead := fmt.Sprintf("%s is credited with %s, %s of the revenue.", rows[0].Channel, p.amount(rows[0].Value), percent(share(rows[0].Value, p.Totals.Value)))
	if rows[0].Value.zero() {
		lead = "No channel is credited with revenue."
	}
	best, worst := extremes(rows)
	if best == nil {
		return []string{lead + " No channel has spend."}
	}
	lead += fmt.Sprintf(" Each %s spent on %s brought %s", p.Currency, best.Channel, multiple(best.ROAS))
	if worst != best {
		lead += fmt.Sprintf(", the best return; on %s it brought %s, the least", worst.Channel, multiple(worst.ROAS))
	}
	return []string{lead + "."}
}

// extremes are the rows with the best and the worst return among those with spend.
func extremes(rows []rowDoc) (best, worst *rowDoc) {
	for i := range rows {
		r := &rows[i]
		if _, ok := scaled(r.ROAS, 0, 0); !ok {
			continue
		}
		if best == nil || compareRatios(r.ROAS, best.ROAS) > 0 {
			best = r
		}
		if worst == nil || compareRatios(r.ROAS, worst.ROAS) < 0 {
			worst = r
		}
	}
	return best, worst
}
