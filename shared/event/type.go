package event

// known are the canonical types of the contract's table.
var known = []string{
	"impression", "click", "visit", "page_view", "view_item", "add_to_cart", "begin_checkout",
	"email_sent", "email_delivered", "email_deferred", "email_bounced", "email_opened", "email_clicked", "email_complained",
	"email_unsubscribed", "identify", "lead", "opportunity", "opportunity_lost", "conversion", "refund", "refund_reversed",
	"cancel", "rating", "invite", "invite_signup", "reward", "reward_reversed", "social_post", "social_engagement", "spend",
}
