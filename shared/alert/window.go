package alert

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// Window is a stretch of whole days [From, To), midnights of the site's zone.
type Window struct {
	From, To time.Time
	// ByHour bounds it to the hours of each day that begin before the hour Until of the day's clock.
	ByHour bool
	Until  int
}

// pastWeeks is how many times a figure is looked up on the same weekdays before.
const pastWeeks = 4

// current is the window that a rule looks at; now is in the site's zone.
func current(r *settings.Rule, now time.Time) Window {
	today := kpi.Day.Start(now)
	w := Window{From: today, To: kpi.Day.Next(today)}
	switch {
	case r.Pace != nil: // the longest period of a budget; judgePace takes the budget's own
		w.From = shift(today, -31)
	case r.Over == settings.OverMonth:
		w.From = kpi.Month.Start(now)
	case r.Over != settings.OverToday:
		w.From, w.To = shift(today, -days(r.Over)), today
	case changes(r): // what runs is compared with as much of the days before
		w.ByHour, w.Until = true, now.Hour()
	}
	return w
}

// changes reports a rule that compares with the same weekdays before.
func changes(r *settings.Rule) bool { return r.Rises != "" || r.Falls != "" }

// days is 7 of "7d", and 1 of today.
func days(over string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(over, "d"))
	if err != nil {
		return 1
	}
	return n
}

// past are the windows of the same weekdays before, the latest first: whole weeks back, and so many that none overlap.
func (w Window) past(over string) []Window {
	step := (days(over) + 6) / 7 * 7
	all := make([]Window, pastWeeks)
	for i := range all {
		all[i] = w
		all[i].From, all[i].To = shift(w.From, -(i+1)*step), shift(w.To, -(i+1)*step)
	}
	return all
}

// shift is the midnight so many days later.
func shift(midnight time.Time, days int) time.Time {
	y, m, d := midnight.Date()
	return kpi.Day.Start(time.Date(y, m, d+days, 12, 0, 0, 0, midnight.Location()))
}

// holds reports whether a row that starts then belongs to the window.
func (w Window) holds(start time.Time) bool {
	return !w.ByHour || start.In(w.From.Location()).Hour() < w.Until
}

// params asks for figures of the window as GET /v1/kpis does.
func (w Window) params(r *settings.Rule, names []string) url.Values {
	p := url.Values{"from": {kpi.Day.Label(w.From)}, "to": {kpi.Day.Label(w.To)}, "kpis": {strings.Join(names, ",")}}
	if w.ByHour {
		p.Set("by", string(kpi.Hour))
	}
	if dimension, value := r.Filter(); dimension != "" {
		p.Set(dimension, value)
	}
	return p
}

// Moved reports whether a rule wants to be judged when counters of hours in [from, to] have moved; now is in the site's zone. What
// moves in the weeks that a change is compared with waits for the next hour's run.
func Moved(r *settings.Rule, now, from, to time.Time) bool {
	w := current(r, now)
	return from.Before(w.To) && !to.Before(w.From.Add(-time.Hour)) // an hour of UTC may lie across midnight
}
