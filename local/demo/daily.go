package demo

import (
	"fmt"
	"time"

	"tributary/local/send"
)

// platforms are the campaigns that cost something, with what a day of theirs is like at a hundred visitors.
var platforms = []struct {
	campaign, channel         string
	cents, impressions, click int
}{
	{"brand-search", "Paid Search", 10_500, 1_900, 38},
	{"lookalikes", "Paid Social", 9_000, 5_200, 31},
	{"retargeting", "Display", 2_800, 7_400, 12},
}

// spend is what each platform says of a day, a third more or less from day to day.
func (s Story) spend(day time.Time) []Step {
	sc := s.scene("spend-"+day.Format("20060102"), days)
	for _, p := range platforms {
		some := func(n int) int { return n * s.Visitors / 100 * (70 + sc.IntN(60)) / 100 }
		sc.say(day.Add(10*time.Minute), "spend", map[string]any{
			"date": day.Format(time.DateOnly), "campaign": p.campaign, "channel": p.channel, "account": "demo", "cost": decimal(some(p.cents)), "currency": "USD",
			"impressions": some(p.impressions), "clicks": some(p.click),
		})
	}
	return sc.steps
}

// newsletter goes to a fifth of a day's visitors' number, spread over the morning as tools send it.
func (s Story) newsletter(day time.Time) []Step {
	var steps []Step
	for i := range s.Visitors / 5 {
		sc := s.scene(fmt.Sprintf("mail-%s-%d", day.Format("20060102"), i), days)
		sc.mail(day.Add(7*time.Hour+sc.within(3*time.Hour)), sc.story.person(day.AddDate(0, 0, -1-sc.IntN(20)), sc.IntN(40)), day.Unix()/86400*int64(s.Visitors/5)+int64(i))
		steps = append(steps, sc.steps...)
	}
	return steps
}

// fates are what becomes of one mail after another.
var fates = []string{"delivered", "opened", "delivered", "clicked", "delivered", "delivered", "opened", "delivered", "bounced", "opened", "delivered", "clicked"}

// mail is one mail to one person, in one delivery of SendGrid's with all that became of it; whoever clicked comes to the shop.
func (sc *scene) mail(at time.Time, to person, n int64) {
	fate := fates[n%int64(len(fates))]
	sc.hook(at, "sendgrid", fate, send.Change{Email: to.email, User: to.user})
	if fate == "clicked" {
		sc.visit(at.Add(time.Second), to, newsletter)
	}
}

// post names the post of a day.
func (s Story) post(day time.Time) string { return s.Seed + "-post-" + day.UTC().Format("20060102") }

// posts is the day's post and what people do with it.
func (s Story) posts(day time.Time) []Step {
	sc := s.scene("post-"+day.Format("20060102"), days)
	at := day.Add(8 * time.Hour)
	sc.say(at, "social_post", map[string]any{
		"post_id": s.post(day), "source": "instagram", "channel": "Organic Social",
		"props": map[string]any{"followers": 4_800, "reach": 900 + sc.IntN(900), "impressions": 1_900 + sc.IntN(900)},
	})
	for range 10 + sc.IntN(20) {
		sc.engage(at.Add(sc.within(12*time.Hour)), s.post(day))
	}
	return sc.steps
}

// engage is one person's like, comment, share or click.
func (sc *scene) engage(at time.Time, post string) {
	actions := []string{"like", "like", "like", "comment", "share", "click"}
	sc.say(at, "social_engagement", map[string]any{
		"post_id": post, "source": "instagram", "channel": "Organic Social", "props": map[string]any{"action": actions[sc.IntN(len(actions))]},
	})
}
