package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tributary/shared/archive"
	"tributary/shared/fault"
	"tributary/shared/report"
	"tributary/shared/settings"
)

// The steps that the state machine in template.yaml invokes. Each may run twice: what it writes, it writes once.
const (
	modePlan  = "plan"  // do what one run can hold; answer with the plans of the rest
	modePart  = "part"  // fold one slice of a plan
	modeMerge = "merge" // make the report of a plan's parts
)

// step is an invocation by the state machine.
type step struct {
	Mode      string          `json:"mode"`
	Execution string          `json:"execution"` // who asks: a plan belongs to one execution
	Request   json.RawMessage `json:"request"`   // the machine's own input: the schedule's, or one period
	Plan      string          `json:"plan"`      // key of a plan
	Part      int             `json:"part"`
}

// partsRoot is the prefix of plans and parts; they expire.
const partsRoot = "reports-parts/"

// Sizes that are read, in bytes.
const (
	maxPlan = 64 << 20
	maxPart = 1 << 30
)

// plan is how one period is split, in S3 beside its parts.
type plan struct {
	Execution string    `json:"execution"`
	Site      string    `json:"site"`
	Period    string    `json:"period"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Slices    []slice   `json:"slices"`
	Run       string    `json:"run"`   // whose scan it shares
	Began     time.Time `json:"began"` // before any part was read
}

// planned answers modePlan. Work is the key of a list of items, one a part of every plan.
type planned struct {
	Reports int      `json:"reports"`
	Empty   int      `json:"empty"`
	Work    string   `json:"work,omitempty"`
	Merges  []string `json:"merges"` // keys of plans
}

// item is one part's place in the list of work.
type item struct {
	Plan string `json:"plan"`
	Part int    `json:"part"`
}

// stepOf reads an invocation that has a mode; false for any other.
func stepOf(raw []byte) (step, bool) {
	var s step
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return s, dec.Decode(&s) == nil && s.Mode != ""
}

// step serves the state machine. Its faults are errors: an answer would let the machine go on.
func (h *handler) step(ctx context.Context, s step) (any, error) {
	switch s.Mode {
	case modePlan:
		return h.plan(ctx, s)
	case modePart:
		return h.part(ctx, s)
	case modeMerge:
		return h.mergePlan(ctx, s)
	}
	return nil, fault.New(fault.InvalidField, "mode", "%q is no step; there are plan, part and merge", s.Mode)
}

// plan does what the request asks for as far as this run can, and plans the rest.
func (h *handler) plan(ctx context.Context, s step) (any, error) {
	in, err := parse(s.Request)
	if err != nil {
		return nil, err
	}
	h = h.within(cmp.Or(in.ScheduledTime, s.Execution))
	var small batch
	out := planned{Merges: []string{}}
	var work []item
	do := func(ctx context.Context, site settings.Site, p report.Period) error {
		n, err := h.source.Count(ctx, site, p)
		if err != nil {
			return err
		}
		if !h.beyond(ctx, n) && !in.Split {
			return h.each(&small)(ctx, site, p)
		}
		slices, err := slicesOf(p, n)
		if err != nil {
			return err
		}
		key, slices, err := h.planOne(ctx, site, p, slices, &s, in.ScheduledTime)
		if err != nil || key == "" {
			return err
		}
		out.Merges = append(out.Merges, key)
		for i := range slices {
			work = append(work, item{key, i})
		}
		return nil
	}
	if in.ScheduledTime != "" {
		err = h.scheduled(ctx, in.ScheduledTime, do)
	} else {
		err = h.requested(ctx, &in, do)
	}
	if err != nil {
		return nil, err
	}
	out.Reports, out.Empty = len(small.Reports), small.Empty
	if len(work) > 0 {
		out.Work, err = h.putWork(ctx, work)
	}
	return out, err
}

func (h *handler) requested(ctx context.Context, in *input, do func(context.Context, settings.Site, report.Period) error) error {
	site, p, err := h.asked(ctx, in)
	if err != nil {
		return err
	}
	return do(ctx, site, p)
}

// spare is what a period needs of a run's time: with less left, a machine's run leaves it to runs of its own.
const spare = 10 * time.Minute

// beyond says whether a period of n conversions is more than what is left of this run can hold.
func (h *handler) beyond(ctx context.Context, n int64) bool {
	end, limited := ctx.Deadline()
	if limited && time.Until(end) < spare {
		return n > h.border/10
	}
	return n > h.border
}

// patience is how long a plan of the schedule is left to the execution that made it: as long as the machine may run.
const patience = 12 * time.Hour

// planOne writes a period's plan. The schedule comes every hour: where another execution is at the period, the key is empty.
func (h *handler) planOne(ctx context.Context, site settings.Site, p report.Period, slices []slice, s *step, nominal string) (string, []slice, error) {
	run := hash([]byte(s.Execution))
	if nominal != "" {
		var err error
		if run, err = window(p, nominal); err != nil {
			return "", nil, err
		}
	}
	place := report.PlaceOf(site.ID, p)
	key := partsRoot + place.String() + "/" + run + "/plan.json"
	body, err := json.Marshal(plan{s.Execution, site.ID, p.Kind, p.From, p.To, slices, cmp.Or(nominal, s.Execution), h.now().UTC()})
	if err != nil {
		return "", nil, fmt.Errorf("report: plan of %s: %w", place, err)
	}
	err = h.archive.PutOnce(ctx, key, "application/json", body)
	if errors.Is(err, archive.ErrExists) {
		stands, err := h.readPlan(ctx, key)
		if err != nil || stands.Execution != s.Execution {
			return "", nil, err
		}
		return key, stands.Slices, nil
	}
	return key, slices, err
}

// window names the stretch of patience since a period's end in which a nominal time lies.
func window(p report.Period, nominal string) (string, error) {
	at, err := time.Parse(time.RFC3339, nominal)
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	_, end, err := p.Bounds()
	return fmt.Sprintf("%06d", at.Sub(time.UnixMilli(end))/patience), err
}

// putWork writes the list of all parts under a name that its content makes.
func (h *handler) putWork(ctx context.Context, work []item) (string, error) {
	body, err := json.Marshal(work)
	if err != nil {
		return "", fmt.Errorf("report: work: %w", err)
	}
	key := partsRoot + "work/" + hash(body) + ".json"
	return key, archive.Ensured(h.archive.PutOnce(ctx, key, "application/json", body))
}

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}

func (h *handler) readPlan(ctx context.Context, key string) (plan, error) {
	var p plan
	body, err := h.archive.Get(ctx, key, maxPlan)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return p, fmt.Errorf("report: plan %q: %w", key, err)
	}
	return p, nil
}

// opened is a plan with what its parts are folded under.
type opened struct {
	plan
	site settings.Site
	head report.Head
}

func (h *handler) open(ctx context.Context, key string) (o opened, err error) {
	if o.plan, err = h.readPlan(ctx, key); err != nil {
		return o, err
	}
	if o.site, err = h.source.Site(ctx, o.Site); err != nil {
		return o, err
	}
	p := report.Period{Kind: o.Period, From: o.From, To: o.To, Zone: o.site.Location()}
	o.head, err = h.source.Head(ctx, o.site, p)
	return o, err
}

// partKey is where a plan's part lies.
func partKey(plan string, part int) string {
	return fmt.Sprintf("%s.part-%06d", plan, part)
}

// part folds one slice into its file; the first that is written stands, so that a run that comes twice changes nothing.
func (h *handler) part(ctx context.Context, s step) (any, error) {
	o, err := h.open(ctx, s.Plan)
	if err != nil {
		return nil, err
	}
	if s.Part < 0 || s.Part >= len(o.Slices) {
		return nil, fault.New(fault.InvalidField, "part", "plan %q has %d parts, none %d", s.Plan, len(o.Slices), s.Part)
	}
	body, err := h.fold(ctx, o.site, o.head, o.Slices[s.Part])
	if err != nil {
		return nil, err
	}
	key := partKey(s.Plan, s.Part)
	return map[string]string{"key": key}, archive.Ensured(h.archive.PutOnce(ctx, key, "application/octet-stream", body))
}

// mergePlan publishes the report of all parts of a plan. One that is missing is an error: there are no reports of some.
func (h *handler) mergePlan(ctx context.Context, s step) (any, error) {
	o, err := h.open(ctx, s.Plan)
	if err != nil {
		return nil, err
	}
	h = h.within(cmp.Or(o.Run, o.Execution))
	r, err := h.merge(ctx, o.site, o.head, o.Began, len(o.Slices), func(ctx context.Context, i int) ([]byte, error) {
		body, err := h.archive.Get(ctx, partKey(s.Plan, i), maxPart)
		if err != nil {
			err = fmt.Errorf("report: part %d of %d is not there: %w", i, len(o.Slices), err)
		}
		return body, err
	})
	if err != nil {
		return nil, err
	}
	return h.publish(ctx, o.site.ID, o.head.Period, r)
}
