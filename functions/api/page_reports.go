package main

import (
	"context"
	"time"

	"tributary/shared/report"
	"tributary/shared/settings"
)

// reportList are reports that the page lists.
type reportList struct{ Links []reportLink }

// reportLink is a report's newest revision and where its files begin.
type reportLink struct{ Period, Days, Path string }

// newest lists a site's newest reports by kind, the latest days first. Like advice it comes when it is asked for: it lists files in S3,
// and the page asks anew every five seconds.
func (s *server) newest(ctx context.Context, site *settings.Site) (*reportList, error) {
	found, err := s.archive.Reports(ctx, report.Root+site.ID+"/")
	if err != nil {
		return nil, err
	}
	byKind := map[string][]reportLink{}
	for _, row := range reportRows(found) {
		byKind[row.Period] = append(byKind[row.Period], reportLink{row.Period, daysOf(row), row.Path})
	}
	list := &reportList{}
	for _, shown := range []struct {
		kind string
		most int
	}{{report.Daily, 10}, {report.Weekly, 5}, {report.Monthly, 6}, {report.Range, 10}} {
		links := byKind[shown.kind]
		list.Links = append(list.Links, links[:min(len(links), shown.most)]...)
	}
	return list, nil
}

// daysOf are a report's days, from the first to the last.
func daysOf(row reportRow) string {
	end, err := time.Parse(time.DateOnly, row.To)
	if err != nil { // a range of an older version does not tell
		return row.From
	}
	if last := end.AddDate(0, 0, -1).Format(time.DateOnly); last != row.From {
		return row.From + " to " + last
	}
	return row.From
}
