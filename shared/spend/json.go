package spend

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"tributary/shared/fault"
)

// readJSON reads {"rows":[{"date":…,"campaign":…,"cost":…,"currency":…},…]} or the bare array. Names are the columns' own,
// so an export turned into JSON is read as the CSV is; amounts have a decimal point.
func (t *table) readJSON(text []byte) error {
	rows, err := jsonRows(text)
	if err != nil {
		return err
	}
	if len(rows) > MaxRows {
		return fault.New(fault.TooMany, "rows", "the body has more than %d rows; split it by day", MaxRows)
	}
	var dates []string
	for i, raw := range rows {
		rec, err := jsonRecord(raw)
		if err != nil {
			t.refused = append(t.refused, Refusal{Line: i + 1, Fault: fault.Of(err)})
			continue
		}
		rec.line = i + 1
		dates = append(dates, rec.cells[fDay], rec.cells[fStart], rec.cells[fEnd])
		t.records = append(t.records, rec)
	}
	t.order = orderOf(dates, t.order)
	return nil
}

func jsonRows(text []byte) ([]json.RawMessage, error) {
	var rows []json.RawMessage
	if text[0] == '[' {
		return rows, notJSON(json.Unmarshal(text, &rows))
	}
	var body struct {
		Rows   []json.RawMessage `json:"rows"`
		Events []json.RawMessage `json:"events"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return nil, notJSON(err)
	}
	if body.Rows == nil && body.Events == nil {
		return []json.RawMessage{text}, nil // one row
	}
	return append(body.Rows, body.Events...), nil
}

func notJSON(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.InvalidJSON, "", `the body begins as JSON and is none; send {"rows":[{"date":"2026-03-01","campaign":"…","cost":"12.50","currency":"USD"}]}`)
}

// jsonRecord reads one object whose values are text, numbers or null. A name that stands twice would hide an amount.
func jsonRecord(raw json.RawMessage) (record, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return record{}, fault.New(fault.InvalidJSON, "", "a row is an object like {\"date\":…,\"campaign\":…,\"cost\":…,\"currency\":…}")
	}
	rec := record{cells: map[field]string{}}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return rec, notJSON(io.ErrUnexpectedEOF)
		}
		var v any
		if err := d.Decode(&v); err != nil {
			return rec, notJSON(err)
		}
		column, _ := column(name)
		f := columnNames[column]
		if seen[column] {
			return rec, fault.New(fault.InvalidJSON, fault.Clip(name), "the row has this name twice; send it once")
		}
		seen[column] = true
		if f == "" {
			continue
		}
		s, ok := jsonText(v)
		if !ok {
			return rec, fault.New(fault.InvalidField, string(f), "this must be a string or a number")
		}
		if s != "" {
			rec.cells[f] = s
		}
	}
	return rec, nil
}

// jsonText is a value as a cell.
func jsonText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return strings.TrimSpace(v), true
	case json.Number:
		return string(v), true
	}
	return "", false
}
