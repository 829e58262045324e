// Package adviser gathers what package advice judges: figures from shared/figures, credit and its delay from the conversion records.
// Whoever asks (the API, reports) gets the same judgement, because it is made here.
package adviser

import (
	"context"
	"net/url"
	"strings"
	"time"

	"tributary/shared/figures"
	"tributary/shared/kpi"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// Reader reads what advice needs. It is safe for concurrent use.
type Reader struct {
	store   *store.Store
	figures *figures.Reader
	now     func() time.Time
}

// New makes a reader; now is the clock, which figures has too. A report of a closed period gives the period's end, and so the same
// advice whenever it is made: what came later is not looked at.
func New(st *store.Store, fg *figures.Reader, now func() time.Time) *Reader {
	return &Reader{store: st, figures: fg, now: now}
}

// scope is the site and the zone whose days are meant.
type scope struct {
	site settings.Site
	zone *time.Location
}

// table asks for figures of a period; by may be empty.
func (r *Reader) table(ctx context.Context, s *scope, p kpi.Period, by string, names ...string) (*figures.Table, error) {
	q, err := r.query(s, p, by, names...)
	if err != nil {
		return nil, err
	}
	return r.figures.Table(ctx, q)
}

func (r *Reader) query(s *scope, p kpi.Period, by string, names ...string) (*figures.Query, error) {
	params := url.Values{
		"from": {kpi.Day.Label(p.From)}, "to": {kpi.Day.Label(p.To)}, "by": {by}, "kpis": {strings.Join(names, ",")},
	}
	if name := s.zone.String(); name != s.site.Location().String() { // whose own zone needs no database
		params.Set("tz", name)
	}
	return figures.Parse(params, s.site, r.now())
}

// back is the beginning of the day so many days before the day that begins at t.
func back(t time.Time, days int) time.Time {
	return kpi.Day.Start(t.Add(12*time.Hour).AddDate(0, 0, -days))
}

// floatOf is a numerator or a denominator of a figure.
func floatOf(f kpi.Figure) (num, den float64) {
	if f.Den == nil {
		return float64(f.Count), 1
	}
	num, _ = f.Num.Float64()
	den, _ = f.Den.Float64()
	return num, den
}
