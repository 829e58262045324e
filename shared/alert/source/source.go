// Package source gives package alert the figures that its rules look at.
package source

import (
	"context"
	"net/url"
	"time"

	"tributary/shared/alert"
	"tributary/shared/figures"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// Source reads figures as GET /v1/kpis does.
type Source struct {
	Reader *figures.Reader
	Now    func() time.Time
}

// Lines implements alert.Figures.
func (s Source) Lines(ctx context.Context, site settings.Site, params url.Values) ([]alert.Line, error) {
	q, err := figures.Parse(params, site, s.Now())
	if err != nil {
		return nil, err
	}
	table, err := s.Reader.Table(ctx, q)
	if err != nil {
		return nil, err
	}
	lines := make([]alert.Line, 0, len(table.Lines))
	for i := range table.Lines {
		l := &table.Lines[i]
		line := alert.Line{Start: l.Start(), Figures: make(map[string]kpi.Figure, len(q.Names))}
		for _, name := range q.Names {
			line.Figures[name] = l.Figure(name)
		}
		lines = append(lines, line)
	}
	return lines, nil
}
