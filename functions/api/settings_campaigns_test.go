package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tributary/shared/store"
	"tributary/shared/store/storetest"
)

// TestCampaignNamesAreOneCampaigns ensures that a campaign which would take another's id or alias is refused with the name of that one
// and what to do, that its own names are its own, and that campaigns which shared a name before stay as they are.
func TestCampaignNamesAreOneCampaigns(t *testing.T) {
	b := newBench(t)
	site := storetest.MakeSite(t, b.store, `{}`)
	for _, c := range []struct{ id, body string }{
		{"spring", `{"id":"spring","aliases":["fruehling","Spring Sale"]}`},
		{"was", `{"id":"was","aliases":["shared"]}`},
		{"shared", `{"id":"shared"}`},
	} {
		if _, err := b.store.PutSetting(t.Context(), store.ShelfOf(site, "campaigns"), store.Setting{ID: c.id, Body: []byte(c.body)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct{ name, id, body, field, says string }{
		{"another's id", "zz", `{"aliases":["x","spring"]}`, "aliases", "DELETE /v1/campaigns/spring?site=" + site + " first"},
		{"another's alias", "zz", `{"aliases":["fruehling"]}`, "aliases", `\"fruehling\" is an alias of the campaign \"spring\" already; leave it out, or PUT /v1/campaigns/spring?site=` + site + ` without it first`},
		{"one that exists", "was", `{"aliases":["shared","fruehling"]}`, "aliases", `of the campaign \"spring\"`},
		{"an id that is another's alias", "fruehling", `{}`, "id", "PUT /v1/campaigns/spring?site=" + site + " without it first"},
		{"as it stands", "spring", `{"aliases":["fruehling","Spring Sale"]}`, "", ""},
		{"its own id", "spring", `{"aliases":["spring","fruehling"]}`, "", ""},
		{"what it no longer has", "zz", `{"aliases":["Spring Sale"]}`, "", ""},
		{"other letters", "zz", `{"aliases":["Spring","Fruehling"]}`, "", ""},
		{"shared before, the alias", "was", `{"aliases":["shared"]}`, "", ""},
		{"shared before, the id", "shared", `{"channel":"Email"}`, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b.t = t
			res := b.ask("PUT", "/v1/campaigns/"+row.id+"?site="+site, row.body)
			if row.field == "" && res.StatusCode >= 300 {
				t.Errorf("got %d %s", res.StatusCode, res.Body)
			}
			if row.field != "" && !strings.Contains(b.want(res, 400, "invalid_field", row.field), row.says) {
				t.Errorf("got %s, want %q", res.Body, row.says)
			}
		})
	}
	b.t = t
	elsewhere := storetest.MakeSite(t, b.store, `{}`)
	b.want(b.ask("PUT", "/v1/campaigns/zz?site="+elsewhere, `{"aliases":["spring","fruehling"]}`), http.StatusCreated, "", "")
}

// Ensures that a campaign is found whose names would be taken, beyond the first page of them.
func TestCampaignNamesOfMany(t *testing.T) {
	b := newBench(t)
	site := storetest.MakeSite(t, b.store, `{}`)
	for i := range 12 { // a page has 1 MiB
		body := fmt.Sprintf(`{"id":"c%02d","aliases":["a%d"],"name":%q}`, i, i, strings.Repeat("n", 120_000))
		if _, err := b.store.PutSetting(t.Context(), store.ShelfOf(site, "campaigns"), store.Setting{ID: fmt.Sprintf("c%02d", i), Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	b.want(b.ask("PUT", "/v1/campaigns/zz?site="+site, `{"aliases":["a11"]}`), 400, "invalid_field", "aliases")
}
