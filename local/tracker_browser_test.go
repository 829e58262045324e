package main_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"tributary/shared/browsertest"
)

// TestBrowserMovesTheFigures ensures that what the dashboard gives to paste moves the figures: a page with the snippet, opened in a
// browser on a running stack, gives a visit, views, a sale, and a journey from the one to the other.
func TestBrowserMovesTheFigures(t *testing.T) {
	s := startStack(t, "", nil)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!DOCTYPE html><title>shop</title><script defer src="`+s.URL+`/t.js" data-site="default"></script>`)
	}))
	defer page.Close()
	ctx := browsertest.Start(t, chromedp.UserAgent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"))
	visit := func(address, script string) (id string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
			t.Fatal(err)
		}
		id, err := chromedp.Run(ctx, chromedp.Evaluate[string](script+`; new Promise((tell) => tributary("id", tell))`, chromedp.EvalAwaitPromise))
		if err != nil || id == "" {
			t.Fatalf("%s: told %q, %v", address, id, err)
		}
		return id
	}
	visit(page.URL+"/?utm_source=news&utm_medium=email&utm_campaign=spring", "")
	id := visit(page.URL+"/thanks", `tributary("conversion", {order_id: "o-1", value: "49.90", currency: "USD"})`)
	s.idle(t)
	var got struct{ Rows []map[string]any }
	s.must(t, "GET", "/v1/kpis?last=today&kpis=visits,page_views,visitors,conversions,revenue_gross_minor", nil, &got)
	want := map[string]any{"visits": 1.0, "page_views": 2.0, "visitors": 1.0, "conversions": 1.0, "revenue_gross_minor": 4990.0}
	if len(got.Rows) != 1 {
		t.Fatalf("got %v", got.Rows)
	}
	for name, n := range want {
		if got.Rows[0][name] != n {
			t.Errorf("%s: got %v, want %v", name, got.Rows[0][name], n)
		}
	}
	var journey struct {
		Conversions []struct {
			Touches []struct{ Type, Channel, Campaign string }
		}
	}
	s.must(t, "GET", "/v1/journeys/"+id, nil, &journey)
	if fmt.Sprint(journey.Conversions) != "[{[{visit Email spring}]}]" {
		t.Errorf("the journey is %v, want one visit from the newsletter", journey.Conversions)
	}
}
