package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tributary/shared/attribution"
)

// maxChanges bounds the list; report.json has more.
const maxChanges = 50

// changes says what differs from the revision before, and why: a changed past is never silent.
func (p *pen) changes() (section, string) {
	s := section{ID: "changes", Title: "What changed since the last revision"}
	c := p.Changes
	if c == nil {
		return s, "this is the first revision."
	}
	reasons := grid{Caption: fmt.Sprintf("Changes against revision %d, by reason", c.Revision), Head: append(words("Reason"), figureColumns("Changes")...)}
	for _, r := range c.Reasons {
		reasons.Rows = append(reasons.Rows, line{Name: reasonTitle(r.Reason), Cells: numbers(count(r.Count))})
	}
	list := p.changeList(c.List[:min(len(c.List), maxChanges)])
	s.Tables = []grid{reasons}
	if len(list.Rows) > 0 {
		s.Tables = append(s.Tables, list)
	}
	if more := int64(len(c.List)-len(list.Rows)) + c.More; more > 0 {
		s.Notes = []string{fmt.Sprintf("And %s more.", count(more))}
	}
	return s, ""
}

// changeList is a table of changes. Where any tells because of what a record was last written, it has a column of that.
func (p *pen) changeList(changes []changeDoc) grid {
	list := grid{Caption: "The changes", Head: append(words("Order, event, campaign or setting"), column{Text: "Reason"}, column{Text: "Before"}, column{Text: "Now"})}
	traced := slices.ContainsFunc(changes, func(d changeDoc) bool { return len(d.Because) > 0 })
	if traced {
		list.Head = append(list.Head, column{Text: "Its record was last written because of"})
	}
	for _, d := range changes {
		row := line{Name: p.subject(&d), Cells: []datum{{Text: reasonTitle(d.Reason)}, {Text: p.was(&d, d.From), Class: "words"}, {Text: p.was(&d, d.To), Class: "words"}}}
		if traced {
			row.Cells = append(row.Cells, datum{Text: becauseOf(d.Because), Class: "ids"})
		}
		list.Rows = append(list.Rows, row)
	}
	return list
}

// becauseOf names events, or the job that wrote a record.
func becauseOf(causes []string) string {
	switch {
	case len(causes) == 0:
		return none
	case len(causes) > 1:
		return "events " + strings.Join(causes, ", ")
	}
	switch causes[0] {
	case "restate":
		return "a restatement by today's settings"
	case "rebuild":
		return "a rebuild of all records"
	case "erasure":
		return "an erasure"
	}
	return "event " + causes[0]
}

// subject is what a change is about. Ids stay as they are.
func (p *pen) subject(d *changeDoc) string {
	name := Subject(d.ID)
	switch {
	case d.Reason == Set && !strings.HasPrefix(d.ID, campaignSetting):
		return sentence(strings.TrimSuffix(d.ID, "_ms"))
	case d.Reason == Set || name != d.ID:
		return strings.ToUpper(name[:1]) + name[1:]
	}
	return d.ID
}

// was is one side of a change: a cost in the currency's unit, a setting's span in days, anything else as it is told.
func (p *pen) was(d *changeDoc, text string) string {
	switch n, err := strconv.ParseInt(text, 10, 64); {
	case text == "":
		return none
	case d.Reason == Spent && err == nil:
		return p.Currency + "\u00a0" + microsText(sumOf(n), p.Exponent)
	case d.Reason == Set && strings.HasPrefix(d.ID, campaignSetting):
		return settingWords(text)
	case d.Reason == Set && strings.HasSuffix(d.ID, "_ms") && err == nil:
		return daysText(n)
	case d.Reason == Set && d.ID == "model":
		return modelTitle(attribution.Model(text))
	}
	return text
}

// settingWords are a campaign's settings with spans in days: "look-back_ms 2592000000" is for machines. A campaign's name stays as it is.
func settingWords(text string) string {
	parts := strings.Split(text, ", ")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, " ")
		n, err := strconv.ParseInt(value, 10, 64)
		if short, is := strings.CutSuffix(name, "_ms"); is && err == nil {
			parts[i] = strings.ReplaceAll(short, "_", " ") + " " + daysText(n)
		}
	}
	return strings.Join(parts, ", ")
}

// daysText is a span of milliseconds, which settings give in days.
func daysText(ms int64) string {
	if ms%attribution.Day != 0 {
		return count(ms) + " ms"
	}
	return plural(ms/attribution.Day, "day", "days")
}
