package main

import (
	"fmt"
	"strings"
	"time"
)

// welcome is what a newcomer reads when everything serves: the key and three commands that work as they stand, and the tracker.
func welcome(url, key string, took time.Duration) string {
	auth := fmt.Sprintf("-H 'Authorization: Bearer %s'", key)
	send := fmt.Sprintf("curl -s %s/v1/events %s -d ", url, auth)
	return strings.Join([]string{
		fmt.Sprintf("everything is up after %.1f s", took.Seconds()),
		"ready " + url,
		"key   " + key,
		"",
		"Send a visit and a sale, then read today's figures (they follow within seconds):",
		send + `'{"events":[{"type":"visit","anonymous_id":"visitor-1","source":"newsletter","medium":"email"}]}'`,
		send + `'{"events":[{"type":"conversion","anonymous_id":"visitor-1","order_id":"order-1","value":"49.90","currency":"USD"}]}'`,
		fmt.Sprintf("curl -s '%s/v1/kpis?kpis=visits,conversions,revenue_gross_minor' %s", url, auth),
		"",
		"Or put the tracker into a page and open it:",
		fmt.Sprintf(`<script defer src="%s/t.js" data-site="default"></script>`, url),
		"",
	}, "\n")
}

// urlOf is where this machine reaches what listens on addr.
func urlOf(addr string) string {
	return "http://" + strings.Replace(strings.Replace(addr, "[::]", "127.0.0.1", 1), "0.0.0.0", "127.0.0.1", 1)
}
