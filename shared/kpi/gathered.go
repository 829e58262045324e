package kpi

import "math/big"

// gatheredFormulas are the KPIs of visits, carts, messages, invites, posts, ratings and stages: sums of counters too.
func gatheredFormulas() []formula {
	const wide = OfSite | OfPart
	return []formula{
		{name: "conversion_rate_visits", scopes: wide, ratio: over(ConvertingVisits, Visits)},
		{name: "landing_page_conversion_rate", scopes: OfPage, ratio: over(ConvertingVisits, Visits)},
		{name: "cart_abandonment_rate", scopes: wide, ratio: abandoned},
		{name: "csat", scopes: wide, ratio: over(SatisfiedRatings, Ratings)},
		{name: "referral_signup_conversion", scopes: wide, ratio: over(InvitesSignedUp, Invites)},
		{name: "referral_purchase_conversion", scopes: wide, ratio: over(InvitesBought, Invites)},
		{name: "email_sent", scopes: wide, sum: EmailSent},
		{name: "email_delivered", scopes: wide, sum: EmailSent, less: EmailBounced},
		{name: "email_open_rate", scopes: wide, ratio: ofDelivered(EmailOpened)},
		{name: "email_click_rate", scopes: wide, ratio: ofDelivered(EmailClicked)},
		{name: "email_click_to_open_rate", scopes: wide, ratio: over(EmailClickedOpened, EmailOpened)},
		{name: "email_bounce_rate", scopes: wide, ratio: over(EmailBounced, EmailSent)},
		{name: "social_engagements", scopes: wide, sum: Engagements},
		{name: "social_engagement_rate_reach", scopes: wide, ratio: over(Engagements, SocialReach)},
		{name: "social_engagement_rate_impressions", scopes: wide, ratio: over(Engagements, SocialImpressions)},
		{name: "social_engagement_rate_followers", scopes: wide, ratio: over(Engagements, SocialFollowers)},
		{name: "opportunities", scopes: wide, sum: Opportunities},
		{name: "lead_to_opportunity_rate", scopes: wide, ratio: over(Opportunities, Leads)},
	}
}

// OfPosts reports a KPI that counts the engagements of a period's posts.
func OfPosts(name string) bool {
	switch name {
	case "social_engagements", "social_engagement_rate_reach", "social_engagement_rate_impressions", "social_engagement_rate_followers":
		return true
	}
	return false
}

func abandoned(r *Row, _ Scope, _ Money) (num, den *big.Rat) {
	return whole(r.sums[Carts] - r.sums[CartsBought]), whole(r.sums[Carts])
}

// ofDelivered is a share of the messages that did not bounce.
func ofDelivered(m Measure) func(*Row, Scope, Money) (num, den *big.Rat) {
	return func(r *Row, _ Scope, _ Money) (num, den *big.Rat) {
		return whole(r.sums[m]), whole(r.sums[EmailSent] - r.sums[EmailBounced])
	}
}

// viral is invites a customer times the share of them that led to an order; null without either.
func viral(r *Row, _ Scope, _ Money) (num, den *big.Rat) {
	invites := whole(r.sums[Invites])
	return new(big.Rat).Mul(invites, whole(r.sums[InvitesBought])), new(big.Rat).Mul(whole(r.sums[Customers]), invites)
}
