package fault

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"tributary/shared/nearest"
)

// Params refuses parameters that are not among names, which would change nothing and nobody would see it, and such as stand there twice.
func Params(params url.Values, names ...string) error {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		switch {
		case len(names) == 0:
			return Query(name, "there is no parameter %q here, and no other", Clip(name))
		case !slices.Contains(names, name):
			return Query(name, "there is no parameter %q here%s; there are %s", Clip(name), nearest.Hint(name, names), strings.Join(names, ", "))
		case len(params[name]) > 1:
			return Query(name, "%s stands there %d times; give it once", name, len(params[name]))
		}
	}
	return nil
}
