package report

import (
	"fmt"
	"slices"
	"strings"
)

// campaigns shows each campaign under the model of its own settings.
func (p *pen) campaigns() (section, string) {
	s := section{ID: "campaigns", Title: "Campaigns"}
	list := p.rankedCampaigns()
	if len(list) == 0 {
		return s, "no campaign was named in the period."
	}
	t := grid{Caption: fmt.Sprintf("Campaigns by revenue, in %s", p.Currency), Wide: true, Head: append(words("Campaign"), column{Text: "Channel"})}
	own := slices.ContainsFunc(list, func(c campaignDoc) bool { return c.Own })
	aimed := slices.ContainsFunc(list, func(c campaignDoc) bool { return p.aims(&c) != "" })
	if own {
		t.Head = append(t.Head, column{Text: "Model"})
	} else {
		t.Caption += ", credited by " + modelTitle(p.model)
	}
	t.Head = append(t.Head, figureColumns(moneyHead...)...)
	if aimed {
		t.Head = append(t.Head, column{Text: "Target or budget"})
	}
	for i := range list[:min(len(list), maxRows)] {
		t.Rows = append(t.Rows, p.campaignLine(&list[i], own, aimed))
	}
	s.Tables = []grid{t}
	if own {
		s.Notes = append(s.Notes, "* The campaign's own settings differ from the site's. It is judged by them alone, so its row does not add up with the others.")
		s.Notes = append(s.Notes, ownNotes(list)...)
	}
	if len(list) > maxRows {
		s.Notes = append(s.Notes, fmt.Sprintf("The first %d of %s; campaigns.csv has all.", maxRows, count(int64(len(list)))))
	}
	return s, ""
}

func (p *pen) campaignLine(c *campaignDoc, own, aimed bool) line {
	l := line{Name: campaignName(c), Cells: []datum{{Text: c.Channel}}}
	if own {
		l.Cells = append(l.Cells, datum{Text: modelTitle(c.Model) + marked(c.Own, "*")})
	}
	l.Cells = append(l.Cells, p.moneyCells(&c.rowDoc)...)
	if aimed {
		l.Cells = append(l.Cells, datum{Text: p.aims(c)})
	}
	return l
}

// rankedCampaigns are the campaigns by their own settings or, where none are kept, by the report's model.
func (p *pen) rankedCampaigns() []campaignDoc {
	list := slices.Clone(p.Campaigns)
	if len(list) == 0 {
		for _, r := range p.Models[p.model].Campaigns {
			list = append(list, campaignDoc{rowDoc: r, Model: p.model})
		}
	}
	slices.SortStableFunc(list, func(a, b campaignDoc) int { return compareRows(&a.rowDoc, &b.rowDoc) })
	return list
}

func campaignName(c *campaignDoc) string {
	id := ""
	if c.Campaign != nil {
		id = *c.Campaign
	}
	if c.Name == "" || c.Name == id {
		return id
	}
	return fmt.Sprintf("%s (%s)", c.Name, id)
}

// ownNotes say by what each of the campaigns shown is judged that has settings of its own.
func ownNotes(list []campaignDoc) (notes []string) {
	var told []string
	for i := range list[:min(len(list), maxRows)] {
		c := &list[i]
		if name := campaignName(c); c.Own && c.OwnSettings != "" && !slices.Contains(told, name) {
			told = append(told, name)
			notes = append(notes, fmt.Sprintf("%s: %s.", name, strings.ReplaceAll(settingWords(c.OwnSettings), "_", " ")))
		}
	}
	return notes
}

// aims are a campaign's targets and budget, as they were set.
func (p *pen) aims(c *campaignDoc) string {
	var aims []string
	if c.TargetCPA != "" {
		aims = append(aims, "at most "+p.Currency+"\u00a0"+grouped(c.TargetCPA)+" a conversion")
	}
	if c.TargetROAS != "" {
		aims = append(aims, "return of "+c.TargetROAS)
	}
	if c.Budget != "" {
		budget := strings.TrimSpace(c.BudgetCurrency+"\u00a0"+grouped(c.Budget)) + " budget"
		if c.BudgetPeriod != "" {
			budget += " a " + c.BudgetPeriod
		}
		aims = append(aims, budget)
	}
	return strings.Join(aims, "; ")
}

// advice names the weakest link and says what to do about each campaign's budget.
func (p *pen) advice() (section, string) {
	s := section{ID: "advice", Title: "Weakest link and budget advice"}
	if p.Weakest == nil && len(p.Advice) == 0 {
		return s, "it is for a week or more, and there was no spend to judge and no step that fell clearly behind."
	}
	s.Lead = []string{"No step and no rate stands clearly under its own past or its target."}
	if w := p.Weakest; w != nil {
		s.Lead[0] = fmt.Sprintf("The weakest link is %s: %s.", rateTitle(w.Name), w.Because)
	}
	t := grid{Caption: "Whether the next unit of spend pays, the dearest campaign first", Head: append(words("Campaign"), column{Text: "Budget"}, column{Text: "Because"})}
	for _, a := range p.Advice[:min(len(p.Advice), maxRows)] {
		c := campaignDoc{rowDoc: rowDoc{Campaign: &a.Campaign}, Name: a.Name}
		t.Rows = append(t.Rows, line{Name: campaignName(&c), Cells: []datum{{Text: orNone(sentence(a.Advice))}, {Text: a.Because, Class: "words"}}})
	}
	if len(t.Rows) > 0 {
		s.Tables = []grid{t}
		s.Notes = []string{"From the days whose conversions have had time to come, with 90 % intervals; it is what was seen, not an experiment: move a budget in steps and look again."}
	}
	return s, ""
}

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}
