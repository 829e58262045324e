package main

import (
	"context"

	"tributary/shared/report"
	"tributary/shared/report/rows"
)

// written are files on disk that have a row for every conversion, and what removes them.
type written struct {
	files   []report.File
	discard func() error
}

// rows folds the conversions of the period into part and writes the files that have rows for them.
func (t *tables) rows(ctx context.Context, w *work, part *report.Part) (out written, err error) {
	files, err := rows.New("", &w.head, since(t.now()))
	if err != nil {
		return written{}, err
	}
	defer func() {
		if err != nil {
			_ = files.Discard() // the first error tells
		}
	}()
	part.Emit(files.Add)
	for c, err := range t.conversions(ctx, w) {
		if err != nil {
			return written{}, err
		}
		if err := part.Add(&c); err != nil {
			return written{}, err
		}
	}
	list, err := files.Close()
	return written{list, files.Discard}, err
}

// attach puts the files among the report's, which from then on removes them.
func (w *written) attach(r *report.Report, err error) (*report.Report, error) {
	if err != nil {
		_ = w.discard()
		return r, err
	}
	r.Attach(w.files...)
	r.Own(w.discard)
	return r, nil
}
