package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"tributary/shared/kpi"
	"tributary/shared/store/storetest"
)

// Ensures that restatements are listed newest first, over days, with what is left told, and that a wrong range is refused.
func TestRestatements(t *testing.T) {
	b := newBench(t)
	site := storetest.MakeSite(t, b.store, "{}")
	for i := range 5 {
		at := noon.AddDate(0, 0, -i)
		r := kpi.Restatement{
			Site: site, At: at.UnixMilli(), What: kpi.Refund, Because: []string{fmt.Sprint("e", i)}, Record: "O#1",
			Changes: []kpi.Restated{{Dimension: kpi.ByGoal, Value: "purchase", Hour: "2026-01-01T05", Measure: kpi.RevenueNet, From: 100, To: 75}},
		}
		for range 2 { // as when a batch comes again
			if err := b.store.PutRestatement(t.Context(), r, fmt.Sprint("j", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	list := func(query string) (ids []string, more any) {
		t.Helper()
		answer := fieldsOf(t, b.want(b.ask("GET", "/v1/restatements?site="+site+query, ""), http.StatusOK, "", ""))
		for _, one := range answer["restatements"].([]any) {
			ids = append(ids, one.(map[string]any)["because"].([]any)[0].(string))
		}
		return ids, answer["more"]
	}
	if ids, more := list(""); fmt.Sprint(ids) != "[e0 e1 e2 e3 e4]" || more != false {
		t.Errorf("got %v, more %v", ids, more)
	}
	if ids, more := list("&limit=2"); fmt.Sprint(ids) != "[e0 e1]" || more != true {
		t.Errorf("two: got %v, more %v", ids, more)
	}
	day := func(back int) string { return noon.AddDate(0, 0, -back).Format(time.DateOnly) }
	if ids, _ := list("&from=" + day(3) + "&to=" + day(1)); fmt.Sprint(ids) != "[e2 e3]" {
		t.Errorf("two days: got %v", ids)
	}
	for query, field := range map[string]string{
		"&limit=0": "limit", "&limit=1001": "limit", "&from=yesterday": "from", "&to=2026": "to", "&from=2026-02-02&to=2026-02-02": "from",
		"&from=2025-01-01&to=2026-01-01": "from",
	} {
		b.want(b.ask("GET", "/v1/restatements?site="+site+query, ""), http.StatusBadRequest, "invalid_query", field)
	}
}
