package settings

import (
	"bytes"
	"encoding/binary"
	"time"

	"tributary/shared/fault"
)

// The years whose changes of the clock are kept with a site.
var (
	zoneFrom = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	zoneTo   = time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC)
)

// loadZone finds an IANA zone. Whoever calls it needs a time zone database: the api has one built in.
func loadZone(name string) (*time.Location, error) {
	if name == "Local" {
		return nil, invalid("tz", "Local is a different zone on every machine; use an IANA name like Europe/Berlin")
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, invalid("tz", "%q is no time zone; use an IANA name like Europe/Berlin", fault.Clip(name))
	}
	for t := range changes(loc) {
		if _, offset := t.Zone(); offset%900 != 0 {
			return nil, invalid("tz", "%s is not a multiple of a quarter hour from UTC, which figures are kept by", name)
		}
	}
	return loc, nil
}

// location makes the zone from the bytes kept with the site. Only a site without them (UTC, or one made in a test)
// asks the machine, which on Lambda may have no database.
func location(name string, data []byte) (*time.Location, error) {
	if len(data) > 0 {
		return time.LoadLocationFromTZData(name, data)
	}
	return time.LoadLocation(name)
}

// fractional reports an offset, since 2020, of other than full hours.
func fractional(loc *time.Location) bool {
	since := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for t := range changes(loc) {
		_, offset := t.Zone()
		if _, end := t.ZoneBounds(); offset%3600 != 0 && (end.IsZero() || end.After(since)) {
			return true
		}
	}
	return false
}

// changes yields zoneFrom and every later time, up to zoneTo, at which the zone's clocks change, and some at which they
// do not: where a rule goes on for ever, ZoneBounds ends a winter after 365 days of the year, which on the last day of
// a leap year is no later than the time that it was asked about.
func changes(loc *time.Location) func(yield func(time.Time) bool) {
	return func(yield func(time.Time) bool) {
		for t := zoneFrom.In(loc); t.Before(zoneTo) && yield(t); {
			_, end := t.ZoneBounds()
			if end.IsZero() {
				return
			}
			t = maxTime(end, t.Add(time.Hour))
		}
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// zoneData writes a zone as a TZif file (RFC 8536, version 2), so that a day is the same day in every function and
// none but the api carries the world's zones. UTC needs none.
func zoneData(name string, loc *time.Location) []byte {
	if name == "UTC" {
		return nil
	}
	var times, kinds, zones, names []byte
	seen := map[string]byte{}
	for t := range changes(loc) {
		abbreviation, offset := t.Zone()
		zone := binary.BigEndian.AppendUint32(nil, uint32(int32(offset)))
		zone = append(zone, truth(t.IsDST()))
		kind, known := seen[abbreviation+string(zone)]
		if !known {
			kind = byte(len(seen))
			seen[abbreviation+string(zone)] = kind
			zones = append(append(zones, zone...), byte(len(names)))
			names = append(append(names, abbreviation...), 0)
		}
		if n := len(kinds); n > 0 && kinds[n-1] == kind {
			continue
		}
		times = binary.BigEndian.AppendUint64(times, uint64(t.Unix()))
		kinds = append(kinds, kind)
	}
	out := append(zoneHeader(0, 0, 0), zoneHeader(len(kinds), len(seen), len(names))...)
	return append(bytes.Join([][]byte{out, times, kinds, zones, names}, nil), "\n\n"...)
}

// zoneHeader is TZif's header: the counts of changes, kinds and bytes of names.
func zoneHeader(changes, kinds, names int) []byte {
	h := append([]byte("TZif2"), make([]byte, 15+3*4)...)
	for _, n := range []int{changes, kinds, names} {
		h = binary.BigEndian.AppendUint32(h, uint32(n))
	}
	return h
}

func truth(b bool) byte {
	if b {
		return 1
	}
	return 0
}
