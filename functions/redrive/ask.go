package main

import (
	"io"
	"net/http"
	"time"

	"tributary/shared/settings"
	"tributary/shared/webhook"
)

// Bounds of what is asked of a provider's API.
const (
	askFor   = 4 * time.Second
	askBytes = 1 << 20
)

// asker gets addresses of providers' APIs, which the providers' packages name, never a delivery. It follows no redirect: the
// token is for that host alone.
func asker() webhook.Ask {
	client := &http.Client{Timeout: askFor, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(address string, token settings.Secret) (int, []byte, error) {
		r, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			return 0, nil, err
		}
		r.Header.Set("Authorization", "Bearer "+string(token))
		res, err := client.Do(r)
		if err != nil {
			return 0, nil, err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(io.LimitReader(res.Body, askBytes))
		return res.StatusCode, body, err
	}
}
