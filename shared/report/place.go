package report

import (
	"fmt"
	"strconv"
	"strings"
)

// Root is the prefix of every report's key.
const Root = "reports/"

// Place is where the reports of a site's period are kept, one folder a revision.
type Place struct{ Site, Kind, First string }

// String is the place as it stands in keys and paths: default/daily/2026-03-01.
func (p Place) String() string { return p.Site + "/" + p.Kind + "/" + p.First }

// Prefix begins every key of the place.
func (p Place) Prefix() string { return Root + p.String() + "/" }

// Key is the key of a file in a revision.
func (p Place) Key(revision int, name string) string {
	return fmt.Sprintf("%s%06d/%s", p.Prefix(), revision, name)
}

// ParseKey takes a key apart; false for what is no report's key.
func ParseKey(key string) (p Place, revision int, name string, ok bool) {
	rest, isReport := strings.CutPrefix(key, Root)
	parts := strings.Split(rest, "/")
	if !isReport || len(parts) != 5 || parts[4] == "" {
		return Place{}, 0, "", false
	}
	revision, err := strconv.Atoi(parts[3])
	p = Place{Site: parts[0], Kind: parts[1], First: parts[2]}
	return p, revision, parts[4], err == nil && revision > 0 && p.Key(revision, parts[4]) == key
}
