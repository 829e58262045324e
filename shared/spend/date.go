package spend

import (
	"strings"
	"time"

	"tributary/shared/fault"
)

// dayLayouts are dates that read one way only. Platforms write them so in titles and cells.
var dayLayouts = []string{
	"2006-01-02", "2006/01/02", "20060102", "Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2 January 2006", "Mon, Jan 2, 2006", "02.01.2006", "2.1.2006",
	"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "January 2, 2006, 3:04 PM", "Jan 2, 2006, 3:04 PM",
}

// day reads a date as 2006-01-02; order says how 03/04/2026 is meant.
func day(s, order string) (string, bool) {
	for _, layout := range dayLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	layout := map[string]string{"mdy": "1/2/2006", "dmy": "2/1/2006"}[order]
	if layout == "" {
		return "", false
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		t, err = time.Parse(strings.Replace(layout, "2006", "06", 1), s)
	}
	return t.Format(time.DateOnly), err == nil
}

// orderOf finds out how a file writes 03/04/2026: LinkedIn and American exports put the month first, and a 13 among the days
// tells. Nothing found leaves what the connection says.
func orderOf(dates []string, otherwise string) string {
	found := otherwise
	for _, d := range dates {
		a, rest, ok := strings.Cut(d, "/")
		b, _, more := strings.Cut(rest, "/")
		switch {
		case !ok || !more || len(a) > 2 || len(b) > 2:
		case len(a) == 2 && a > "12":
			return "dmy"
		case len(b) == 2 && b > "12":
			return "mdy"
		}
	}
	return found
}

// titleDays finds the range of days in the lines above a header: "March 1, 2026 - March 2, 2026" (Google), or "Report
// Start: …" and "Report End: …" (LinkedIn).
func titleDays(titles []string, order string) (from, to string) {
	for i := range titles {
		t := titles[i]
		if _, after, ok := strings.Cut(t, ": "); ok && strings.HasPrefix(strings.ToLower(t), "report ") {
			t = after
		}
		a, b, span := strings.Cut(t, " - ")
		if !span {
			a, b, span = strings.Cut(t, " – ")
		}
		if !span {
			b = a
		}
		first, ok := day(strings.TrimSpace(a), order)
		last, ok2 := day(strings.TrimSpace(b), order)
		if !ok || !ok2 || strings.HasPrefix(strings.ToLower(titles[i]), "date generated") {
			continue
		}
		if from == "" || first < from {
			from = first
		}
		to = max(to, last)
	}
	return from, to
}

// date is the day of a row, or a fault that says how to export by day.
func (t *table) date(c map[field]string) (string, error) {
	if s := c[fDay]; s != "" {
		d, ok := day(s, t.order)
		if !ok {
			return "", t.noDay(s)
		}
		return d, nil
	}
	start, end := c[fStart], c[fEnd]
	switch {
	case start == "" && t.only != "":
		return t.only, nil
	case start == "" && c[fPeriod] != "":
		return "", fault.New(fault.InvalidTime, "date", "the row is about a week or a month (%s), not a day; %s", fault.Clip(c[fPeriod]), byDay(t.platform))
	case start == "":
		return "", fault.New(fault.MissingField, "date", "the row names no day; %s", byDay(t.platform))
	}
	d, ok := day(start, t.order)
	if !ok {
		return "", t.noDay(start)
	}
	if end != "" {
		e, ok := day(end, t.order)
		if !ok {
			return "", t.noDay(end)
		}
		if e != d {
			return "", fault.New(fault.InvalidTime, "date", "the row spans the days %s to %s; %s", d, e, byDay(t.platform))
		}
	}
	return d, nil
}

func (t *table) noDay(s string) error {
	if strings.Count(s, "/") == 2 && t.order == "" {
		return fault.New(fault.InvalidTime, "date", "%q may be two days; set the connection's day_order to dmy or mdy, or write days like 2026-03-01", fault.Clip(s))
	}
	return fault.New(fault.InvalidTime, "date", "%q is no day; write it like 2026-03-01", fault.Clip(s))
}

// byDay is how each platform exports days.
func byDay(platform string) string {
	switch platform {
	case Google:
		return "in Google Ads, segment the table by Time > Day and download it again"
	case Meta:
		return "in Ads Manager, choose Breakdown > By time > Day and export again"
	case LinkedIn:
		return "in Campaign Manager, export with Time breakdown: Daily"
	}
	return "send a row a day"
}
