package main

import (
	"context"
	"net/http"
	"net/url"

	"tributary/shared/alert"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
)

// maxAlerts is how many alerts one answer holds.
const maxAlerts = 1000

// alertsAnswer is the body of GET /v1/alerts.
type alertsAnswer struct {
	Site   string        `json:"site"`
	Alerts []alert.Alert `json:"alerts"`
	Next   string        `json:"next,omitempty"` // goes on with next=
}

// alerts lists what rules have raised, the latest first.
func (s *server) alerts(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	site, q, err := s.asked(ctx, r)
	if err != nil {
		return httpapi.Response{}, err
	}
	state, limit, err := alertQuery(q)
	if err != nil {
		return httpapi.Response{}, err
	}
	list, err := s.store.Alerts(ctx, site.ID, state, q.Get("next"), limit+1)
	if err != nil {
		return httpapi.Response{}, err
	}
	a := alertsAnswer{Site: site.ID, Alerts: list}
	if len(list) > limit {
		a.Alerts, a.Next = list[:limit], list[limit-1].ID
	}
	return httpapi.JSON(http.StatusOK, a), nil
}

// alertQuery reads the parameters; state is empty for all.
func alertQuery(q url.Values) (state string, limit int, err error) {
	switch state = q.Get("state"); state {
	case "", "all":
		state = ""
	case alert.Raised, alert.Cleared:
	default:
		return "", 0, fault.Query("state", "write raised, cleared or all")
	}
	if next := q.Get("next"); next != "" && !alert.IsID(next) {
		return "", 0, fault.Query("next", "it must be the next of the answer before")
	}
	limit, err = limitOf(q, 100, maxAlerts)
	return state, limit, err
}
