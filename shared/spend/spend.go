// Package spend reads what advertising cost from files as people have them: JSON rows, a plain CSV, and exports of Google
// Ads, Meta and LinkedIn as they come (title lines, totals, UTF-16, tabs, thousands separators, the currency in a column's
// name). It knows no AWS and no clock. Money is exact: millionths of the currency's unit.
package spend

import (
	"slices"

	"tributary/shared/fault"
)

// Bounds of one file.
const (
	MaxBytes = 16 << 20
	MaxRows  = 100_000
	// MaxSet bounds the rows of one account and day, so that the list of their ids stays one item of a table.
	MaxSet = 5_000
)

// Platforms, told by a file's column names; Other is every plain table.
const (
	Google   = "google"
	Meta     = "meta"
	LinkedIn = "linkedin"
	Other    = "other"
)

// Defaults stand in where a file does not say it; all may be empty.
type Defaults struct {
	Channel  string `json:"channel"`   // of rows whose platform tells none
	Currency string `json:"currency"`  // ISO 4217
	Account  string `json:"account"`   // of rows that name none
	DayOrder string `json:"day_order"` // of dates like 03/04/2026: "dmy" or "mdy"
}

// Row is what one campaign, ad group or ad cost on a day. Counts are -1 where the file does not have them.
type Row struct {
	Line                 int    // where it stands in the file, from 1; 0 in JSON sent without lines
	Date                 string // 2006-01-02 in the account's zone, taken for the site's
	Account, AccountID   string
	Campaign, CampaignID string
	AdGroup, AdGroupID   string
	Ad, AdID             string
	Channel              string
	Category, Kind       string // contract.md section 2: props.category and props.kind, media or other
	Currency             string
	Cost                 int64 // millionths of Currency's unit
	Impressions, Clicks  int64
	Conversions          string // as the platform counts them: a decimal, empty when absent
}

// Refusal is a row that was not taken, and what to do about it.
type Refusal struct {
	Line int `json:"line"`
	*fault.Fault
	day Day // the set it belongs to; zero when it names no day
}

// Day names a set: what one account cost on one day.
type Day struct {
	Account string `json:"account,omitempty"`
	Date    string `json:"date"`
}

// File is what was read of a file.
type File struct {
	Platform string
	Rows     int // with those refused, without totals
	Totals   int // summary rows that were left out
	Refused  []Refusal
	Sets     []Set // in order of account and day
}

// Set is every row of one account and day, those of one campaign, ad group and ad added up.
type Set struct {
	Day
	Rows []Row
}

// set is the account and day that a row belongs to.
func (r *Row) set() Day {
	if r.AccountID != "" {
		return Day{Account: r.AccountID, Date: r.Date}
	}
	return Day{Account: r.Account, Date: r.Date}
}

// Read reads a file. An error is a fault about the file as a whole; rows that cannot be taken are in Refused. A day with a
// refused row has no set, as the rest of it would pass for all of it; a refused row that names no day leaves no set at all.
func Read(body []byte, d Defaults) (File, error) {
	if len(body) > MaxBytes {
		return File{}, fault.New(fault.TooLarge, "", "the file has more than %d bytes; split it by day", MaxBytes)
	}
	text, err := decode(body)
	if err != nil {
		return File{}, err
	}
	t, err := open(text, d)
	if err != nil {
		return File{}, err
	}
	f := File{Platform: t.platform, Totals: t.totals, Rows: len(t.records) + len(t.refused)}
	if f.Rows == 0 {
		return f, fault.New(fault.MissingField, "", "the file has no row of cost; export at least one campaign and day")
	}
	f.Refused = t.refused
	var rows []Row
	for i := range t.records {
		r, err := t.row(&t.records[i])
		if err != nil {
			f.Refused = append(f.Refused, Refusal{Line: t.records[i].line, Fault: fault.Of(err), day: r.set()})
			continue
		}
		rows = append(rows, r)
	}
	f.Sets = f.sets(rows)
	return f, nil
}

// sets gathers rows by account and day, without the days that have a refused row.
func (f *File) sets(rows []Row) []Set {
	left := map[Day]bool{}
	for _, r := range f.Refused {
		if r.day.Date == "" {
			return nil
		}
		left[r.day] = true
	}
	byDay := map[Day][]Row{}
	for _, r := range rows {
		if d := r.set(); !left[d] {
			byDay[d] = append(byDay[d], r)
		}
	}
	var sets []Set
	for d, rows := range byDay {
		rows, err := merge(rows)
		if err == nil && len(rows) > MaxSet {
			err = fault.New(fault.TooMany, "", "the day %s has %d rows; at most %d are kept: export by ad group or campaign", d.Date, len(rows), MaxSet)
		}
		if err != nil {
			f.Refused = append(f.Refused, Refusal{Line: rows[0].Line, Fault: fault.Of(err), day: d})
			continue
		}
		sets = append(sets, Set{Day: d, Rows: rows})
	}
	slices.SortFunc(sets, func(a, b Set) int { return a.compare(b.Day) })
	slices.SortStableFunc(f.Refused, func(a, b Refusal) int { return a.Line - b.Line })
	return sets
}
