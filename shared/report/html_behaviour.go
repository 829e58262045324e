package report

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// funnel shows how many got how far, and where most stopped.
func (p *pen) funnel() (section, string) {
	s := section{ID: "funnel", Title: "Funnel"}
	if p.Funnel == nil || len(p.Funnel.Steps) == 0 {
		return s, "the steps within visits were not counted in the period."
	}
	steps := p.Funnel.Steps
	bars := series{Name: "Reached", Tone: "first"}
	c := &chart{Kind: "rows", Label: "How many reached each step"}
	t := grid{Caption: "Steps and how many reached them", Head: append(words("Step"), figureColumns("Reached", "Of the first step", "Went no further", "Time to the next")...)}
	for i, step := range steps {
		name := sentence(step.Name)
		weak := step.Name == p.Funnel.Bottleneck
		if weak {
			bars.Marked = &i
			s.Lead = []string{fmt.Sprintf("The bottleneck is %s: %s of those who reached it went no further.", name, percent(step.DropOff))}
			c.Key = []pair{{"accent", "Bottleneck"}}
		}
		c.Names = append(c.Names, name)
		bars.add(json.Number(strconv.FormatInt(step.Reached, 10)), count(step.Reached))
		t.Rows = append(t.Rows, line{
			Name: name + marked(weak, " (bottleneck)"), Marked: weak,
			Cells: numbers(count(step.Reached), percent(share(sumOf(step.Reached), sumOf(steps[0].Reached))), percent(step.DropOff), lasted(step.Median)),
		})
	}
	c.Series = []series{bars}
	s.Chart, s.Tables = c, []grid{t}
	return s, ""
}

func marked(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}

// timeLag shows how long the way to a conversion took.
func (p *pen) timeLag() (section, string) {
	s := section{ID: "time-lag", Title: "Time to conversion"}
	if total(p.TimeLag) == 0 {
		return s, "no conversion had an eligible contact before it."
	}
	s.Chart, s.Tables = p.histogram(p.TimeLag, "Days from the first contact to the conversion", "Days", dayTitle)
	s.Lead = []string{fmt.Sprintf("Half of the conversions came within %s of the first contact in the look-back.", within(median(p.TimeLag)))}
	return s, ""
}

// pathLength shows how many contacts a conversion took.
func (p *pen) pathLength() (section, string) {
	s := section{ID: "path-length", Title: "Contacts before conversion"}
	if total(p.PathLength) == 0 {
		return s, "no conversion in the period."
	}
	s.Chart, s.Tables = p.histogram(p.PathLength, "Contacts before the conversion", "Contacts", binTitle)
	b := median(p.PathLength)
	s.Lead = []string{fmt.Sprintf("Half of the conversions took %s or fewer.", plural(max(b.From, b.To-1), "contact", "contacts"))}
	return s, ""
}

func (p *pen) histogram(bins []binDoc, label, head string, name func(binDoc) string) (*chart, []grid) {
	bars := series{Name: "Conversions", Tone: "first"}
	c := &chart{Kind: "columns", Label: label}
	t := grid{Caption: fmt.Sprintf("%s; revenue in %s", label, p.Currency), Head: append(words(head), figureColumns("Conversions", "Share", "Up to here", "Revenue")...)}
	all, sofar := total(bins), int64(0)
	for _, b := range bins {
		sofar += b.Conversions
		c.Names = append(c.Names, name(b))
		bars.add(json.Number(strconv.FormatInt(b.Conversions, 10)), count(b.Conversions))
		t.Rows = append(t.Rows, line{Name: name(b), Cells: numbers(count(b.Conversions), percent(share(sumOf(b.Conversions), sumOf(all))),
			percent(share(sumOf(sofar), sumOf(all))), p.money(b.Value))})
	}
	c.Series = []series{bars}
	return c, []grid{t}
}

func total(bins []binDoc) (n int64) {
	for _, b := range bins {
		n += b.Conversions
	}
	return n
}

// median is the bin in which half of the conversions are reached.
func median(bins []binDoc) binDoc {
	all, sofar := total(bins), int64(0)
	for _, b := range bins {
		if sofar += b.Conversions; 2*sofar >= all {
			return b
		}
	}
	return binDoc{}
}

func binTitle(b binDoc) string {
	switch {
	case b.To == 0:
		return fmt.Sprintf("%d or more", b.From)
	case b.To-b.From <= 1:
		return strconv.FormatInt(b.From, 10)
	}
	return fmt.Sprintf("%d to %d", b.From, b.To-1)
}

func dayTitle(b binDoc) string {
	if b.From == 0 && b.To == 1 {
		return "under 1"
	}
	return binTitle(b)
}

func within(b binDoc) string {
	if b.To == 0 {
		return fmt.Sprintf("more than %s", plural(b.From, "day", "days"))
	}
	return plural(b.To, "day", "days")
}

// cohorts shows what the customers of each month of first order did in the period.
func (p *pen) cohorts() (section, string) {
	s := section{ID: "cohorts", Title: "Cohorts by first order"}
	bars := series{Name: "Net revenue", Tone: "first"}
	c := &chart{Kind: "rows", Label: fmt.Sprintf("Net revenue of the period by the month of the customer's first order, %s", p.Currency)}
	t := grid{Caption: fmt.Sprintf("Orders of the period by the month of the customer's first order, in %s", p.Currency), Head: append(words("First order"), figureColumns("Orders", "Revenue", "Net revenue", "Share of net revenue")...)}
	whole := cohortMonthDoc{}
	list := slices.Clone(p.Cohorts)
	for i := range list {
		whole.add(list[i].sum())
	}
	for i := range list {
		m := list[i].sum()
		c.Names = append(c.Names, list[i].Month)
		bars.add(number(rounded(m.Net, p.Exponent, p.Exponent), true), p.money(m.Net))
		t.Rows = append(t.Rows, line{Name: list[i].Month, Cells: numbers(count(m.Orders), p.money(m.Value), p.money(m.Net), percent(share(m.Net, whole.Net)))})
	}
	if whole.Orders == 0 {
		return s, "no order in the period is known with its customer's first one."
	}
	t.Foot = &line{Name: "Total", Cells: numbers(count(whole.Orders), p.money(whole.Value), p.money(whole.Net), percent(share(whole.Net, whole.Net)))}
	c.Series = []series{bars}
	s.Chart, s.Tables = c, []grid{t}
	if m, ok := p.cohortMonths(); ok {
		s.Tables = append(s.Tables, m)
	}
	return s, ""
}

func (m *cohortMonthDoc) add(o cohortMonthDoc) {
	m.Orders += o.Orders
	m.Value.add(o.Value)
	m.Net.add(o.Net)
}

func (c *cohortDoc) sum() (whole cohortMonthDoc) {
	for _, m := range c.Months {
		whole.add(m)
	}
	return whole
}

// cohortMonths is the triangle of net revenue by months since the first order; a report of one month has no use for it.
func (p *pen) cohortMonths() (grid, bool) {
	t := grid{Caption: fmt.Sprintf("Net revenue by months since the first order, in %s", p.Currency), Head: words("First order"), Wide: true}
	most, busy := 0, 0
	for _, c := range p.Cohorts {
		used := 0
		for i, m := range c.Months {
			if m.Orders > 0 {
				used++
				most = max(most, i+1)
			}
		}
		busy = max(busy, used)
	}
	for i := range most {
		t.Head = append(t.Head, figureColumns(fmt.Sprintf("+%d", i))...)
	}
	for _, c := range p.Cohorts {
		l := line{Name: c.Month}
		for i := range most {
			text := ""
			if i < len(c.Months) && c.Months[i].Orders > 0 {
				text = p.money(c.Months[i].Net)
			}
			l.Cells = append(l.Cells, numbers(text)...)
		}
		t.Rows = append(t.Rows, l)
	}
	return t, busy > 1
}

// lasted is a time in milliseconds in its two largest units.
func lasted(ms *float64) string {
	if ms == nil {
		return none
	}
	s := int64(math.Round(*ms / 1000))
	for _, u := range []struct {
		seconds   int64
		name, sub string
	}{{86400, "d", "h"}, {3600, "h", "min"}, {60, "min", "s"}} {
		if s < u.seconds {
			continue
		}
		part := map[string]int64{"h": 3600, "min": 60, "s": 1}[u.sub]
		return fmt.Sprintf("%d\u00a0%s %d\u00a0%s", s/u.seconds, u.name, s%u.seconds/part, u.sub)
	}
	return fmt.Sprintf("%d\u00a0s", s)
}
