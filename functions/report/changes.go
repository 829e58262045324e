package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"tributary/shared/report"
	"tributary/shared/report/rows"
)

// maxCampaigns bounds the campaigns.csv that is read of an earlier revision, in bytes.
const maxCampaigns = 64 << 20

// changes compares a report with the newest revision of its place.
func (h *handler) changes(ctx context.Context, place report.Place, was *report.Manifest, r *report.Report) (*report.Changes, error) {
	c := &report.Changes{Revision: was.Revision}
	campaigns, err := h.archive.Get(ctx, place.Key(was.Revision, report.CampaignsFile), maxCampaigns)
	if err != nil {
		return nil, err
	}
	if err := r.Compare(c, was, campaigns); err != nil {
		return nil, err
	}
	now, listed := r.Attached(rows.ConversionsFile), false
	if now != nil {
		_, listed = was.File(rows.ConversionsFile)
	}
	if !listed { // it was written before there was such a file
		c.Add(report.Change{ID: fmt.Sprintf("revision %d", was.Revision), Reason: report.Unreadable})
		return c, nil
	}
	if err := h.compare(ctx, c, place, was, now); err != nil {
		return nil, err
	}
	return c, c.Trace(func(ids []string) (map[string][]string, error) { return h.source.Causes(ctx, place.Site, ids) })
}

// compare compares the conversions of two revisions. The earlier file is copied to disk, as it may be read more than once.
func (h *handler) compare(ctx context.Context, c *report.Changes, place report.Place, was *report.Manifest, now *report.File) error {
	copied, err := os.CreateTemp("", "report-")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	defer os.Remove(copied.Name())
	defer copied.Close()
	body, err := h.archive.Read(ctx, place.Key(was.Revision, rows.ConversionsFile))
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err := io.Copy(copied, body); err != nil {
		return fmt.Errorf("report: %s of revision %d: %w", rows.ConversionsFile, was.Revision, err)
	}
	is, _, err := now.Open()
	if err != nil {
		return err
	}
	defer is.Close()
	return rows.Compare(c, copied, is, was.Inputs.Conversions)
}
