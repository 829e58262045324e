// Command alert judges the rules on figures and keeps what comes of them.
//
// Trigger: the stream of KPIs (keys alone) in batches of a minute, for the sites whose counters moved; and every hour for all sites that
// have rules, as a figure that stands still moves nothing. The stream of Alerts, to tell EventBridge.
// Reads: Config (rules, sites, campaigns), KPIs and Journeys (figures), Alerts (what is known of the rules).
// Writes: Alerts, EventBridge. A rule's state and the alert that it raises or clears are one transaction. Nothing into KPIs, which would be a loop.
// A second run: raises and clears nothing twice, for a state is written on the version that was read. What a run that failed for good did
// not judge, the next hour's does: nothing is kept of records, they only say where to look. EventBridge may hear of an alert twice.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"tributary/shared/alert"
	"tributary/shared/obs"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/stream"
)

// handler judges rules. It is safe for concurrent use.
type handler struct {
	store   *store.Store
	figures alert.Figures
	bus     publisher // nil: nobody is told
	alerts  string    // name of the table whose stream brings alerts
	now     func() time.Time
	log     *slog.Logger
}

func newHandler(st *store.Store, f alert.Figures, alerts string, now func() time.Time) *handler {
	return &handler{store: st, figures: f, alerts: alerts, now: now, log: slog.Default()}
}

// outcome is what a run did.
type outcome struct {
	Sites   int `json:"sites"`
	Judged  int `json:"judged"`
	Raised  int `json:"raised"`
	Cleared int `json:"cleared"`
}

// Invoke takes a batch of either stream, or anything else as the hourly run. Every site is tried; an error has the batch come again.
func (h *handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	b, err := stream.Open(payload)
	if err != nil {
		return nil, err
	}
	if len(b.Records) > 0 && b.Table() == h.alerts {
		return h.answerPublished(ctx, b.Records)
	}
	var out outcome
	var failed []error
	if len(b.Records) > 0 {
		moved, unread := movedSites(b.Records)
		obs.Count(ctx, h.log, "unreadable_keys", unread)
		for _, site := range slices.Sorted(maps.Keys(moved)) {
			failed = append(failed, h.judgeMoved(ctx, site, moved[site], &out))
		}
	} else {
		failed = append(failed, h.judgeAll(ctx, &out))
	}
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// judgeMoved judges the rules that look at hours which moved.
func (h *handler) judgeMoved(ctx context.Context, id string, moved hours, out *outcome) error {
	rules, err := h.store.Rules(ctx, id)
	if err != nil || len(rules) == 0 {
		return err
	}
	site, found, err := h.store.Site(ctx, id)
	if err != nil || !found {
		return err
	}
	now := h.now().In(site.Location())
	rules = slices.DeleteFunc(rules, func(r settings.Rule) bool { return !alert.Moved(&r, now, moved.from, moved.to) })
	if len(rules) == 0 {
		return nil
	}
	states, err := h.store.AlertStates(ctx, id)
	if err != nil {
		return err
	}
	return h.judge(ctx, site, rules, states, out)
}

// judgeAll judges every rule of every site that has some, and clears what rules that are gone have raised.
func (h *handler) judgeAll(ctx context.Context, out *outcome) error {
	ids, err := h.store.RuledSites(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range ids {
		failed = append(failed, h.judgeSite(ctx, id, out))
	}
	return errors.Join(failed...)
}

func (h *handler) judgeSite(ctx context.Context, id string, out *outcome) error {
	site, found, err := h.store.Site(ctx, id)
	if err != nil || !found {
		return err
	}
	rules, err := h.store.Rules(ctx, id)
	if err != nil {
		return err
	}
	states, err := h.store.AlertStates(ctx, id)
	if err != nil {
		return err
	}
	failed := []error{h.judge(ctx, site, rules, states, out)}
	for _, r := range rules {
		delete(states, r.ID)
	}
	for _, gone := range states {
		failed = append(failed, h.step(ctx, site, nil, gone, alert.Verdict{}, out))
	}
	return errors.Join(failed...)
}

// judge judges rules one by one; one that fails leaves the others theirs.
func (h *handler) judge(ctx context.Context, site settings.Site, rules []settings.Rule, states map[string]alert.State, out *outcome) error {
	budgets, err := h.budgets(ctx, site.ID, rules)
	if err != nil {
		return err
	}
	out.Sites++
	var failed []error
	for i := range rules {
		r := &rules[i]
		v, err := alert.Judge(ctx, h.figures, site, r, budgets[r.Campaign], h.now())
		if err == nil {
			out.Judged++
			st := states[r.ID]
			st.Rule = r.ID
			err = h.step(ctx, site, r, st, v, out)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// budgets are those of campaigns, where a rule keeps pace with one.
func (h *handler) budgets(ctx context.Context, site string, rules []settings.Rule) (map[string]*settings.Budget, error) {
	if !slices.ContainsFunc(rules, func(r settings.Rule) bool { return r.Pace != nil }) {
		return nil, nil
	}
	campaigns, err := h.store.Campaigns(ctx, site)
	if err != nil {
		return nil, fmt.Errorf("alert: campaigns of %q: %w", site, err)
	}
	budgets := map[string]*settings.Budget{}
	for _, c := range campaigns {
		budgets[c.ID] = c.Budget
	}
	return budgets, nil
}

// step writes what a verdict changes; where another run was faster, that one has done it.
func (h *handler) step(ctx context.Context, site settings.Site, r *settings.Rule, st alert.State, v alert.Verdict, out *outcome) error {
	now := h.now()
	next, told, changed := st.Step(site, r, v, now)
	if !changed {
		return nil
	}
	wrote, err := h.store.PutAlertState(ctx, site.ID, next, told, now)
	if err != nil || !wrote || told == nil {
		return err
	}
	if told.State == alert.Raised {
		out.Raised++
	} else {
		out.Cleared++
	}
	h.log.InfoContext(ctx, "alert "+told.State, "site", site.ID, "rule", st.Rule, "alert", told.ID)
	obs.Count(ctx, h.log, "alerts", 1, "state", told.State)
	return nil
}
