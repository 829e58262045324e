package main

import (
	"cmp"
	"context"
	"net/http"
	"regexp"

	"tributary/shared/httpapi"
	"tributary/shared/ingest"
	"tributary/shared/settings"
	"tributary/shared/store"
)

// maxKept is how many refusals one answer holds; each may carry some KB of raw input.
const maxKept = 200

// quarantine lists a site's refused, conflicting and unreadable input, newest first; site=- is input of no site, and
// an unknown site may have some too.
func (s *server) quarantine(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	q, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	site := cmp.Or(q.Get("site"), settings.DefaultID)
	limit, err := limitOf(q, 50, maxKept)
	if err != nil {
		return httpapi.Response{}, err
	}
	if err := settings.CheckID("site", site); err != nil {
		return httpapi.Response{}, err
	}
	kept, err := s.store.Kept(ctx, site, limit)
	if err != nil {
		return httpapi.Response{}, err
	}
	if site != "-" {
		if err := s.siteIfEmpty(ctx, q, len(kept)); err != nil {
			return httpapi.Response{}, err
		}
	}
	list := make([]entry, len(kept))
	for i := range kept {
		list[i] = entryOf(kept[i])
	}
	return httpapi.JSON(http.StatusOK, map[string]any{"site": site, "quarantine": list}), nil
}

// entry is refused input as it is shown.
type entry struct {
	store.Quarantined
	Replayable bool `json:"replayable"`
}

func entryOf(q store.Quarantined) entry {
	q.Raw, q.Message = masked(q.Raw), masked(q.Message)
	return entry{Quarantined: q, Replayable: ingest.Replayable(q) || isDelivery(q)}
}

// What refused input may hold that nobody should read in a list: addresses, however escaped, and fields that carry
// phones and keys.
var (
	address = regexp.MustCompile(`[^\s"'<>&=,;:\\]+(?:@|%40|\\u0040)[^\s"'<>&=,;\\]+`)
	private = regexp.MustCompile(`("(?:phone|app_key|secret|secrets|authorization)"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^,}\]]+)`)
)

// masked is a text without addresses, phones and keys.
func masked(text string) string {
	return address.ReplaceAllString(private.ReplaceAllString(text, `${1}"…"`), "…@…")
}
