package alert

import (
	"time"

	"tributary/shared/settings"
)

// State is what is known of a rule from the run before.
type State struct {
	Rule    string
	Version int64 // how often it was written; 0: never
	// Since is when the condition began to hold (Unix milliseconds), 0 while it does not.
	Since    int64
	Standing *Alert // that is raised and not cleared
}

// Step is what a verdict makes of a state: the state to write in its place, and the alert that is raised or cleared, nil where it only
// begins or ends to wait. False: nothing changes. r is nil where the rule is gone.
func (s State) Step(site settings.Site, r *settings.Rule, v Verdict, now time.Time) (next State, told *Alert, changed bool) {
	next = s
	switch {
	case r != nil && v.Holds && s.Standing != nil:
		return s, nil, false
	case r != nil && v.Holds:
		if s.Since == 0 {
			next.Since = now.UnixMilli()
		}
		if now.Sub(time.UnixMilli(next.Since)) < time.Duration(r.Hours())*time.Hour {
			return next, nil, s.Since == 0
		}
		next.Standing = newAlert(site, r, v, now)
		return next, next.Standing, true
	case s.Standing != nil:
		next.Since, next.Standing = 0, nil
		return next, s.Standing.cleared(site, r, v, now), true
	}
	next.Since = 0
	return next, nil, s.Since != 0
}
