package main

import (
	"cmp"
	"context"
	"slices"
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
	byKind := map[string][]report.Place{}
	for p := range found {
		byKind[p.Kind] = append(byKind[p.Kind], p)
	}
	list := &reportList{}
	for _, shown := range []struct {
		kind string
		most int
	}{{report.Daily, 10}, {report.Weekly, 5}, {report.Monthly, 6}, {report.Range, 10}} {
		places := byKind[shown.kind]
		slices.SortFunc(places, func(a, b report.Place) int { return cmp.Or(cmp.Compare(b.First, a.First), cmp.Compare(b.To, a.To)) })
		for _, p := range places[:min(len(places), shown.most)] {
			list.Links = append(list.Links, reportLink{Period: p.Kind, Days: daysOf(p), Path: "/v1/reports/" + p.Path()})
		}
	}
	return list, nil
}

// daysOf are a place's days, from the first to the last.
func daysOf(p report.Place) string {
	end, err := time.Parse(time.DateOnly, p.End())
	if err != nil { // a range of an older version does not tell
		return p.First
	}
	if last := end.AddDate(0, 0, -1).Format(time.DateOnly); last != p.First {
		return p.First + " to " + last
	}
	return p.First
}
