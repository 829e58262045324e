package storetest

import (
	"encoding/json"
	"testing"

	"tributary/shared/settings"
	"tributary/shared/store"
)

// MakeSite stores a new site with the settings of body, as PUT /v1/sites takes them, and returns its name.
func MakeSite(tb testing.TB, s *store.Store, body string) string {
	tb.Helper()
	id := Site(tb)
	site, err := settings.ParseSite(id, []byte(body), settings.Site{})
	if err != nil {
		tb.Fatal(err)
	}
	stored, err := json.Marshal(site)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := s.PutSetting(tb.Context(), store.Sites, store.Setting{ID: id, Body: stored}); err != nil {
		tb.Fatal(err)
	}
	return id
}
