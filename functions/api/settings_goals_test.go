package main

import (
	"net/http"
	"strings"
	"testing"

	"tributary/shared/settings"
	"tributary/shared/store/storetest"
)

// TestPrimaryGoalsWarn ensures that a PUT which takes purchase out of the primary goals, or brings it back, says what counts now, what no
// longer does and what to do, that any other says nothing, and that no warning is kept. Each row goes on from the one before.
func TestPrimaryGoalsWarn(t *testing.T) {
	b := newBench(t)
	site := storetest.MakeSite(t, b.store, `{}`)
	both := "PUT /v1/goals/purchase?site=" + site + ` {"kind":"order","primary":true}. Records made before follow by the nightly restatement, or at once by reconcile's {"restate":true}`
	for _, row := range []struct {
		name, goal, body string
		status           int
		warns            []string // in this order; nil: not at all
	}{
		{"none is primary", "signup", `{"kind":"signup"}`, http.StatusCreated, nil},
		{"the first primary one", "trial", `{"kind":"lead","primary":true}`, http.StatusCreated, []string{"now count trial and no longer purchase,", "while no goal is primary", both}},
		{"the same again", "trial", `{"kind":"lead","primary":true}`, http.StatusOK, nil},
		{"another", "demo", `{"kind":"lead","primary":true}`, http.StatusCreated, nil},
		{"one of two ends", "demo", `{"kind":"lead"}`, http.StatusOK, nil},
		{"both, as the warning said", "purchase", `{"kind":"order","primary":true}`, http.StatusCreated, []string{"now count purchase, trial. Records", `{"restate":true}`}},
		{"purchase is taken out by name", "purchase", `{"kind":"order"}`, http.StatusOK, []string{"now count trial and no longer purchase,", both}},
		{"the last one ends", "trial", `{"kind":"lead"}`, http.StatusOK, []string{"now count purchase and no longer trial,", "make trial primary again and " + both}},
		{"purchase by name where it counts by itself", "purchase", `{"kind":"order","primary":true}`, http.StatusOK, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			b.t = t
			path := "/v1/goals/" + row.goal + "?site=" + site
			got, warned := fieldsOf(t, b.want(b.ask("PUT", path, row.body), row.status, "", ""))["warning"].(string)
			if warned != (row.warns != nil) {
				t.Fatalf("got the warning %q, want %v", got, row.warns)
			}
			for rest, i := got, 0; i < len(row.warns); i++ {
				_, after, found := strings.Cut(rest, row.warns[i])
				if !found {
					t.Errorf("got %q, want %q", got, row.warns)
				}
				rest = after
			}
			if kept := b.ask("GET", path, "").Body; strings.Contains(kept, "warning") {
				t.Errorf("the warning is kept: %s", kept)
			}
		})
	}
	b.t = t
	b.want(b.ask("DELETE", "/v1/goals/purchase?site="+site, ""), http.StatusNoContent, "", "")
	b.want(b.ask("PUT", "/v1/goals/trial?site=nowhere", `{"primary":true}`), 400, "unknown_site", "site")
}

// Ensures that what a warning tells to send names a site where it must, and only there.
func TestPrimaryWarningNamesTheSite(t *testing.T) {
	for site, want := range map[string]string{settings.DefaultID: "PUT /v1/goals/purchase {", "shop": "PUT /v1/goals/purchase?site=shop {"} {
		if got := primaryWarning(site, []string{"purchase"}, []string{"trial"}); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}
