package event

import "strings"

// KeepParam reports the query parameters of a page's address that say where a visit came from. All others are taken out
// before an event is stored, unless the site's settings name them.
func KeepParam(name string) bool {
	return strings.HasPrefix(name, "utm_") || name == "ref" || name == "via" || isClickID(name)
}
