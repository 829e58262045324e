package demo

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var day = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// TestStory ensures that a story is the same whenever it is told, is of its day, and gives no id twice.
func TestStory(t *testing.T) {
	s := Story{Seed: "x", Visitors: 50}
	var steps []Step
	for i := range 3 {
		of := s.Day(day.AddDate(0, 0, i))
		if d := cmp.Diff(of, s.Day(day.AddDate(0, 0, i).Add(7*time.Hour))); d != "" {
			t.Fatalf("told twice:\n%s", d)
		}
		steps = append(steps, of...)
	}
	for n := range int64(500) {
		steps = append(steps, s.Slot(day.Unix()/2+n)...)
	}
	ids := map[string]bool{}
	for _, step := range steps {
		id := ""
		if step.Event != nil {
			id, _ = step.Event["id"].(string)
		} else {
			id = step.Hook.ID
		}
		if id == "" || ids[id] {
			t.Errorf("%q is no id of its own: %+v", id, step)
		}
		ids[id] = true
		if step.At.Before(day.Add(-days.page)) || step.At.After(day.AddDate(0, 0, 20)) {
			t.Errorf("%s is of %s", id, step.At)
		}
	}
	if cmp.Equal(s.Day(day), (Story{Seed: "y", Visitors: 50}).Day(day)) {
		t.Error("another seed tells the same")
	}
}

// TestSure ensures that each day has every kind of event and webhook, and that a sale is told of by page and payment under one order.
func TestSure(t *testing.T) {
	for i := range 30 {
		kinds, told := map[string]int{}, map[string]int{}
		for _, step := range (Story{Seed: "x", Visitors: 5}).Day(day.AddDate(0, 0, i)) {
			if step.Hook != nil {
				kinds[step.Hook.Provider+" "+step.Hook.Event]++
				told[step.Hook.Change.Order]++
				continue
			}
			typ, _ := step.Event["type"].(string)
			kinds[typ]++
			if order, ok := step.Event["order_id"].(string); ok && typ == "conversion" {
				told[order] += 10
			}
		}
		for _, kind := range []string{
			"visit", "page_view", "view_item", "add_to_cart", "begin_checkout", "conversion", "lead", "rating", "invite", "invite_signup", "spend", "social_post", "social_engagement",
			"stripe checkout.session.completed", "stripe refund.created", "rewardful referral.lead", "rewardful commission.created",
		} {
			if kinds[kind] == 0 {
				t.Errorf("day %d has no %s", i, kind)
			}
		}
		delete(told, "") // mails
		for order, by := range told {
			if by < 11 {
				t.Errorf("day %d: %s is told of by %d", i, order, by)
			}
		}
	}
}

// TestPace ensures that a live minute brings some two events a second, whatever the minute.
func TestPace(t *testing.T) {
	s, n := Story{Seed: "x"}, 0
	for slot := range int64(900) {
		n += len(s.Slot(day.Unix()/2 + slot))
	}
	if rate := float64(n) / 1800; rate < 1.5 || rate > 3.5 {
		t.Errorf("%.1f events a second", rate)
	}
}
