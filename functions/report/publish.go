package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tributary/shared/archive"
	"tributary/shared/report"
	"tributary/shared/report/rows"
)

// publish writes r as its place's next revision, unless the newest was made from the same inputs.
func (h *handler) publish(ctx context.Context, site string, p report.Period, r *report.Report) (answer, error) {
	defer r.Discard()
	place := report.Place{Site: site, Kind: p.Kind, First: p.From}
	a := answer{Site: site, Period: p.Kind, From: p.From, To: p.To, Path: "/v1/reports/" + place.String()}
	newest, _, found, err := h.archive.Manifest(ctx, place)
	if err != nil {
		return a, err
	}
	if found && newest.Inputs.Digest == r.Digest() {
		a.Revision = newest.Revision
		return a, nil
	}
	if found && newest.To == p.To { // ranges that begin on one day share a place; of another one nothing has changed
		changes, err := h.changes(ctx, place, &newest, r)
		if err != nil {
			return a, err
		}
		r.Explain(changes)
	}
	for a.Revision = newest.Revision + 1; ; a.Revision++ {
		taken, created, err := h.write(ctx, place, a.Revision, r)
		if err != nil {
			return a, err
		}
		if !taken {
			a.Created = created
			return a, nil
		}
	}
}

// write puts a revision's files, the manifest last. Another run may be writing the same revision: where a file of other
// content stands, the revision is taken and the caller tries the next; where all are the same bytes, it is one
// revision, whoever wrote which file. A revision that died half-way is completed or left behind by the same rule.
func (h *handler) write(ctx context.Context, place report.Place, revision int, r *report.Report) (taken, created bool, err error) {
	files, err := r.Files(revision)
	if err != nil {
		return false, false, err
	}
	for _, f := range files {
		if f.Name == rows.CreditsFile {
			_, err = h.put(ctx, place.CreditsKey(revision), f)
		}
		if err == nil {
			created, err = h.put(ctx, place.Key(revision, f.Name), f)
		}
		if errors.Is(err, errTaken) {
			return true, false, nil
		}
		if err != nil {
			return false, false, err
		}
	}
	return false, created, nil
}

// errTaken is a key under which other content stands.
var errTaken = errors.New("the key holds other content")

// put writes one file; false where the same bytes stood already, as after a put whose answer was lost.
func (h *handler) put(ctx context.Context, key string, f report.File) (bool, error) {
	body, size, err := f.Open()
	if err != nil {
		return false, err
	}
	defer body.Close()
	err = h.archive.PutStreamOnce(ctx, key, f.ContentType, body, size)
	if !errors.Is(err, archive.ErrExists) {
		return err == nil, err
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return false, fmt.Errorf("report: %s: %w", f.Name, err)
	}
	same, err := h.archive.Holds(ctx, key, body)
	if err == nil && !same {
		err = errTaken
	}
	return false, err
}
