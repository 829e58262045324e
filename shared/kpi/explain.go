package kpi

import (
	"slices"
	"strings"
)

// Explanation says how a KPI is made (spec: kpis.md). Measures are the sums behind it, the numerator's first.
type Explanation struct {
	Formula  string
	Measures []Measure
}

// Input says what a sum is made of: events of some types, as they are counted themselves or by way of a record that is made of
// them. Record is empty where events count by themselves, "person" where the persons of conversion records are counted.
type Input struct {
	Is     string
	Types  []string
	Record string
}

// Explain tells how a KPI is made; false for a name that is none.
func Explain(name string) (Explanation, bool) {
	e, ok := explanations()[name]
	return e, ok
}

// InputOf tells what a sum is made of; a cost in a currency is as the cost.
func InputOf(m Measure) Input {
	name, _, _ := strings.Cut(string(m), ":")
	return inputs()[Measure(name)]
}

func explanations() map[string]Explanation {
	return map[string]Explanation{
		"impressions":                        {"distinct impressions of people, or the platform's where spend carries them", []Measure{Impressions}},
		"clicks":                             {"distinct clicks of people, less those that a message's record tells were a mail scanner's, or the platform's where spend carries them", []Measure{Clicks}},
		"visits":                             {"distinct visits of people", []Measure{Visits}},
		"visitors":                           {"distinct people with a visit (HyperLogLog, within 2 %) less those who turned out to be one", []Measure{Visitors}},
		"page_views":                         {"distinct page views of people", []Measure{PageViews}},
		"invalid_impressions":                {"impressions of bots, prefetches and scanners", []Measure{InvalidImpressions}},
		"invalid_clicks":                     {"clicks of bots, prefetches and scanners, bursts of mail scanners among them", []Measure{InvalidClicks}},
		"ctr":                                {"clicks of channels that have impressions / impressions; of a campaign's days with counts of its platform, these in the place of our own", []Measure{Clicks, Impressions, PlatformClicks, PlatformImpressions}},
		"conversions":                        {"conversions of the site's primary goals, or of the goal asked for", []Measure{Conversions}},
		"conversions_micro":                  {"millionths of conversions credited under the model", []Measure{ConversionsMicro}},
		"net_conversions":                    {"conversions that were not fully refunded", []Measure{NetConversions}},
		"media_cost_micros":                  {"cost of impressions, clicks, visits and media spend", []Measure{MediaCost}},
		"other_cost_micros":                  {"spend that buys no media", []Measure{OtherCost}},
		"cpc_minor":                          {"media cost / clicks; of a campaign's days with counts of its platform, these in the place of our own", []Measure{MediaCost, Clicks, PlatformClicks}},
		"cpm_minor":                          {"1,000 x cost of priced impressions / priced impressions; by a dimension 1,000 x media cost / impressions, a platform's where it tells them", []Measure{ImpressionCost, PricedImpressions, MediaCost, Impressions, PlatformImpressions}},
		"cpa_minor":                          {"media cost / conversions; by a dimension / credited conversions", []Measure{MediaCost, Conversions, ConversionsMicro}},
		"cac_minor":                          {"all cost / new customers", []Measure{MediaCost, OtherCost, NewCustomers}},
		"revenue_gross_minor":                {"value of orders at their time", []Measure{RevenueGross}},
		"revenue_net_minor":                  {"value of orders less their refunds, at the order's time", []Measure{RevenueNet}},
		"refunds_minor":                      {"refunds at their own time", []Measure{Refunds}},
		"roas_gross":                         {"gross revenue / media cost", []Measure{RevenueGross, MediaCost}},
		"roas_net":                           {"net revenue / media cost", []Measure{RevenueNet, MediaCost}},
		"roi_revenue":                        {"(net revenue - all cost) / all cost", []Measure{RevenueNet, MediaCost, OtherCost}},
		"roi_margin":                         {"(net revenue x gross margin - all cost) / all cost", []Measure{RevenueNet, MediaCost, OtherCost}},
		"aov_gross_minor":                    {"gross revenue / orders", []Measure{RevenueGross, Orders}},
		"aov_net_minor":                      {"net revenue / orders not fully refunded", []Measure{RevenueNet, NetOrders}},
		"leads":                              {"distinct leads of people", []Measure{Leads}},
		"cost_per_lead_minor":                {"media cost / leads", []Measure{MediaCost, Leads}},
		"events":                             {"distinct events of people", []Measure{Events}},
		"opportunities":                      {"distinct opportunities", []Measure{Opportunities}},
		"lead_to_opportunity_rate":           {"opportunities / leads", []Measure{Opportunities, Leads}},
		"win_rate":                           {"won deals / (won deals + lost opportunities)", []Measure{WonDeals, LostDeals}},
		"conversion_rate_visits":             {"visits with an order in the session / visits", []Measure{ConvertingVisits, Visits}},
		"conversion_rate_visitors":           {"people with a converting visit / visitors", []Measure{ConvertingVisitors, Visitors}},
		"landing_page_conversion_rate":       {"visits that began on the page and had an order in the session / visits that began on the page", []Measure{ConvertingVisits, Visits}},
		"cart_abandonment_rate":              {"carts without an order / carts with an add to cart", []Measure{Carts, CartsBought}},
		"csat":                               {"ratings of 4 and 5 / ratings", []Measure{SatisfiedRatings, Ratings}},
		"customers":                          {"people with an order", []Measure{Customers}},
		"new_customers":                      {"people whose first order ever is in the period", []Measure{NewCustomers}},
		"repeat_purchase_rate":               {"people with two orders or more in the period / people with one or more", []Measure{Repeaters, Buyers}},
		"clv_historic_revenue_minor":         {"net revenue of customers / customers", []Measure{PersonsNet, Customers}},
		"clv_historic_margin_minor":          {"net revenue of customers x gross margin / customers", []Measure{PersonsNet, Customers}},
		"clv_predictive_minor":               {"net revenue x gross margin a customer and month / monthly churn, over whole months", []Measure{OutlookNet, OutlookMonths, OutlookLost, OutlookStart}},
		"acquisition_rate_prospects":         {"new customers among visitors / visitors who were no customers at the start", []Measure{NewVisitors, Prospects}},
		"acquisition_rate_base":              {"new customers / customers active at the start", []Measure{NewCustomers, ActiveStart}},
		"retention_rate":                     {"customers active at start and end / customers active at the start", []Measure{Retained, ActiveStart}},
		"churn_rate":                         {"customers active at the start and not at the end / customers active at the start", []Measure{ActiveStart, Retained}},
		"referral_rate":                      {"new customers who came by an invite / new customers", []Measure{ReferredNew, NewCustomers}},
		"referral_advocate_rate":             {"people who sent an invite / customers", []Measure{Advocates, Customers}},
		"referral_signup_conversion":         {"invites that led to a sign-up / invites", []Measure{InvitesSignedUp, Invites}},
		"referral_purchase_conversion":       {"invites that led to an order / invites", []Measure{InvitesBought, Invites}},
		"viral_coefficient_k":                {"invites / customers x invites that led to an order / invites", []Measure{Invites, Customers, InvitesBought}},
		"email_sent":                         {"distinct messages by recipient", []Measure{EmailSent}},
		"email_delivered":                    {"messages sent less those that bounced", []Measure{EmailSent, EmailBounced}},
		"email_open_rate":                    {"messages delivered and opened / delivered, at the time of sending", []Measure{EmailOpened, EmailSent, EmailBounced}},
		"email_click_rate":                   {"messages delivered and clicked / delivered, at the time of sending", []Measure{EmailClicked, EmailSent, EmailBounced}},
		"email_click_to_open_rate":           {"messages clicked and opened / opened", []Measure{EmailClickedOpened, EmailOpened}},
		"email_bounce_rate":                  {"messages that bounced / sent", []Measure{EmailBounced, EmailSent}},
		"social_engagements":                 {"likes, comments, shares and clicks on the period's posts", []Measure{Engagements}},
		"social_engagement_rate_reach":       {"engagements of the period's posts / their reach", []Measure{Engagements, SocialReach}},
		"social_engagement_rate_impressions": {"engagements of the period's posts / their impressions", []Measure{Engagements, SocialImpressions}},
		"social_engagement_rate_followers":   {"engagements of the period's posts / followers when they were posted", []Measure{Engagements, SocialFollowers}},
		"sales_cycle_mean_ms":                {"time from first lead to won deal, mean", []Measure{CycleSum, Cycles}},
		"sales_cycle_median_ms":              {"time from first lead to won deal, median", []Measure{CycleMiddle, Cycles}},
		"marketing_influenced_revenue_share": {"gross value of orders with a touch that is not direct in the look-back / gross value of orders", []Measure{InfluencedGross, PersonsGross}},
	}
}

// inputs are what sums are made of.
func inputs() map[Measure]Input {
	const person = "person"
	sale := []string{"conversion"}
	returned := []string{"conversion", "refund", "refund_reversed"}
	invite := []string{"invite", "invite_signup", "conversion"}
	mail := []string{"email_sent", "email_delivered", "email_bounced", "email_opened", "email_clicked"}
	post := []string{"social_post"}
	all := map[Measure]Input{
		Impressions: {"impressions", []string{"impression", "spend"}, ""}, PricedImpressions: {"impressions with a cost", []string{"impression"}, ""},
		Clicks: {"clicks", []string{"click", "spend"}, ""}, Visits: {"visits", []string{"visit"}, ""}, PageViews: {"page views", []string{"page_view"}, ""},
		PlatformImpressions: {"impressions as platforms tell them", []string{"spend"}, ""}, PlatformClicks: {"clicks as platforms tell them", []string{"spend"}, ""},
		InvalidImpressions: {"impressions of machines", []string{"impression"}, ""}, InvalidClicks: {"clicks of machines", []string{"click"}, ""},
		Leads: {"leads", []string{"lead"}, ""}, Opportunities: {"opportunities", []string{"opportunity"}, ""}, LostDeals: {"lost opportunities", []string{"opportunity_lost"}, ""},
		Events: {"events", nil, ""}, Ratings: {"ratings", []string{"rating"}, ""}, SatisfiedRatings: {"ratings of 4 and 5", []string{"rating"}, ""},
		MediaCost: {"media cost", []string{"impression", "click", "visit", "spend"}, ""}, OtherCost: {"other cost", []string{"spend"}, ""},
		ImpressionCost: {"cost of impressions", []string{"impression"}, ""}, Engagements: {"engagements", []string{"social_engagement"}, ""},
		Conversions: {"conversions", sale, "conversion"}, ConversionsMicro: {"credited conversions", sale, "conversion"}, Orders: {"orders", sale, "conversion"},
		NetConversions: {"conversions not fully refunded", returned, "conversion"}, NetOrders: {"orders not fully refunded", returned, "conversion"},
		RevenueGross: {"gross revenue", sale, "conversion"}, RevenueNet: {"net revenue", returned, "conversion"}, Refunds: {"refunds", returned[1:], "conversion"},
		ConvertingVisits: {"visits with an order", []string{"visit", "conversion"}, "visit"},
		Carts:            {"carts", []string{"add_to_cart"}, "cart"}, CartsBought: {"carts with an order", []string{"add_to_cart", "conversion"}, "cart"},
		Invites: {"invites", invite[:1], "invite"}, InvitesSignedUp: {"invites with a sign-up", invite[:2], "invite"}, InvitesBought: {"invites with an order", invite, "invite"},
		EmailSent: {"messages", mail, "message"}, EmailBounced: {"messages that bounced", mail, "message"}, EmailOpened: {"messages opened", mail, "message"},
		EmailClicked: {"messages clicked", mail, "message"}, EmailClickedOpened: {"messages clicked and opened", mail, "message"},
		SocialReach: {"reach of posts", post, "post"}, SocialImpressions: {"impressions of posts", post, "post"}, SocialFollowers: {"followers at posting", post, "post"},
		Visitors: {"people with a visit", []string{"visit"}, person}, Prospects: {"visitors who were no customers", []string{"visit", "conversion"}, person},
		Advocates: {"people who sent an invite", invite[:1], person},
	}
	for m, is := range map[Measure]string{
		Customers: "people with an order", NewCustomers: "people with their first order", Buyers: "people with an order", Repeaters: "people with two orders or more",
		ReferredNew: "new customers who were invited", ActiveStart: "customers active at the start", Retained: "of them those active at the end",
		PersonsNet: "net revenue of customers", PersonsGross: "gross value of orders", InfluencedGross: "gross value of orders with a marketing touch",
		WonDeals: "won deals", Cycles: "won deals with a lead", CycleSum: "time from lead to won deal", CycleMiddle: "twice the median time",
		OutlookNet: "net revenue", OutlookMonths: "customers x months", OutlookLost: "customers lost", OutlookStart: "customers at the start of months",
		ConvertingVisitors: "people with a converting visit", NewVisitors: "new customers among visitors",
	} {
		all[m] = Input{is, slices.Clone(sale), person}
	}
	return all
}
