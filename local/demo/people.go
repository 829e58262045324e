package demo

import (
	"fmt"
	"time"
)

// person is somebody by all names that the shop and its tools have for them.
type person struct{ anonymous, user, email string }

func (s Story) person(day time.Time, n int) person {
	key := fmt.Sprintf("%s-%s-%d", s.Seed, day.UTC().Format("20060102"), n)
	return person{anonymous: "a-" + key, user: "u-" + key, email: key + "@shopper.example"}
}

// who is the visitor: somebody new that day or, every third time, somebody who was new on one of the days before.
func (sc *scene) who(day time.Time) person {
	if sc.IntN(100) < 35 {
		day = day.AddDate(0, 0, -1-sc.IntN(10))
		return sc.story.person(day, sc.IntN(40))
	}
	return sc.story.person(day, sc.IntN(1_000_000))
}

// source is where a visit comes from, as the page's address or the referrer says.
type source struct {
	percent int
	fields  map[string]any
	clickID string // the parameter by which an ad platform names the click
}

var sources = []source{
	{28, map[string]any{"source": "google", "medium": "cpc", "campaign": "brand-search", "page": shop + "/?utm_source=google"}, "gclid"},
	{17, map[string]any{"source": "facebook", "medium": "paid_social", "campaign": "lookalikes", "page": shop + "/new?utm_source=facebook"}, "fbclid"},
	{8, map[string]any{"source": "adnet", "medium": "display", "campaign": "retargeting", "page": shop + "/sale?utm_source=adnet"}, ""},
	{20, map[string]any{"referrer": "https://www.google.com/", "page": shop + "/guides/how-to-choose"}, ""},
	{10, map[string]any{"referrer": "https://www.instagram.com/", "page": shop + "/new"}, ""},
	{6, map[string]any{"referrer": "https://blog.example/best-shops", "page": shop + "/"}, ""},
	{5, friends, ""},
	{6, map[string]any{"page": shop + "/"}, ""},
}

const shop = "https://shop.example"

var (
	friends    = map[string]any{"source": "rewardful", "medium": "affiliate", "campaign": "friends", "page": shop + "/?via=grace"}
	newsletter = map[string]any{"source": "newsletter", "medium": "email", "campaign": "spring", "link": "demo-spring", "page": shop + "/spring?utm_source=newsletter"}
)

// source draws one by its share.
func (sc *scene) source() map[string]any {
	n, from := sc.IntN(100), sources[len(sources)-1]
	for _, s := range sources {
		if n < s.percent {
			from = s
			break
		}
		n -= s.percent
	}
	fields := map[string]any{}
	for name, v := range from.fields {
		fields[name] = v
	}
	if from.clickID != "" {
		fields["click_ids"] = map[string]string{from.clickID: "c-" + sc.id}
	}
	return fields
}
