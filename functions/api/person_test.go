package main

import (
	"net/http"
	"testing"

	"tributary/shared/store/storetest"
)

// Ensures that of a person nobody knows it is said whether the site or the person is missing, for a copy of all that is held as for
// its erasure.
func TestNobodyToExport(t *testing.T) {
	b, site := newBench(t), storetest.Site(t)
	b.want(b.ask(http.MethodPut, "/v1/sites/"+site, `{}`), http.StatusCreated, "", "")
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		b.want(b.ask(method, "/v1/people/ada?site="+site, ""), http.StatusNotFound, "not_found", "id")
		b.want(b.ask(method, "/v1/people/ada?site="+storetest.Site(t), ""), http.StatusBadRequest, "unknown_site", "site")
	}
}
