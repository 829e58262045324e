// Package registry is the one table of all providers of webhooks.
package registry

import (
	"cmp"
	"slices"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/adspend"
	"tributary/shared/webhook/dub"
	"tributary/shared/webhook/firstpromoter"
	"tributary/shared/webhook/friendbuy"
	"tributary/shared/webhook/generic"
	"tributary/shared/webhook/hubspot"
	"tributary/shared/webhook/lemonsqueezy"
	"tributary/shared/webhook/mailgun"
	"tributary/shared/webhook/mapped"
	"tributary/shared/webhook/paddle"
	"tributary/shared/webhook/postback"
	"tributary/shared/webhook/rewardful"
	"tributary/shared/webhook/sendgrid"
	"tributary/shared/webhook/shopify"
	"tributary/shared/webhook/stripe"
	"tributary/shared/webhook/tapfiliate"
)

// table holds every provider by name.
var table = index(
	generic.Providers,
	adspend.Providers,
	[]webhook.Provider{
		dub.Provider,
		firstpromoter.Provider,
		friendbuy.Provider,
		lemonsqueezy.Provider,
		mailgun.Provider,
		mapped.Provider,
		paddle.Provider,
		postback.Provider,
		rewardful.Provider,
		sendgrid.Provider,
		hubspot.Provider,
		shopify.Provider,
		stripe.Provider,
		tapfiliate.Provider,
	},
)

func index(lists ...[]webhook.Provider) map[string]*webhook.Provider {
	m := map[string]*webhook.Provider{}
	for _, list := range lists {
		for i := range list {
			m[list[i].Name] = &list[i]
		}
	}
	return m
}

// Of finds a provider by name; nil when there is none.
func Of(name string) *webhook.Provider { return table[name] }

// All are the providers in order of name.
func All() []*webhook.Provider {
	list := make([]*webhook.Provider, 0, len(table))
	for _, p := range table {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *webhook.Provider) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Names are all providers' names in order.
func Names() string {
	var names []string
	for _, p := range All() {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

// Check refuses a connection that its provider cannot work with; all errors are faults.
func Check(c *settings.Connection) error {
	p := Of(c.Provider)
	if p == nil {
		return fault.New(fault.InvalidField, "provider", "there is no such provider; known are %s", Names())
	}
	return p.CheckConnection(c)
}
