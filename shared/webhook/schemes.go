package webhook

// How the providers sign that do it in one of the two plain ways. Their headers are named as the vendors' pages and
// libraries name them.
var (
	Stripe       = Stamped{Header: "stripe-signature", Parts: ",", Time: "t", Sig: "v1", Joint: "."} // v0 is of tests and counts for nothing
	Paddle       = Stamped{Header: "paddle-signature", Parts: ";", Time: "ts", Sig: "h1", Joint: ":"}
	Shopify      = Plain{Header: "x-shopify-hmac-sha256", Encoding: Base64}
	LemonSqueezy = Plain{Header: "x-signature", Encoding: Hex}
	Rewardful    = Plain{Header: "x-rewardful-signature", Encoding: Hex}
	Friendbuy    = Plain{Header: "x-friendbuy-hmac-sha256", Encoding: Base64}
	Dub          = Plain{Header: "dub-signature", Encoding: Hex} // whsec_ is part of the key: this is not Standard Webhooks
)
