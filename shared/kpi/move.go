// Package kpi knows which counters an event or a journey record moves, and what the counters mean when read
// (spec: kpis.md; names: contract.md section 4). Pure: no AWS, no settings, no clock.
package kpi

// Dimension is what a counter is counted by.
type Dimension string

// Dimensions. Campaign items are split by channel and source items by medium, so that pairs cost one counter.
const (
	BySite     Dimension = "site"
	ByChannel  Dimension = "channel"
	ByCampaign Dimension = "campaign"
	BySource   Dimension = "source"
	ByContent  Dimension = "content"
	ByTerm     Dimension = "term"
	ByPage     Dimension = "page"
	ByLink     Dimension = "link"
	ByGoal     Dimension = "goal"
	ByType     Dimension = "type" // only types outside the contract's table
	ByPost     Dimension = "post" // only engagements, at their own time: they are booked when their post was made
)

// Dimensions are all of them but BySite, whose only value is the empty one.
func Dimensions() []Dimension {
	return []Dimension{ByChannel, ByCampaign, BySource, ByContent, ByTerm, ByPage, ByLink, ByGoal, ByType}
}

// Measure is the name of a counter: one of the constants below, or a cost in a currency (CostIn).
type Measure string

// Measures that are sums. The credited ones come from journey records and stand under every dimension but goal, the
// plain conversions, orders and revenue under goal only. Minor units are of the site's currency.
const (
	Impressions        Measure = "impressions"
	PricedImpressions  Measure = "priced_impressions"
	Clicks             Measure = "clicks"
	Visits             Measure = "visits"
	PageViews          Measure = "page_views"
	InvalidImpressions Measure = "invalid_impressions"
	LateEvents         Measure = "late_events" // of the site, where they came more than a day after their hour; no KPI
	InvalidClicks      Measure = "invalid_clicks"
	Leads              Measure = "leads"
	Events             Measure = "events" // by type only
	MediaCost          Measure = "media_cost_micros"
	OtherCost          Measure = "other_cost_micros"
	ImpressionCost     Measure = "impression_cost_micros"
	Conversions        Measure = "conversions"
	NetConversions     Measure = "net_conversions"
	Orders             Measure = "orders"     // conversions of order goals and renewals: what AOV divides by
	NetOrders          Measure = "net_orders" // orders not fully refunded
	ConversionsMicro   Measure = "conversions_micro"
	RevenueGross       Measure = "revenue_gross_minor"
	RevenueNet         Measure = "revenue_net_minor"
	Refunds            Measure = "refunds_minor" // by refund date
	Opportunities      Measure = "opportunities"
	Ratings            Measure = "ratings"
	SatisfiedRatings   Measure = "satisfied_ratings" // scores 4 and 5
	Engagements        Measure = "social_engagements"
)

// Measures of gathered records, each at the time and under the dimensions of what its record is booked by: a visit, a first
// add to cart, a message's sending, an invite, a post.
const (
	ConvertingVisits   Measure = "converting_visits" // with an order in the session
	Carts              Measure = "carts"
	CartsBought        Measure = "carts_bought"
	EmailSent          Measure = "email_sent"
	EmailBounced       Measure = "email_bounced"
	EmailOpened        Measure = "email_opened"         // delivered and opened
	EmailClicked       Measure = "email_clicked"        // delivered and clicked
	EmailClickedOpened Measure = "email_clicked_opened" // all three
	Invites            Measure = "invites"
	InvitesSignedUp    Measure = "invites_signed_up"
	InvitesBought      Measure = "invites_bought"
	SocialReach        Measure = "social_reach"
	SocialImpressions  Measure = "social_impressions"
	SocialFollowers    Measure = "social_followers"
)

// CostIn is a cost measure in a currency: "media_cost_micros:USD".
func CostIn(m Measure, currency string) Measure { return m + ":" + Measure(currency) }

// Key names one counter item. Bucket is a UTC hour "2026-01-01T05" or, for sites with a fractional offset, a quarter
// "2026-01-01T05:15". Split is the channel of a campaign, the medium of a source, else empty. Late is the UTC day
// "2026-01-03" on which something was counted more than a day after its bucket had ended; empty for what came in time. It
// stands in items of its own, so that a figure can be read as it was known on a day; all together are the figure as it is.
type Key struct {
	Site      string
	Dimension Dimension
	Value     string
	Bucket    string
	Split     string
	Late      string
}

// Move is one signed change of one counter.
type Move struct {
	Key
	Measure Measure
	Amount  int64
}
