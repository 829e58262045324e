package report

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"

	"tributary/shared/attribution"
)

// figures are the columns that both tables end in.
var figures = []string{
	"currency", "conversions_micro", "value_minor", "net_conversions_micro", "net_value_minor", "media_cost_micros", "cpa_minor", "roas",
}

func (r *Report) channelsCSV() []byte {
	lines := [][]string{append([]string{"model", "channel"}, figures...)}
	add := func(model attribution.Model, rows []rowDoc) {
		for i := range rows {
			lines = append(lines, append([]string{string(model), cell(rows[i].Channel)}, r.figures(&rows[i])...))
		}
	}
	for m, model := range r.models {
		add(model, r.channelRows(m))
	}
	for i := range r.sets {
		add(r.sets[i].model, r.setRows(&r.sets[i]))
	}
	return writeCSV(lines)
}

func (r *Report) campaignsCSV() []byte {
	lines := [][]string{append([]string{"model", "campaign", "channel"}, figures...)}
	for m, model := range r.models {
		for _, row := range r.campaignRows(m) {
			lines = append(lines, append([]string{string(model), cell(*row.Campaign), cell(row.Channel)}, r.figures(&row)...))
		}
	}
	for _, c := range r.campaignDocs() {
		if c.Own {
			lines = append(lines, append([]string{ownModel + string(c.Model), cell(*c.Campaign), cell(c.Channel)}, r.figures(&c.rowDoc)...))
		}
	}
	return writeCSV(lines)
}

// ownModel stands before the model of a campaign that is judged by its own settings: such rows do not sum with the others.
const ownModel = "own:"

func (r *Report) figures(row *rowDoc) []string {
	return []string{
		r.head.Currency, row.Conversions.String(), row.Value.String(), row.NetConversions.String(), row.Net.String(), row.Cost.String(),
		row.CPA.cell(), row.ROAS.cell(),
	}
}

// pathsCSV writes each sequence of channels; an empty one is of conversions without touches.
func (r *Report) pathsCSV() []byte {
	lines := [][]string{{"path", "touches", "currency", "conversions", "value_minor", "net_conversions", "net_value_minor", "non_converting"}}
	for _, p := range r.sortedPaths() {
		lines = append(lines, []string{
			cell(strings.Join(p.path, " > ")), strconv.Itoa(len(p.path)), r.head.Currency, strconv.FormatInt(p.conversions, 10), p.value.String(),
			strconv.FormatInt(p.netConversions, 10), p.net.String(), strconv.FormatInt(p.nulls, 10),
		})
	}
	return writeCSV(lines)
}

// Cell is a text as a cell of a table: what begins like a formula is quoted by an apostrophe.
func Cell(s string) string { return cell(s) }

// cell keeps a spreadsheet from running text that came from outside: what begins like a formula is quoted by an
// apostrophe. Numbers are never cells of text.
func cell(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// writeCSV writes RFC 4180: commas, quotes where needed, CRLF.
func writeCSV(lines [][]string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	_ = w.WriteAll(lines) // a buffer takes everything
	return b.Bytes()
}
