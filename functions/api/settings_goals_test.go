package main

import (
	"net/http"
	"strings"
	"testing"

	"tributary/shared/store/storetest"
)

// Ensures that a goal's match stands with its site for the doors, whoever writes the site meanwhile, and goes with the goal.
func TestGoalMatchesStandWithTheSite(t *testing.T) {
	b, id := newBench(t), storetest.Site(t)
	b.want(b.ask(http.MethodPut, "/v1/sites/"+id, `{"currency":"USD"}`), http.StatusCreated, "", "")
	reached := func() string {
		site, _, err := b.store.Site(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return site.Reached("page_view", "https://shop.example/thanks/1")
	}
	path := "/v1/goals/thanks?site=" + id
	b.want(b.ask(http.MethodPut, path, `{"kind":"lead","match":{"page":"/thanks*"}}`), http.StatusCreated, "", "")
	if got := reached(); got != "thanks" {
		t.Errorf("got %q, want the goal", got)
	}
	b.want(b.ask(http.MethodPut, "/v1/sites/"+id, `{"currency":"EUR"}`), http.StatusOK, "", "")
	if got := reached(); got != "thanks" {
		t.Errorf("after the site was written: got %q, want the goal", got)
	}
	if res := b.ask(http.MethodGet, "/v1/sites/"+id, ""); strings.Contains(res.Body, "matches") {
		t.Errorf("the site shows what is the goal's: %s", res.Body)
	}
	b.want(b.ask(http.MethodDelete, path, ""), http.StatusNoContent, "", "")
	if got := reached(); got != "" {
		t.Errorf("after the goal was deleted: got %q", got)
	}
}
