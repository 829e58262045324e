package event

import (
	"encoding/json"
	"time"

	"tributary/shared/fault"
)

// Windows of the sender's clock around arrival, in milliseconds.
const (
	second      = int64(1000)
	day         = 24 * 60 * 60 * second
	publicPast  = 3 * day
	appPast     = 30 * day
	future      = 5 * 60 * second
	maxLookBack = 90 // days that touches and conversions outlive the rest
)

// ParseTime reads RFC 3339 or integer milliseconds, as JSON gave them, as Unix milliseconds.
func ParseTime(field string, v any) (int64, error) {
	switch v := v.(type) {
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.UnixMilli(), nil
		}
	case json.Number:
		if ms, err := v.Int64(); err == nil && ms > -1<<50 && ms < 1<<50 {
			return ms, nil
		}
	}
	return 0, fault.New(fault.InvalidTime, field, "write a time as 2026-03-01T12:00:00.000Z or as milliseconds since 1970")
}

// clock stores the sender's time. 0 stands for "none", so the first millisecond of 1970 becomes the second.
func (e *Event) clock(v any) error {
	ms, err := ParseTime("time", v)
	if e.Time = ms; ms == 0 && err == nil {
		e.Time = 1
	}
	return err
}

// spend stores the fields that spend alone has.
func (e *Event) spend(name string, v any) error {
	if name == "date" {
		s, _ := v.(string)
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return fault.New(fault.InvalidTime, name, "write a day as 2026-03-01")
		}
		e.Date = s
		return nil
	}
	n, ok := whole(v)
	if !ok || n < 0 {
		return fault.New(fault.InvalidField, name, "a version is a whole number, 0 or more")
	}
	e.Version = n
	return nil
}

// Admit makes a parsed event one of its site's: it places it in time as its door allows, says how long it is kept, and finds
// out where the visitor came from. A public sender's time is taken
// within 72 hours before arrival (30 days with an app_key) and 5 minutes after, once sent_at has told how wrong its clock
// is, else it is moved to the nearest moment that can be true and flagged. A keyed sender's may lie anywhere within
// retention; outside of it is outside_retention, in the future invalid_time.
func (e *Event) Admit(d Door, s Site) error {
	if e.Date != "" {
		t, err := time.ParseInLocation(time.DateOnly, e.Date, s.Location)
		if err != nil {
			return fault.New(fault.InvalidTime, "date", "write a day as 2026-03-01")
		}
		e.Time = t.UnixMilli()
	}
	if e.Quarter = s.Quarter; e.Time == 0 {
		e.Time = d.Now
	} else if err := e.place(d, s); err != nil {
		return err
	}
	e.expire(s)
	e.findTraffic(s)
	return nil
}

// place checks the time that the sender gave.
func (e *Event) place(d Door, s Site) error {
	if d.Trust == TrustPublic {
		if d.SentAt != 0 && e.Date == "" {
			e.Time += d.Now - d.SentAt
		}
		past := publicPast
		if d.App {
			past = appPast
		}
		e.clamp(d.Now, past)
		return nil
	}
	if e.Time > d.Now+future {
		return fault.New(fault.InvalidTime, e.timeField(), "%s lies in the future; check the sender's clock and unit (milliseconds)", stamp(e.Time))
	}
	if e.Time < d.Now-int64(s.RetentionDays)*day {
		return fault.New(fault.OutsideRetention, e.timeField(), "%s is more than the site's %d days of retention ago; raise retention_days with PUT /v1/sites/%s, or check the unit (milliseconds)", stamp(e.Time), s.RetentionDays, e.Site)
	}
	return nil
}

// clamp moves a time that cannot be true: nothing happens after it arrived, and nothing is believed past the window.
func (e *Event) clamp(now, past int64) {
	switch {
	case e.Time > now+future:
		e.Time, e.Clamped = now, true
	case e.Time < now-past:
		e.Time, e.Clamped = now-past, true
	}
}

// timeField is the field that gave the time.
func (e *Event) timeField() string {
	if e.Date != "" {
		return "date"
	}
	return "time"
}

// expire sets the TTL: retention after the event, with the longest look-back on top for what journeys are made of; never
// less than a day after arrival, so that every consumer sees it.
func (e *Event) expire(s Site) {
	days := int64(s.RetentionDays)
	if e.Kind() != KindOther {
		days += maxLookBack
	}
	e.TTL = max(e.Time+days*day, e.Received+day) / second
}

// stamp writes a time for a message.
func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
