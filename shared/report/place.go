package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Root is the prefix of every report's key.
const Root = "reports/"

// Place is where the reports of a site's period are kept, one folder a revision. To is the day after a range's last; other periods
// have none, nor have ranges from before each had a place of its own: there the newest revision was of whichever range was made last.
type Place struct{ Site, Kind, First, To string }

// PlaceOf is the place of a site's period.
func PlaceOf(site string, p Period) Place {
	place := Place{Site: site, Kind: p.Kind, First: p.From}
	if p.Kind == Range {
		place.To = p.To
	}
	return place
}

// ParsePlace finds the place that a path names: a first day, of a range also <first day>_<to>. exact is false where a
// range's first day stands alone, as many may begin on it; ok is false where nothing can have that name.
func ParsePlace(site, kind, name string) (p Place, exact, ok bool) {
	first, to, whole := strings.Cut(name, "_")
	p = Place{Site: site, Kind: kind, First: first, To: to}
	return p, whole || kind != Range, p.valid() && (!whole || kind == Range)
}

// Path is the place's name in paths, as ParsePlace reads it: default/daily/2026-03-01, default/range/2026-03-01_2026-03-08. A range that
// shared its place ends in a bare _.
func (p Place) Path() string {
	if p.Kind == Range && p.To == "" {
		return p.String() + "_"
	}
	return p.String()
}

// String is the place as it stands in keys.
func (p Place) String() string { return p.day() + p.suffix() }

func (p Place) day() string { return p.Site + "/" + p.Kind + "/" + p.First }

func (p Place) suffix() string {
	if p.To == "" {
		return ""
	}
	return "_" + p.To
}

// DayPrefix begins every key of the place, and those of other ranges that begin on its day.
func (p Place) DayPrefix() string { return Root + p.day() }

// Key is the key of a file in a revision.
func (p Place) Key(revision int, name string) string {
	return fmt.Sprintf("%s%s/%06d/%s", Root, p, revision, name)
}

// End is the day after the place's last, "" where its name does not tell it.
func (p Place) End() string {
	if p.Kind == Range {
		return p.To
	}
	period, _ := PeriodOf(p.Kind, p.First, time.UTC)
	return period.To
}

// valid says whether there can be such a place.
func (p Place) valid() bool {
	kind := slices.Contains(Kinds(), p.Kind) && p.To == "" || p.Kind == Range
	return kind && isDay(p.First) && (p.To == "" || isDay(p.To))
}

func isDay(s string) bool {
	_, err := parseDay("", s)
	return err == nil
}

// ParseKey takes a key apart; false for what is no report's key.
func ParseKey(key string) (p Place, revision int, name string, ok bool) {
	rest, isReport := strings.CutPrefix(key, Root)
	parts := strings.Split(rest, "/")
	if !isReport || len(parts) != 5 || parts[4] == "" {
		return Place{}, 0, "", false
	}
	p, _, ok = ParsePlace(parts[0], parts[1], parts[2])
	revision, err := strconv.Atoi(parts[3])
	return p, revision, parts[4], ok && err == nil && revision > 0 && p.Key(revision, parts[4]) == key
}
