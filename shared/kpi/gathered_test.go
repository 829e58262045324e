package kpi

import "testing"

// Ensures the formulas of gathered records, ratings and stages by figures worked out by hand.
func TestGatheredFigures(t *testing.T) {
	r := NewRow()
	err := r.Add(counter(Key{Bucket: "2026-01-02T05"}, map[Measure]int64{
		Visits: 40, ConvertingVisits: 10, Carts: 8, CartsBought: 2, Ratings: 5, SatisfiedRatings: 4, Leads: 20, Opportunities: 5,
		EmailSent: 50, EmailBounced: 10, EmailOpened: 20, EmailClicked: 10, EmailClickedOpened: 5,
		Invites: 4, InvitesSignedUp: 2, InvitesBought: 1, SocialReach: 1000, SocialImpressions: 2000, SocialFollowers: 500, Engagements: 50,
	}))
	if err != nil {
		t.Fatal(err)
	}
	r.Put(Customers, 2)
	for name, want := range map[string]any{
		"conversion_rate_visits": 0.25, "cart_abandonment_rate": 0.75, "csat": 0.8, "opportunities": int64(5), "lead_to_opportunity_rate": 0.25,
		"email_sent": int64(50), "email_delivered": int64(40), "email_open_rate": 0.5, "email_click_rate": 0.25, "email_click_to_open_rate": 0.25,
		"email_bounce_rate": 0.2, "referral_signup_conversion": 0.5, "referral_purchase_conversion": 0.25, "viral_coefficient_k": 0.5, // 4/2 * 1/4
		"social_engagements": int64(50), "social_engagement_rate_reach": 0.05, "social_engagement_rate_impressions": 0.025, "social_engagement_rate_followers": 0.1,
	} {
		f, ok := r.Figure(name, OfSite, dollars)
		if got := f.Value(); !ok || got != want {
			t.Errorf("%s: got %v, %v, want %v", name, got, ok, want)
		}
	}
	if f, ok := r.Figure("landing_page_conversion_rate", OfPart|OfPage, dollars); !ok || f.Value() != 0.25 {
		t.Errorf("landing_page_conversion_rate: got %v, %v, want 0.25", f.Value(), ok)
	}
	if _, ok := r.Figure("landing_page_conversion_rate", OfPart, dollars); ok {
		t.Error("a channel has a landing page's rate")
	}
	if f, _ := NewRow().Figure("viral_coefficient_k", OfSite, dollars); f.Value() != nil {
		t.Errorf("nobody's viral coefficient: got %v, want null", f.Value())
	}
}
