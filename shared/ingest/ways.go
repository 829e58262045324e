package ingest

import (
	"context"
	"time"

	"tributary/shared/agent"
	"tributary/shared/click"
	"tributary/shared/event"
)

// Ways reads where a link or a referral code of a site leads, false when there is no such; see store.Store.
type Ways interface {
	Way(ctx context.Context, site string, kind click.Kind, name string) (click.Way, bool, error)
}

// Knowing makes in know a site's links and codes, each read at most every 30 seconds, and returns it.
func (in *Ingest) Knowing(ways Ways) *Ingest {
	in.ways = cache[click.Way]{now: in.now, read: func(ctx context.Context, key string) (click.Way, bool, error) {
		site, kind, name := splitKey(key)
		return ways.Way(ctx, site, kind, name)
	}}
	return in
}

// Way is where a link or a code leads, false when there is none. While the store is away an older answer stands.
func (in *Ingest) Way(ctx context.Context, site string, kind click.Kind, name string) (click.Way, bool, error) {
	if in.ways.read == nil {
		return click.Way{}, false, nil
	}
	if kind == click.Mail {
		kind = click.Link // the same setting
	}
	return in.ways.get(ctx, joinKey(site, kind, name), time.Time{})
}

// via is the link whose click led to a page, as the click's id names it. That it cannot be read costs the event no more
// than what the link would have said. Whoever comes by a link that no person sees is the scanner that followed it, and has run
// the page's script.
func (in *Ingest) via(ctx context.Context, e *event.Event, d event.Door) *event.Via {
	if e.Type != "visit" && e.Type != "page_view" {
		return nil
	}
	kind, name, ok := click.Of(e.Followed())
	if !ok {
		return nil
	}
	w, found, err := in.Way(ctx, e.Site, kind, name)
	if err != nil || !found {
		return nil
	}
	if w.Honeypot && d.Trust == event.TrustPublic && e.Human() {
		e.Agent, e.AgentReason = event.AgentScanner, agent.Honeypot
	}
	return w.Via(kind)
}

// joinKey and splitKey: a site's name holds no #, a kind is one letter.
func joinKey(site string, kind click.Kind, name string) string {
	return string(rune(kind)) + site + "#" + name
}

func splitKey(key string) (site string, kind click.Kind, name string) {
	for i := range len(key) {
		if key[i] == '#' {
			return key[1:i], click.Kind(key[0]), key[i+1:]
		}
	}
	return "", 0, ""
}
