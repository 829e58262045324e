package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"

	"tributary/shared/figures"
	"tributary/shared/httpapi"
	"tributary/shared/kpi"
	"tributary/shared/report"
)

// csvAnswer writes rows as RFC 4180: the labels, the figures, and where they were asked for the parts of each ratio and the
// figures of the period before. A null is an empty cell; text that a spreadsheet would run is quoted.
func csvAnswer(q *figures.Query, rows []map[string]any) httpapi.Response {
	var named []string
	if q.Grain != kpi.Whole {
		named = append(named, string(q.Grain))
	}
	named = append(named, q.By...)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	_ = w.Write(csvHead(q, named)) // a buffer takes everything
	for _, row := range rows {
		_ = w.Write(csvRow(q, named, row))
	}
	w.Flush()
	return httpapi.Response{StatusCode: http.StatusOK, Body: b.String(), Headers: map[string]string{
		"content-type": "text/csv; charset=utf-8", "content-disposition": `attachment; filename="kpis.csv"`, "cache-control": "no-store",
	}}
}

func csvHead(q *figures.Query, named []string) []string {
	head := append([]string{}, named...)
	for _, n := range q.Names {
		head = append(head, n)
		if q.Explain {
			head = append(head, n+"_numerator", n+"_denominator")
		}
		if q.Compare {
			head = append(head, "previous_"+n)
		}
	}
	return head
}

func csvRow(q *figures.Query, named []string, row map[string]any) []string {
	line := make([]string, 0, len(named)+len(q.Names))
	for _, n := range named {
		label, _ := row[n].(string)
		line = append(line, report.Cell(label))
	}
	before, _ := row["previous"].(map[string]any)
	parts, _ := row["explain"].(map[string]any)
	for _, n := range q.Names {
		line = append(line, number(row[n]))
		if q.Explain {
			part, _ := parts[n].(map[string]any)
			line = append(line, number(part["numerator"]), number(part["denominator"]))
		}
		if q.Compare {
			line = append(line, number(before[n]))
		}
	}
	return line
}

// number is a figure as a cell: digits, never in exponents; empty for null.
func number(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}
