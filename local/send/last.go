package send

import (
	"net/http"
	"strings"
	"time"

	"tributary/shared/event"
	"tributary/shared/settings"
	"tributary/shared/webhook"
	"tributary/shared/webhook/registry"
)

// lastEvent is when the latest event of a fixture was, as the provider's own reader tells: a delivery is made seconds after what it
// tells of, and some tell of days before. Zero where no event says when it was.
func lastEvent(provider, name string, raw []byte) (last time.Time) {
	p := registry.Of(provider)
	if p == nil || p.Read == nil || plans[provider].get {
		return last
	}
	s := Sender{}
	signs, stored := s.secret(provider)
	c, err := settings.ParseConnection(s.connection(provider), []byte(plans[provider].connection(provider, stored, "")), settings.DefaultID, settings.Connection{})
	if err != nil {
		return last
	}
	d := &Delivery{Header: http.Header{}, Body: raw, Event: name} // signed, because some say in a header what the body is about
	plans[provider].sign(d, signs)
	in := &webhook.Delivery{Body: d.Body, Header: map[string]string{}}
	for header := range d.Header {
		in.Header[strings.ToLower(header)] = d.Header.Get(header)
	}
	told, err := p.Read(&c, in)
	if err != nil {
		return last
	}
	for _, draft := range told.Events {
		e, err := event.FromFields(draft, event.Door{Trust: event.TrustWebhook, NewID: func() string { return "x" }})
		if err == nil && e.Time > 0 && time.UnixMilli(e.Time).After(last) {
			last = time.UnixMilli(e.Time)
		}
	}
	return last
}
