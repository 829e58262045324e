package main_test

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/local/demo"
	"tributary/local/send"
)

// demoMoves are figures of every main family that the demo must move.
var demoMoves = []string{
	"visits", "page_views", "conversions", "revenue_gross_minor", "refunds_minor", "media_cost_micros", "other_cost_micros", "impressions", "clicks", "leads",
	"email_sent", "email_delivered", "email_open_rate", "email_click_rate", "email_bounce_rate", "cart_abandonment_rate", "csat",
	"referral_rate", "social_engagements", "social_engagement_rate_reach", "roas_gross", "cac_minor",
}

// TestDemo ensures that what -demo plays is taken without a refusal, moves every family of figures, tells of each sale once
// though page and payment report it, and that the same story played again changes nothing.
func TestDemo(t *testing.T) {
	s := startStack(t, "", nil, "-engine", "dynoxide") // for speed: the judgement is about figures, which other tests compare on both engines
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now().UTC().Truncate(24 * time.Hour).Add(-12 * time.Hour)
	play := func() (demo.Played, redriven) {
		clock := start
		p := demo.Player{
			Story: demo.Story{Seed: "test", Visitors: 12}, Days: 8, Limit: 1_200, Now: func() time.Time { return clock },
			Sleep: func(_ context.Context, d time.Duration) error {
				if d == demo.Tick { // the pause before a second attempt, which a busy machine asks for, is no time of the story
					clock = clock.Add(d)
				}
				return nil
			},
			Sender: &send.Sender{URL: s.URL, Key: s.Key, Root: root, Site: demo.Site, Client: http.DefaultClient, Now: time.Now},
		}
		if err := p.Play(t.Context()); err != nil {
			t.Fatal(err)
		}
		if live := clock.Sub(start); live < time.Minute || live > 11*time.Hour {
			t.Errorf("it ended after %v live", live)
		}
		waited := (&load{t: t, s: s}).redrive() // a busy machine's slow store lets events wait in S3
		s.idleWithin(t, 4*time.Minute)
		return p.Played, waited
	}
	figures := func() map[string]any {
		var got struct{ Rows []map[string]any }
		q := url.Values{"site": {demo.Site}, "from": {start.AddDate(0, 0, -9).Format(time.DateOnly)}, "to": {start.AddDate(0, 0, 1).Format(time.DateOnly)}, "kpis": {strings.Join(demoMoves, ",")}}
		s.must(t, http.MethodGet, "/v1/kpis?"+q.Encode(), nil, &got)
		return got.Rows[0]
	}
	played, _ := play()
	first := figures()
	t.Logf("%+v: %v", played, first)
	for _, name := range demoMoves {
		if v, ok := first[name].(float64); !ok || v <= 0 {
			t.Errorf("%s is %v, want more than 0", name, first[name])
		}
	}
	if played.Steps < 1_200 || played.Accepted < played.Steps || played.Duplicates > 0 || played.Hooks < 50 {
		t.Errorf("got %+v", played)
	}
	again, waited := play()
	if again.Steps != played.Steps || waited.Stored > 0 || again.Duplicates == 0 {
		t.Errorf("again: got %+v, and of what waited %+v: want only duplicates", again, waited)
	}
	if d := cmp.Diff(first, figures()); d != "" {
		t.Errorf("played again (-first +again):\n%s", d)
	}
}
