// Package schedule keeps ScheduleV2 events: cron, rate and at expressions as EventBridge Scheduler reads them.
package schedule

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/adhocore/gronx"

	"tributary/local/template"
)

// Clock tells the next time after one. It answers false when there is none.
type Clock func(after time.Time) (time.Time, bool)

var rate = regexp.MustCompile(`^rate\((\d+) (minute|hour|day)s?\)$`)

// Parse reads an expression in an IANA time zone (UTC where empty). start is what rates count from.
func Parse(expression, zone string, start time.Time) (Clock, error) {
	location, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not known", zone)
	}
	switch {
	case strings.HasPrefix(expression, "cron(") && strings.HasSuffix(expression, ")"):
		return cron(expression[5:len(expression)-1], location)
	case strings.HasPrefix(expression, "at(") && strings.HasSuffix(expression, ")"):
		at, err := time.ParseInLocation("2006-01-02T15:04:05", expression[3:len(expression)-1], location)
		if err != nil {
			return nil, fmt.Errorf("%s is no time", expression)
		}
		return func(after time.Time) (time.Time, bool) { return at, at.After(after) }, nil
	}
	m := rate.FindStringSubmatch(expression)
	if m == nil {
		return nil, fmt.Errorf("%q is neither cron(…) nor rate(…) nor at(…)", expression)
	}
	n, err := strconv.Atoi(m[1])
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[2]]
	if err != nil || n < 1 {
		return nil, fmt.Errorf("%s: the number must be positive", expression)
	}
	step := time.Duration(n) * unit
	return func(after time.Time) (time.Time, bool) { return start.Add((after.Sub(start)/step + 1) * step), true }, nil
}

// cron reads AWS' six fields, which are the library's seven without seconds, with days of the week from 1 instead of 0.
func cron(fields string, location *time.Location) (Clock, error) {
	f := strings.Fields(fields)
	if len(f) != 6 {
		return nil, fmt.Errorf("cron(%s) must have six fields: minutes hours day-of-month month day-of-week year", fields)
	}
	if (f[2] == "?") == (f[4] == "?") {
		return nil, fmt.Errorf("cron(%s): one of day-of-month and day-of-week must be ?", fields)
	}
	f[4] = weekdays(f[4])
	expression := "0 " + strings.Join(f, " ")
	if !gronx.IsValid(expression) {
		return nil, fmt.Errorf("cron(%s) cannot be read", fields)
	}
	return func(after time.Time) (time.Time, bool) {
		next, err := gronx.NextTickAfter(expression, after.In(location), false)
		return next, err == nil && next.After(after)
	}, nil
}

var weekday = regexp.MustCompile(`^([^/#]*)(.*)$`)

// weekdays turns 1 (Sunday) to 7 into 0 to 6; names, steps and the n of #n stay.
func weekdays(field string) string {
	parts := strings.Split(field, ",")
	for i, part := range parts {
		m := weekday.FindStringSubmatch(part)
		parts[i] = digits.ReplaceAllStringFunc(m[1], func(d string) string {
			n, err := strconv.Atoi(d)
			if err != nil {
				return d
			}
			return strconv.Itoa(n - 1)
		}) + m[2]
	}
	return strings.Join(parts, ",")
}

var digits = regexp.MustCompile(`\d+`)

// Run invokes at each time of the schedule until ctx ends; what was missed while the runner was down stays missed.
func Run(ctx context.Context, s template.Schedule, next Clock, now func() time.Time, invoke func(payload []byte)) {
	for {
		at, ok := next(now())
		if !ok {
			return
		}
		t := time.NewTimer(at.Sub(now()))
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
			invoke(Payload(s, at))
		}
	}
}

// Payload is what the function gets: the schedule's Input with the scheduled time put in.
func Payload(s template.Schedule, at time.Time) []byte {
	if s.Input == "" {
		return []byte("{}")
	}
	return []byte(strings.ReplaceAll(s.Input, "<aws.scheduler.scheduled-time>", at.UTC().Format("2006-01-02T15:04:05Z")))
}
