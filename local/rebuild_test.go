package main_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"tributary/local/engine"
)

// emptyAndRebuild ensures that of a table of events alone a rebuild brings every figure back as the oracle has it and as it was by
// other dimensions; that what comes afterwards is counted on top; and that a recount then finds no drift.
func emptyAndRebuild(t *testing.T, s *stack, endpoint string, want *expected) {
	t.Helper()
	before := figuresOf(t, s)
	db := engine.Client(endpoint, engine.CredentialsOf(func(string) string { return "" }))
	empty(t, db, "JourneysTable")
	s.idle(t) // the stream tells kpi of it
	empty(t, db, "KPIsTable")
	s.idle(t)
	if visits := figure(t, s, "from=2026-01-01&to=2026-05-03&kpis=visits", "visits"); visits != 0.0 {
		t.Fatalf("%v visits are left", visits)
	}
	rebuild(t, s, "anew")
	s.idle(t)
	if d := cmp.Diff(before, figuresOf(t, s)); d != "" {
		t.Errorf("figures after the rebuild (-before +after):\n%.4000s", d)
	}
	checkKPIs(t, s, want)
	checkJourneys(t, s, want)

	order := slices.IndexFunc(want.Journeys, func(j expectedJourney) bool {
		return j.OrderID != "" && j.GrossMinor > 100 && j.NetMinor == j.GrossMinor
	})
	refund, err := json.Marshal(map[string]any{"id": "after", "type": "refund", "order_id": want.Journeys[order].OrderID, "value_minor": 100, "currency": "USD", "time": "2026-05-02T00:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	post(t, s, []json.RawMessage{refund})
	s.idle(t)
	var recount struct{ Judged, Drifting int }
	s.must(t, http.MethodPost, "/2015-03-31/functions/reconcile/invocations", map[string]any{"run": "after", "settled": later()}, &recount)
	if recount.Judged == 0 || recount.Drifting != 0 {
		t.Errorf("recount %+v, want no drift", recount)
	}
	if got := figure(t, s, "from=2026-05-02&to=2026-05-03&kpis=refunds_minor", "refunds_minor"); got != 100.0 {
		t.Errorf("a refund after the rebuild: refunds_minor is %v, want 100", got)
	}
}

// later is a time before which everything is counted.
func later() string { return time.Now().UTC().Add(time.Hour).Format(time.RFC3339) }

// rebuild invokes one until it is done.
func rebuild(t *testing.T, s *stack, run string) {
	t.Helper()
	var got struct {
		Done     bool
		Drifting int
	}
	for range 20 {
		s.must(t, http.MethodPost, "/2015-03-31/functions/reconcile/invocations", map[string]any{"run": run, "rebuild": true, "settled": later()}, &got)
		if got.Done {
			t.Logf("%d measures were made", got.Drifting)
			return
		}
	}
	t.Fatal("the rebuild does not end")
}

// figuresOf are a site's figures by the dimensions that the oracle does not tell, its funnel and cohorts.
func figuresOf(t *testing.T, s *stack) map[string]any {
	t.Helper()
	all := map[string]any{}
	const span = "?from=2026-01-01&to=2026-05-03"
	for _, by := range []string{"month", "channel", "campaign,channel", "source,medium", "content", "page", "link", "goal"} {
		all[by] = rowsOf(t, s, "/v1/kpis"+span+"&by="+by)
	}
	for _, path := range []string{"/v1/funnel" + span + "&steps=visit,view_item,add_to_cart,begin_checkout,conversion", "/v1/retention" + span + "&by=month", "/v1/kpis" + span + "&by=channel&model=time_decay"} {
		all[path] = rowsOf(t, s, path)
	}
	return all
}

func rowsOf(t *testing.T, s *stack, path string) any {
	t.Helper()
	var got map[string]any
	s.must(t, http.MethodGet, path, nil, &got)
	delete(got, "as_of")
	return got
}

// empty deletes whatever a table holds.
func empty(t *testing.T, db *dynamodb.Client, table string) {
	t.Helper()
	ctx := context.Background()
	name := "tributary-local-" + table
	pages := dynamodb.NewScanPaginator(db, &dynamodb.ScanInput{TableName: &name, ConsistentRead: aws.Bool(true)})
	n := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for some := range slices.Chunk(page.Items, 25) { // BatchWriteItem's most
			var ops []types.WriteRequest
			for _, item := range some {
				key := map[string]types.AttributeValue{"pk": item["pk"], "sk": item["sk"]}
				ops = append(ops, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: key}})
			}
			out, err := db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{name: ops}})
			if err != nil || len(out.UnprocessedItems) > 0 {
				t.Fatalf("%v, %d left", err, len(out.UnprocessedItems))
			}
			n += len(ops)
		}
	}
	if n == 0 {
		t.Fatalf("%s held nothing", name)
	}
	t.Logf("%d items of %s deleted", n, strings.TrimSuffix(table, "Table"))
}
