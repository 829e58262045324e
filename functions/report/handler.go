// Command report writes the reports of a site's day, week, month or any span of days.
//
// Trigger: a schedule every hour, with the nominal time; an invocation that names a site and a period.
// Reads: the conversion and visit records of the period, the counters, the touches of who did not convert (of the tables, or below
// sweeps/ in S3), settings, the manifests of reports in S3.
// Writes: reports/<site>/<period>/<first day>[_<to>]/<revision>/ in S3, the manifest last, each key once, the rows for Athena below credits/, and
// what goes on with a run that stopped below reports-parts/ and sweeps/; each hour it also deletes the salts of days that are over.
// A second run: finds its own report and answers it; a past that changed makes the next revision, and no file is ever
// written over. A run that died leaves a revision without a manifest, which nobody is shown.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"

	"tributary/shared/archive"
	"tributary/shared/fault"
	"tributary/shared/report"
	"tributary/shared/settings"
)

// source is where reports come from.
type source interface {
	// Sites lists every site, the default one included.
	Sites(ctx context.Context) ([]settings.Site, error)
	// DropSalts deletes the salts of days that are over; see store.Store. It rides on the hourly run.
	DropSalts(ctx context.Context, now time.Time) error
	// Site reads one site; one that is not known is a fault.
	Site(ctx context.Context, id string) (settings.Site, error)
	// Report folds what the tables hold for a site's period.
	Report(ctx context.Context, site settings.Site, p report.Period) (*report.Report, error)
	// Causes tells because of what the records of a site's conversions were last written, by conversion.
	Causes(ctx context.Context, site string, conversions []string) (map[string][]string, error)
	// Within is the source for the reports of one run, by its name: what they read of the whole tables is read once.
	Within(run string) source
	folder
}

// handler serves invocations. It is safe for concurrent use.
type handler struct {
	source  source
	archive *archive.Archive
	now     func() time.Time
	border  int64 // conversions of a period that is folded whole
	log     *slog.Logger
}

func newHandler(s source, a *archive.Archive, now func() time.Time) *handler {
	return &handler{source: s, archive: a, now: now, border: border, log: slog.Default()}
}

// input is an invocation: either the schedule's time, or what to report.
type input struct {
	ScheduledTime string `json:"scheduled_time"`
	Site          string `json:"site"`
	Period        string `json:"period"`
	Date          string `json:"date"`
	From          string `json:"from"`
	To            string `json:"to"`
	Split         bool   `json:"split"` // fold in slices, however few conversions there are
}

// answer names a report. Path is where the API serves it; Created is false where the same report stood already.
type answer struct {
	Site     string `json:"site"`
	Period   string `json:"period"`
	From     string `json:"from"`
	To       string `json:"to"`
	Revision int    `json:"revision"`
	Path     string `json:"path"`
	Created  bool   `json:"created"`
}

// handle serves one invocation. An input that is wrong is answered with its fault, as the API would; it is no failure of
// the function, and trying again would not mend it.
func (h *handler) handle(ctx context.Context, raw json.RawMessage) (any, error) {
	if s, ok := stepOf(raw); ok {
		return h.step(ctx, s)
	}
	out, err := h.serve(ctx, raw)
	if f := fault.Of(err); f != nil {
		h.log.InfoContext(ctx, "invocation refused", "code", f.Code, "field", f.Field)
		return map[string]*fault.Fault{"error": f}, nil
	}
	return out, err
}

// within is the handler for one run of the schedule, or one execution.
func (h *handler) within(run string) *handler {
	w := *h
	w.source = h.source.Within(run)
	return &w
}

func (h *handler) serve(ctx context.Context, raw []byte) (any, error) {
	in, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if in.ScheduledTime != "" {
		out := batch{Reports: []answer{}}
		h := h.within(in.ScheduledTime)
		return &out, h.scheduled(ctx, in.ScheduledTime, h.each(&out))
	}
	site, p, err := h.asked(ctx, &in)
	if err != nil {
		return nil, err
	}
	r, err := h.report(ctx, site, p, in.Split)
	if err != nil {
		return nil, err
	}
	return h.publish(ctx, site.ID, p, r)
}

// asked is the site and the period that an input names.
func (h *handler) asked(ctx context.Context, in *input) (settings.Site, report.Period, error) {
	if err := settings.CheckID("site", in.Site); err != nil {
		return settings.Site{}, report.Period{}, err
	}
	site, err := h.source.Site(ctx, in.Site)
	if err != nil {
		return site, report.Period{}, err
	}
	p, err := in.period(site.Location())
	return site, p, err
}

// parse reads an invocation strictly: a name that is misspelt must not pass for one that is absent.
func parse(raw []byte) (input, error) {
	in := input{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return in, fault.New(fault.InvalidJSON, "", "the input cannot be read (%v); send {\"site\",\"period\",\"date\"} or {\"site\",\"period\":\"range\",\"from\",\"to\"}", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return in, fault.New(fault.InvalidJSON, "", "the input goes on after its end; send one object")
	}
	if in.ScheduledTime != "" && in != (input{ScheduledTime: in.ScheduledTime}) {
		return in, fault.New(fault.InvalidField, "scheduled_time", "it stands alone: leave it out to report one period")
	}
	if in.Site == "" {
		in.Site = settings.DefaultID
	}
	return in, nil
}

// period is the span that the input names, in the site's zone.
func (in *input) period(zone *time.Location) (report.Period, error) {
	isRange := in.Period == report.Range
	switch {
	case in.Period == "":
		return report.Period{}, fault.New(fault.MissingField, "period", "say which: daily, weekly, monthly or range")
	case isRange && in.Date != "":
		return report.Period{}, fault.New(fault.InvalidField, "date", "a range has from and to, no date")
	case !isRange && (in.From != "" || in.To != ""):
		return report.Period{}, fault.New(fault.InvalidField, "from", "%s has a date, no from and to; or make period range", in.Period)
	case isRange:
		return report.RangeOf(in.From, in.To, zone)
	}
	return report.PeriodOf(in.Period, in.Date, zone)
}
