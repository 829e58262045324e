package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/shared/fault"
	"tributary/shared/report"
	"tributary/shared/settings"
)

// batch is the answer to the schedule: the reports written and those found as they should be.
type batch struct {
	Reports []answer `json:"reports"`
	Empty   int      `json:"empty"` // periods in which nothing happened: they get no report
}

// scheduled writes what every site lacks at the nominal time, and deletes salts whose days are over. One site's failure does not keep the others from theirs; it is
// returned in the end, so that the run is tried again.
func (h *handler) scheduled(ctx context.Context, nominal string, do func(context.Context, settings.Site, report.Period) error) error {
	at, err := time.Parse(time.RFC3339, nominal)
	if err != nil {
		return fault.New(fault.InvalidField, "scheduled_time", "%q is no time like 2026-03-01T00:05:00Z", nominal)
	}
	sites, err := h.source.Sites(ctx)
	if err != nil {
		return err
	}
	failed := []error{h.source.DropSalts(ctx, at)} // nil where all is well
	for _, site := range sites {
		if err := h.scheduledSite(ctx, site, at, do); err != nil {
			// Not wrapped: whatever went wrong, a run of the schedule that failed must be an error and not an answer.
			failed = append(failed, fmt.Errorf("report: site %q: %v", site.ID, err))
		}
	}
	return errors.Join(failed...)
}

// scheduledSite does every period of a site that is due, the newest of each kind first.
func (h *handler) scheduledSite(ctx context.Context, site settings.Site, at time.Time, do func(context.Context, settings.Site, report.Period) error) error {
	for _, kind := range report.Kinds() {
		oldest := report.Closed(kind, at, site.Location(), reach(kind)-1)
		newest, err := h.archive.ReportsFrom(ctx, report.Place{Site: site.ID, Kind: kind, First: oldest.From})
		if err != nil {
			return err
		}
		for back := range reach(kind) {
			p := report.Closed(kind, at, site.Location(), back)
			place := report.Place{Site: site.ID, Kind: kind, First: p.From}
			due, err := due(p, at, newest[place] > 0)
			if err != nil {
				return err
			}
			if !due {
				continue
			}
			if err := do(ctx, site, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// each writes one period's report and notes it in out.
func (h *handler) each(out *batch) func(context.Context, settings.Site, report.Period) error {
	return func(ctx context.Context, site settings.Site, p report.Period) error {
		r, err := h.report(ctx, site, p, false)
		if err != nil {
			return err
		}
		if r.Empty() {
			r.Discard()
			out.Empty++
			return nil
		}
		a, err := h.publish(ctx, site.ID, p, r)
		if err == nil {
			out.Reports = append(out.Reports, a)
		}
		return err
	}
}

// reach is how many closed periods of a kind are looked at for a missing report: whatever kept the schedule from running for
// five weeks is made good.
func reach(kind string) int {
	switch kind {
	case report.Daily:
		return 35
	case report.Weekly:
		return 8
	}
	return 3 // months
}

// The public doors take events up to 72 hours late. A period is therefore looked at again a day and three days after its
// end; for so long, one that has no report is tried every hour. Later it is tried once a day: most often nothing
// happened in it, and finding that out reads the tables.
const horizon = 74

// due says whether a closed period needs a run now: it has no report yet, or it is time to look at it again.
func due(p report.Period, at time.Time, stands bool) (bool, error) {
	_, end, err := p.Bounds()
	if err != nil {
		return false, err
	}
	since := at.Sub(time.UnixMilli(end))
	hour := int(since / time.Hour)
	switch {
	case since < 0:
		return false, nil
	case stands:
		return hour == 0 || hour == 24 || hour == 73, nil // 0: it may have been asked for before the period was over
	}
	return hour < horizon || hour%24 == 0, nil
}
