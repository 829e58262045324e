package report

import (
	"fmt"
	"slices"

	"tributary/shared/attribution"
)

// models lays every model's credit side by side: where they differ, the choice of model is an opinion about money.
func (p *pen) models() (section, string) {
	s := section{ID: "models", Title: "All models side by side"}
	if len(p.Disagreement.Channels) == 0 {
		return s, "no conversion to share out in the period."
	}
	s.Lead = []string{p.disagreementLead()}
	s.Chart = p.modelChart()
	s.Tables = []grid{p.spreadTable(), p.modelTable()}
	s.Notes = []string{
		"Every model shares the same conversions: a channel gains under one what another loses. The disagreement score is half the sum of the spreads: 0 % where all models agree, and more the more of the credit depends on the choice of model.",
	}
	if n := len(p.Disagreement.Channels); n > maxColumns {
		s.Notes = append(s.Notes, fmt.Sprintf("Of %s channels the %d over which the models differ most stand side by side; channels.csv has all.", count(int64(n)), maxColumns))
	}
	return s, ""
}

func (p *pen) disagreementLead() string {
	d := &p.Disagreement
	w := &d.Channels[0]
	lead := fmt.Sprintf("Disagreement score: %s over %s.", percent(d.Score), plural(int64(len(p.order)), "model", "models"))
	if compareRatios(w.Spread, "0") <= 0 {
		return lead + " All models agree on every channel."
	}
	return fmt.Sprintf("%s The widest is %s: %s of the conversions under %s, %s under %s.",
		lead, w.Channel, percent(w.Least), modelTitle(w.LeastModel), percent(w.Most), modelTitle(w.MostModel))
}

// widest are the channels over which the models differ most.
func (p *pen) widest(most int) []disagreementRow {
	return p.Disagreement.Channels[:min(len(p.Disagreement.Channels), most)]
}

// shares are a model's shares of all conversions, by channel.
func (p *pen) shares(m attribution.Model) map[string]ratio {
	shares := map[string]ratio{}
	for _, r := range p.Models[m].Channels {
		shares[r.Channel] = share(r.Conversions, quantity(p.Totals.Conversions))
	}
	return shares
}

func (p *pen) modelChart() *chart {
	c := &chart{
		Kind: "spread", Label: "Share of the conversions that each model gives a channel",
		Key: []pair{{"dot", "One model"}, {"diamond", modelTitle(p.model)}, {"quiet", "From least to most"}},
	}
	for _, row := range p.widest(maxBars) {
		c.Names = append(c.Names, row.Channel)
	}
	for _, m := range p.order {
		shares := p.shares(m)
		s := series{Name: modelTitle(m), Chosen: m == p.model}
		for _, name := range c.Names {
			s.add(percentage(shares[name]), percent(shares[name]))
		}
		c.Series = append(c.Series, s)
	}
	return c
}

func (p *pen) spreadTable() grid {
	t := grid{Caption: "How far apart the models are, by channel: shares of all conversions", Head: words("Channel")}
	t.Head = append(t.Head, figureColumns("Spread", modelTitle(p.model), "Least")...)
	t.Head = append(t.Head, column{Text: "under"}, column{Text: "Most", Right: true}, column{Text: "under"})
	chosen := p.shares(p.model)
	for _, row := range p.widest(maxRows) {
		cells := numbers(percent(row.Spread), percent(chosen[row.Channel]), percent(row.Least))
		cells = append(cells, datum{Text: modelTitle(row.LeastModel)})
		cells = append(cells, numbers(percent(row.Most))...)
		t.Rows = append(t.Rows, line{Name: row.Channel, Cells: append(cells, datum{Text: modelTitle(row.MostModel)})})
	}
	return t
}

// modelTable has a line a model and a column a channel; the deeper the shade, the larger the share.
func (p *pen) modelTable() grid {
	t := grid{Caption: "Share of the conversions by model and channel; the report's own model in bold", Head: words("Model"), Wide: true}
	for _, row := range p.widest(maxColumns) {
		t.Head = append(t.Head, column{Text: row.Channel, Right: true})
	}
	for _, m := range p.order {
		shares := p.shares(m)
		l := line{Name: modelTitle(m), Marked: m == p.model}
		for _, row := range p.widest(maxColumns) {
			l.Cells = append(l.Cells, datum{Text: percent(shares[row.Channel]), Class: "n" + shade(shares[row.Channel])})
		}
		t.Rows = append(t.Rows, l)
	}
	return t
}

// shade is the class that colours a share.
func shade(r ratio) string {
	for i, least := range slices.Backward([]ratio{"0.1", "0.2", "0.4"}) {
		if compareRatios(r, least) >= 0 {
			return fmt.Sprintf(" shade-%d", i+1)
		}
	}
	return ""
}
