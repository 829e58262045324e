// Package click holds what a click on one of our own links is made of: its id, which says by itself what was followed, and
// the address that it leads to. Pure functions.
package click

import "strings"

// Kind is what was followed.
type Kind byte

// Kinds of what is followed: GET /c/{link}, the same out of a mail (with m=), GET /r/{code}.
const (
	Link Kind = 'c'
	Mail Kind = 'm'
	Code Kind = 'r'
)

// ulid is how long the first part of an id is.
const ulid = 26

// ID makes a click's id of a fresh ULID, like "01JDK3T8ZQ6M1V4W2Y7X9RABCD.c.spring": the landing page carries it, and
// whoever reads it there knows the link without having seen the click.
func ID(fresh string, kind Kind, name string) string {
	return fresh + "." + string(rune(kind)) + "." + name
}

// Of is what a click's id says was followed; false for anything that is no such id.
func Of(id string) (kind Kind, name string, ok bool) {
	if len(id) < ulid+4 || len(id) > ulid+3+64 || id[ulid] != '.' || id[ulid+2] != '.' {
		return 0, "", false
	}
	if kind = Kind(id[ulid+1]); kind != Link && kind != Mail && kind != Code {
		return 0, "", false
	}
	if strings.Trim(id[:ulid], "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
		return 0, "", false
	}
	return kind, id[ulid+3:], true
}
