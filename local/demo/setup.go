package demo

import (
	"context"
	"fmt"
	"net/http"
)

// settings are the site's, in the order in which they are made.
var settings = []struct{ path, body string }{
	{"sites/" + Site, `{"currency":"USD","tz":"UTC","gross_margin":"0.4"}`},
	{"campaigns/brand-search", `{"name":"Brand search","channel":"Paid Search","target_cpa":"25.00","budget":{"amount":"60.00","period":"day"}}`},
	{"campaigns/lookalikes", `{"name":"Lookalikes","channel":"Paid Social","target_roas":"2.5","budget":{"amount":"1500.00","period":"month"}}`},
	{"campaigns/retargeting", `{"name":"Retargeting","channel":"Display","lookback_days":7}`},
	{"campaigns/spring", `{"name":"Spring newsletter","channel":"Email"}`},
	{"campaigns/friends", `{"name":"Friends","channel":"Affiliates"}`},
	{"links/demo-spring", `{"target":"https://shop.example/spring","campaign":"spring","source":"newsletter","medium":"email"}`},
	{"rules/search-is-dear", `{"kpi":"cpa_minor","campaign":"brand-search","over":"7d","above":2500,"at_least":{"visits":50}}`},
	{"rules/visits-fall", `{"kpi":"visits","over":"1d","falls":"0.3","at_least":{"visits":50}}`},
	{"rules/lookalikes-pace", `{"campaign":"lookalikes","pace":{"over":"1.2","under":"0.6"}}`},
}

// providers are the shop's tools.
var providers = []string{"stripe", "sendgrid", "rewardful"}

// setUp makes the site with what belongs to it. What is there already stays as somebody made it.
func (p *Player) setUp(ctx context.Context) error {
	for _, s := range settings {
		address := p.Sender.URL + "/v1/" + s.path
		if s.path != "sites/"+Site {
			address += "?site=" + Site
		}
		status, answer, err := p.Sender.Call(ctx, http.MethodGet, address, nil)
		if err == nil && status == http.StatusNotFound {
			status, answer, err = p.Sender.Call(ctx, http.MethodPut, address, []byte(s.body))
		}
		if err == nil && status >= 300 {
			err = fmt.Errorf("%s: %d %s", address, status, answer)
		}
		if err != nil {
			return err
		}
	}
	for _, provider := range providers {
		if err := p.Sender.Connect(ctx, provider); err != nil {
			return err
		}
	}
	return nil
}
