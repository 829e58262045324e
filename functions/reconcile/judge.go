package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tributary/shared/archive"
	"tributary/shared/kpi"
	"tributary/shared/recount"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// document is the report of a recount.
type document struct {
	answer
	Began   time.Time   `json:"began"`
	Settled time.Time   `json:"settled"`
	First   []driftLine `json:"first"` // of what drifted, in order
}

// driftLine is one measure of a counter.
type driftLine struct {
	Site      string `json:"site"`
	Dimension string `json:"dimension"`
	Value     string `json:"value"`
	Bucket    string `json:"bucket"`
	Split     string `json:"split,omitempty"`
	Measure   string `json:"measure"`
	Expected  int64  `json:"expected"`
	Found     int64  `json:"found"`
	Mended    bool   `json:"mended,omitempty"`
}

// mostLines bounds the list of a report; all are counted.
const mostLines = 1000

// judged is how far a judgement had come when its time was up. Every call starts with the newest, as what is mended is no drift
// for whoever looks again.
type judged struct {
	Doc      document        `json:"doc"`
	Sketches bool            `json:"sketches"` // are done
	After    *recount.Series `json:"after"`    // the last series that is done
}

// judge compares every series that has events, records or counters, and writes the report.
func (h *handler) judge(ctx context.Context, r run, key string) (*answer, error) {
	j := &judging{handler: h, run: r, windows: map[string]recount.Window{}, pace: &pace{}}
	j.Doc = document{answer: answer{Run: r.Name, Done: true, Drift: map[string]measure{}, Report: key}, Began: r.Began, Settled: r.Settled, First: []driftLine{}}
	stops, err := h.archive.List(ctx, partsRoot+r.Name+"/judged-")
	if err != nil {
		return nil, err
	}
	if len(stops) > 0 {
		if err := h.get(ctx, stops[len(stops)-1].Key, &j.judged); err != nil {
			return nil, err
		}
	}
	err = j.all(ctx)
	if errors.Is(err, errLater) {
		err = h.putOnce(ctx, fmt.Sprintf("%s%s/judged-%04d.json", partsRoot, r.Name, len(stops)), j.judged)
		return &answer{Run: r.Name}, err
	}
	if err == nil && r.Rebuild {
		err = h.listRecent(ctx, r)
	}
	if err != nil {
		return nil, wrap(err, r.Name, "judge")
	}
	if err := archive.Ensured(h.putOnce(ctx, key, j.Doc)); err != nil {
		return nil, err
	}
	h.finished(ctx, &j.Doc.answer)
	return &j.Doc.answer, nil
}

// all judges sketches, then counters.
func (j *judging) all(ctx context.Context) error {
	known, err := j.known(ctx)
	if err != nil {
		return err
	}
	if !j.Sketches {
		if err := j.sketches(ctx); err != nil {
			return err
		}
		j.Sketches = true
	}
	readers, closeAll, err := j.open(ctx, j.run, func(f found) []string { return f.Counters })
	defer closeAll()
	if err != nil {
		return err
	}
	err = recount.Merge(readers, func(s recount.Series, cells map[recount.Cell]recount.Entry) error {
		for len(known) > 0 && known[0].Compare(s) < 0 { // counters of which no event is left
			if err := j.take(ctx, waiting{series: known[0], named: true}); err != nil {
				return err
			}
			known = known[1:]
		}
		named := len(known) > 0 && known[0] == s
		if named {
			known = known[1:]
		}
		return j.take(ctx, waiting{series: s, cells: cells, named: named})
	})
	for _, s := range known {
		if err == nil {
			err = j.take(ctx, waiting{series: s, named: true})
		}
	}
	if err == nil {
		err = j.flush(ctx)
	}
	return err
}

// judging gathers series and judges some at once, in order.
type judging struct {
	*handler
	judged
	run     run
	pace    *pace
	windows map[string]recount.Window // by site; a site that is gone has none
	sites   []settings.Site
	waiting []waiting
	mu      sync.Mutex
}

type waiting struct {
	series recount.Series
	cells  map[recount.Cell]recount.Entry
	named  bool // readers find the series by its name
	lines  []driftLine
}

// known are the series that have counters, in order, and the windows of their sites.
func (j *judging) known(ctx context.Context) ([]recount.Series, error) {
	var err error
	if j.sites, err = j.store.EverySite(ctx); err != nil {
		return nil, err
	}
	var list []recount.Series
	for _, site := range j.sites {
		j.windows[site.ID] = j.window(&site)
		list = append(list, recount.Series{Site: site.ID, Dimension: kpi.BySite})
		for _, d := range kpi.Dimensions() {
			names, err := j.store.Names(ctx, site.ID, d)
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				list = append(list, recount.Series{Site: site.ID, Dimension: d, Value: name})
			}
		}
	}
	slices.SortFunc(list, recount.Series.Compare)
	return slices.Compact(list), nil
}

// window is what can be judged of a site: closed hours, in which everything is settled, of events that are still kept.
func (j *judging) window(site *settings.Site) recount.Window {
	oldest := j.run.Began.AddDate(0, 0, 1-site.RetentionDays)
	return recount.Window{
		From: kpi.Bucket(oldest.UnixMilli(), false), To: kpi.Bucket(j.run.Settled.UnixMilli(), false), Settled: j.run.Settled.Unix(),
	}
}

// together is how many series are judged at once.
const together = 16

func (j *judging) take(ctx context.Context, w waiting) error {
	if _, ok := j.windows[w.series.Site]; !ok {
		return nil // the site was deleted
	}
	if j.After != nil && w.series.Compare(*j.After) <= 0 {
		return nil // judged by an earlier call
	}
	j.waiting = append(j.waiting, w)
	if len(j.waiting) < together {
		return nil
	}
	began := time.Now()
	if err := j.flush(ctx); err != nil {
		return err
	}
	if j.After = &w.series; !j.pace.goesOn(ctx, began) {
		return errLater
	}
	return nil
}

func (j *judging) flush(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for i := range j.waiting {
		g.Go(func() error { return j.one(ctx, &j.waiting[i]) })
	}
	err := g.Wait()
	for i := range j.waiting {
		j.list(j.waiting[i].lines)
	}
	j.waiting = j.waiting[:0]
	return err
}

// list adds lines to the report, as long as it is short.
func (j *judging) list(lines []driftLine) {
	j.Doc.First = append(j.Doc.First, lines[:min(len(lines), mostLines-len(j.Doc.First))]...)
}

// one judges a series and, where that is asked for, mends it.
func (j *judging) one(ctx context.Context, w *waiting) error {
	window := j.windows[w.series.Site]
	lanes, err := j.store.Lanes(ctx, w.series.Site, w.series.Dimension, w.series.Value, window.From, window.To)
	if err != nil {
		return err
	}
	found, byCell := gather(lanes)
	v := recount.Judge(w.series, w.cells, found, window)
	mended := map[recount.Cell]bool{}
	if j.run.Mend {
		if err := j.name(ctx, w); err != nil {
			return err
		}
		if mended, err = j.mend(ctx, v.Drift, byCell); err != nil {
			return err
		}
	}
	w.lines = j.record(&v, mended)
	return nil
}

// name lets readers find what a series holds, or will.
func (j *judging) name(ctx context.Context, w *waiting) error {
	if w.named || w.series.Value == "" {
		return nil
	}
	return j.store.PutName(ctx, w.series.Site, w.series.Dimension, w.series.Value)
}

// gather sums the lanes of every counter.
func gather(lanes []store.Lane) (map[recount.Cell]recount.Found, map[recount.Cell][]store.Lane) {
	found, byCell := map[recount.Cell]recount.Found{}, map[recount.Cell][]store.Lane{}
	for _, l := range lanes {
		_, cell := recount.Of(l.Key)
		f := found[cell]
		if f.Amounts == nil {
			f.Amounts = map[kpi.Measure]int64{}
		}
		for m, n := range l.Amounts {
			f.Amounts[m] += n
		}
		f.Used = max(f.Used, l.Used)
		found[cell], byCell[cell] = f, append(byCell[cell], l)
	}
	return found, byCell
}

// mend sets the counters that drifted right; one that was written meanwhile is left to the next run.
func (j *judging) mend(ctx context.Context, drift []recount.Drift, lanes map[recount.Cell][]store.Lane) (map[recount.Cell]bool, error) {
	amounts := map[recount.Cell]map[kpi.Measure]int64{}
	for _, d := range drift {
		_, cell := recount.Of(d.Key)
		if amounts[cell] == nil {
			amounts[cell] = map[kpi.Measure]int64{}
		}
		amounts[cell][d.Measure] = d.Expected - d.Found
	}
	mended := map[recount.Cell]bool{}
	for _, d := range drift {
		_, cell := recount.Of(d.Key)
		if amounts[cell] == nil {
			continue // with a measure before
		}
		ok, err := j.store.Mend(ctx, d.Key, lanes[cell], amounts[cell])
		if err != nil {
			return nil, err
		}
		mended[cell], amounts[cell] = ok, nil
	}
	return mended, nil
}

// record adds a verdict to the report and returns its lines.
func (j *judging) record(v *recount.Verdict, mended map[recount.Cell]bool) []driftLine {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Doc.Judged += int64(v.Judged)
	j.Doc.Unsettled += int64(v.Unsettled)
	var lines []driftLine
	for _, d := range v.Drift {
		_, cell := recount.Of(d.Key)
		line := driftLine{d.Site, string(d.Dimension), d.Value, d.Bucket, d.Split, string(d.Measure), d.Expected, d.Found, mended[cell]}
		j.count(&line)
		if len(lines) < mostLines {
			lines = append(lines, line)
		}
	}
	return lines
}

// count adds a line to the sums.
func (j *judging) count(l *driftLine) {
	j.Doc.Drifting++
	m := j.Doc.Drift[l.Measure]
	m.Counters++
	m.Amount += max(l.Expected-l.Found, l.Found-l.Expected)
	j.Doc.Drift[l.Measure] = m
	if l.Mended {
		j.Doc.Mended++
	}
}
