package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"tributary/local/demo"
	"tributary/local/send"
)

// What -demo plays: weeks of history with so many visitors a day, then live for about half a day.
const (
	demoDays     = 21
	demoVisitors = 40
	demoLimit    = 100_000
)

// playDemo plays the demo's story into the runner that serves at url, until ctx ends.
func playDemo(ctx context.Context, o options, url, key string, say func(string)) {
	p := demo.Player{
		Story: demo.Story{Seed: "demo", Visitors: demoVisitors}, Days: demoDays, Limit: demoLimit, Now: time.Now, Sleep: sleep,
		Sender: &send.Sender{URL: url, Key: key, Root: filepath.Dir(o.local), Site: demo.Site, Client: &http.Client{Timeout: time.Minute}, Now: time.Now},
	}
	say(fmt.Sprintf("demo  plays %d days of a shop and then about 2 events a second of it: visits, carts, sales, refunds, ad spend, mails (SendGrid), payments (Stripe), referrals (Rewardful), posts; see %s/?site=%s", demoDays, url, demo.Site))
	if err := p.Play(ctx); err != nil && ctx.Err() == nil {
		say("demo  ended: " + err.Error())
	}
}

// sleep waits, or ends early with ctx.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
