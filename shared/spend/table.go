package spend

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"tributary/shared/fault"
)

// maxTitle is how many lines may stand above the header; exports have up to six.
const maxTitle = 20

// table is a file taken apart: what its cells are called, and its rows as text.
type table struct {
	platform string
	defaults Defaults
	titles   []string // cells above the header
	currency string   // of the cost column's name
	numbers  style    // of cost
	order    string   // of dates like 03/04/2026
	only     string   // the one day of the titles, for files without a column of days
	records  []record
	totals   int
	refused  []Refusal
}

// record is one row's cells by field.
type record struct {
	line  int
	cells map[field]string
}

// open finds out what the file is: JSON by its first character, else a table of text.
func open(text []byte, d Defaults) (*table, error) {
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	if len(trimmed) == 0 {
		return nil, fault.New(fault.MissingField, "", "the file is empty")
	}
	t := &table{defaults: d, platform: Other, numbers: point, order: d.DayOrder}
	if trimmed[0] == '{' || trimmed[0] == '[' {
		return t, t.readJSON(trimmed)
	}
	return t, t.readCSV(text)
}

// readCSV reads title lines up to a header, then rows.
func (t *table) readCSV(text []byte) error {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = delimiter(text), -1, true, true
	h, err := t.findHeader(r)
	if err != nil {
		return err
	}
	t.platform, t.currency = h.platform(t.titles), h.currency
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fault.New(fault.InvalidField, "", "the file is no CSV: %v", err)
		}
		line, _ := r.FieldPos(0)
		if len(t.records) >= MaxRows {
			return fault.New(fault.TooMany, "", "the file has more than %d rows; split it by day", MaxRows)
		}
		t.add(h, line, cells)
	}
	return t.conclude(h)
}

// delimiter is what stands most often in the line that has the most of them, among the first lines: titles hold commas, too
// ("March 1, 2026"), but a header holds more.
func delimiter(text []byte) rune {
	best, most := ',', 0
	lines := 0
	for line := range bytes.Lines(text) {
		for _, c := range []rune{'\t', ';', ','} {
			if n := bytes.Count(line, []byte(string(c))); n > most {
				best, most = c, n
			}
		}
		if lines++; lines > maxTitle {
			break
		}
	}
	return best
}

// findHeader reads up to the line that names a cost.
func (t *table) findHeader(r *csv.Reader) (*header, error) {
	for range maxTitle {
		cells, err := r.Read()
		if err != nil {
			break
		}
		if h := readHeader(cells); h != nil {
			return h, nil
		}
		if title := join(cells); title != "" {
			t.titles = append(t.titles, title)
		}
	}
	return nil, fault.New(fault.MissingField, "cost", "no line among the first %d names a column of cost (cost, amount spent, total spent) beside another column; write a header like date,campaign,cost,currency", maxTitle)
}

// join makes one text of a title that its own commas may have parted.
func join(cells []string) string {
	var parts []string
	for _, c := range cells {
		if c = clean(c); c != "" {
			parts = append(parts, c)
		}
	}
	return strings.Join(parts, ", ")
}

// add keeps a row, but for blank lines and the platform's own totals.
func (t *table) add(h *header, line int, cells []string) {
	rec := record{line: line, cells: make(map[field]string, len(h.columns))}
	blank := true
	for i, f := range h.columns {
		if i >= len(cells) {
			break
		}
		c := clean(cells[i])
		blank = blank && c == ""
		if f != "" && c != "" && rec.cells[f] == "" {
			rec.cells[f] = strings.Clone(c)
		}
	}
	switch {
	case blank:
	case isTotal(cells) && !t.isDay(rec.cells[fDay]) || h.names(rec.cells) == 0:
		t.totals++
	default:
		t.records = append(t.records, rec)
	}
}

// clean trims a cell; platforms write "--" for nothing.
func clean(c string) string {
	c = strings.TrimSpace(strings.ReplaceAll(c, "\u00a0", " "))
	if c == "--" || c == "-" || c == "—" {
		return ""
	}
	return c
}

// isDay reports that a cell holds a day, as no total does.
func (t *table) isDay(cell string) bool {
	_, ok := day(cell, or(t.order, "mdy"))
	return ok
}

// isTotal knows Google's "Total: Campaigns" and its kin, in the first cell that says something.
func isTotal(cells []string) bool {
	for _, c := range cells {
		c = strings.ToLower(clean(c))
		if c == "" {
			continue
		}
		for _, word := range []string{"total", "totals", "grand total", "gesamt", "gesamtsumme", "insgesamt", "summe"} {
			if rest, ok := strings.CutPrefix(c, word); ok && (rest == "" || rest[0] == ':' || rest[0] == ' ' && strings.Contains(rest, ":")) {
				return true
			}
		}
		return false
	}
	return false
}
