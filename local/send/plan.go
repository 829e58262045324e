package send

// plan is what is the provider's own: where its fixtures have what a change sets, how it signs, what its connection needs.
type plan struct {
	sign     func(d *Delivery, secret string)
	secret   func(seed string) (secret, stored string) // what signs, and what the connection stores; nil: one random text
	settings string                                    // further members of the connection's JSON
	get      bool
	body     map[string]string // events of providers that have no fixtures

	fresh, order, value, currency, email, anonymous, user []string
}

// conversion is what a sender of Tributary's own fields sends.
const conversion = `{"id":"evt_11111111","type":"conversion","timestamp":"2026-03-01T12:00:00Z","order_id":"o-1","value":"42.00","currency":"USD","user_id":"u-1","anonymous_id":"a-1"}`

const part = `{"id":"evt_33333333","type":"refund","timestamp":"2026-03-02T12:00:00Z","order_id":"o-1","value":"10.00","currency":"USD"}`

const refund = `{"id":"evt_22222222","type":"refund","timestamp":"2026-03-02T12:00:00Z","order_id":"o-1"}`

// own are the paths of Tributary's own fields.
func own(sign func(d *Delivery, secret string), settings string) plan {
	return plan{
		sign: sign, settings: settings, body: map[string]string{"conversion": conversion, "refund": refund, "refund.part": part}, fresh: []string{"id"},
		order: []string{"order_id"}, value: []string{"value!"}, currency: []string{"currency"}, email: []string{"email"}, anonymous: []string{"anonymous_id"}, user: []string{"user_id"},
	}
}

// mapping is what the laptop's connection of the provider mapped reads the same events by.
const mapping = `"mapping":{"rules":[{"type":{"path":"type"},"fields":{"id":"id","time":{"path":"timestamp","as":"datetime"},"order_id":"order_id","value":"value","currency":"currency","user_id":"user_id","anonymous_id":"anonymous_id"}}]}`

// plans of all providers, by name.
var plans = map[string]plan{
	"standard": with(own(signStandard, ""), func(p *plan) { p.secret = standardSecret }),
	"hmac":     own(signHeader("X-Signature", false), `"header":"X-Signature"`),
	"token":    own(signBearer, ""),
	"mapped":   own(signBearer, mapping),
	"stripe": {
		sign: signStripe, fresh: []string{"id"}, order: []string{"data.object.metadata.order_id"}, email: []string{"data.object.customer_details.email", "data.object.customer_email"},
		value:    []string{"data.object.amount_total", "data.object.amount_paid", "data.object.amount_received", "data.object.amount"},
		currency: []string{"data.object.currency"}, anonymous: []string{"data.object.client_reference_id"},
	},
	"shopify": {
		sign: signShopify, value: []string{"total_price!", "current_total_price!", "total_price_set.shop_money.amount!", "current_total_price_set.shop_money.amount!", "transactions.*.amount!"},
		email: []string{"email", "contact_email"},
	},
	"hubspot":  {sign: signHubSpot, fresh: []string{"*.eventId"}},
	"sendgrid": {sign: signSendGrid, secret: sendgridSecret, fresh: []string{"*.sg_event_id"}, email: []string{"*.email"}, user: []string{"*.user_id"}},
	"mailgun":  {sign: signMailgun, fresh: []string{"event-data.id", "signature.token"}, email: []string{"event-data.recipient"}, user: []string{"event-data.user-variables.user_id"}},
	"paddle": {
		sign: signPaddle, fresh: []string{"event_id", "notification_id"}, order: []string{"data.custom_data.order_id"}, anonymous: []string{"data.custom_data.anonymous_id"}, user: []string{"data.custom_data.user_id"},
		value: []string{"data.details.totals.grand_total", "data.totals.total"}, currency: []string{"data.currency_code", "data.details.totals.currency_code", "data.totals.currency_code"},
	},
	"lemonsqueezy": {
		sign: signHeader("X-Signature", false), order: []string{"meta.custom_data.order_id"}, anonymous: []string{"meta.custom_data.anonymous_id"}, user: []string{"meta.custom_data.user_id"},
		value: []string{"data.attributes.total"}, currency: []string{"data.attributes.currency"}, email: []string{"data.attributes.user_email"},
	},
	"rewardful": {
		sign: signHeader("X-Rewardful-Signature", false), fresh: []string{"event.id"}, order: []string{"object.external_id", "object.sale.external_id"},
		value: []string{"object.sale_amount_cents"}, email: []string{"object.customer.email", "object.referral.customer.email"},
	},
	"friendbuy": {
		sign: signHeader("X-Friendbuy-Hmac-SHA256", true), fresh: []string{"id"}, order: []string{"data.*.rewardTrigger.orderId"}, value: []string{"data.*.rewardAmount!"}, email: []string{"data.*.emailAddress"},
	},
	"dub": {
		sign: signHeader("Dub-Signature", false), fresh: []string{"id"}, order: []string{"data.sale.invoiceId", "data.invoiceId"},
		value: []string{"data.sale.amount"}, currency: []string{"data.sale.currency"}, email: []string{"data.customer.email"}, user: []string{"data.customer.externalId"},
	},
	"firstpromoter": {
		sign: signBearer, settings: `"referral":{"currency":"USD"}`, fresh: []string{"event.id", "event_id"}, order: []string{"data.event_id"}, value: []string{"data.conversion_amount", "data.sale_amount"},
		email: []string{"data.email", "data.lead.email"}, user: []string{"data.uid", "data.lead.uid"},
	},
	"tapfiliate": {sign: signBearer, order: []string{"external_id"}, value: []string{"amount!"}, user: []string{"customer.customer_id"}},
	"postback": {
		sign: signQuery, get: true, settings: `"postback":{"payout":"revenue","currency":"USD"}`,
		body: map[string]string{
			"pending":  `{"txid":"t-1","status":"pending","payout":"10.00","click_id":"a-1","timestamp":1772366400}`,
			"approved": `{"txid":"t-1","status":"approved","payout":"10.00","click_id":"a-1","timestamp":1772366400}`,
			"rejected": `{"txid":"t-1","status":"rejected","click_id":"a-1","timestamp":1772366400}`,
		},
		order: []string{"txid"}, value: []string{"payout!"}, currency: []string{"currency"}, anonymous: []string{"click_id"},
	},
	"spend": {
		sign: signBearer, settings: `"spend":{"currency":"USD"}`,
		body:  map[string]string{"rows": `{"rows":[{"date":"2026-03-01","campaign":"spring","channel":"Paid Search","cost":"25.00","impressions":1200,"clicks":36}]}`},
		value: []string{"rows.*.cost!"}, currency: []string{"rows.*.currency"},
	},
}

func with(p plan, change func(p *plan)) plan {
	change(&p)
	return p
}

// Providers are the names of all that can be played.
func Providers() []string { return sortedKeys(plans) }
