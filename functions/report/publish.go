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
	place := report.PlaceOf(site, p)
	a := answer{Site: site, Period: p.Kind, From: p.From, To: p.To, Path: "/v1/reports/" + place.Path()}
	stand, err := h.archive.Reports(ctx, place.DayPrefix())
	if err != nil {
		return a, err
	}
	a.Revision = stand[place]
	changed, err := h.against(ctx, place, stand, r)
	if err != nil || !changed {
		return a, err
	}
	_, last := report.Last(stand)
	for a.Revision = last + 1; ; a.Revision++ {
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

// against lets r tell what changed since the place's newest revision; false where that was made from the same inputs. A
// range's first is compared with the one of the same days that the ranges of its first day may have left when they had one place.
func (h *handler) against(ctx context.Context, place report.Place, stand map[report.Place]int, r *report.Report) (changed bool, err error) {
	was := place
	if stand[was] == 0 {
		was.To = ""
	}
	if stand[was] == 0 {
		return true, nil
	}
	newest, _, err := h.archive.Manifest(ctx, was, stand[was])
	if err != nil {
		return false, err
	}
	same := newest.Inputs.Digest == r.Digest()
	if same || place.To != "" && newest.To != place.To {
		return was != place, nil
	}
	changes, err := h.changes(ctx, was, &newest, r)
	if err == nil {
		r.Explain(changes)
	}
	return true, err
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
