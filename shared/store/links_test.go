package store_test

import (
	"testing"

	clicks "tributary/shared/click"
	"tributary/shared/settings"
	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// TestWay ensures that links and codes are found under their own kind and site, and a code only with its program.
func TestWay(t *testing.T) {
	s, ctx, site := storetest.Open(t), t.Context(), storetest.Site(t)
	putSetting(t, s, store.ShelfOf(site, "links"), "go", `{"id":"go","target":"https://shop.example/","click_param":"trb","of_a_later_release":1}`)
	putSetting(t, s, store.ShelfOf(site, "programs"), "friends", `{"id":"friends","target":"https://shop.example/hi","campaign":"friends","channel":"Referral","click_param":"trb"}`)
	putSetting(t, s, store.ShelfOf(site, "codes"), "ADA", `{"id":"ADA","program":"friends","advocate":"u_1","invite_id":"ADA"}`)
	putSetting(t, s, store.ShelfOf(site, "codes"), "LOST", `{"id":"LOST","program":"gone","invite_id":"LOST"}`)
	code := clicks.Way{
		Link:    settings.Link{ID: "ADA", Target: "https://shop.example/hi", Campaign: "friends", Channel: "Referral", Source: "friends", Medium: "referral", ClickParam: "trb"},
		Program: "friends", Advocate: "u_1", Invite: "ADA",
	}
	for _, c := range []struct {
		name, site string
		kind       clicks.Kind
		id         string
		want       clicks.Way
		found      bool
	}{
		{"a link", site, clicks.Link, "go", clicks.Way{Link: settings.Link{ID: "go", Target: "https://shop.example/", ClickParam: "trb"}}, true},
		{"a code", site, clicks.Code, "ADA", code, true},
		{"a link is no code", site, clicks.Code, "go", clicks.Way{}, false},
		{"a code is no link", site, clicks.Link, "ADA", clicks.Way{}, false},
		{"of another site", site + "x", clicks.Link, "go", clicks.Way{}, false},
		{"a name that none can have", site, clicks.Link, "a/b", clicks.Way{}, false},
	} {
		got, found, err := s.Way(ctx, c.site, c.kind, c.id)
		if err != nil || found != c.found || found && got != c.want {
			t.Errorf("%s: got %+v, %t, %v; want %+v, %t", c.name, got, found, err, c.want, c.found)
		}
	}
	if _, found, err := s.Way(ctx, site, clicks.Code, "LOST"); found || err != nil {
		t.Errorf("a code whose program is gone: %t, %v", found, err)
	}
}
