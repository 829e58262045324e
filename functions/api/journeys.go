package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"tributary/shared/attribution"
	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/journey"
	"tributary/shared/settings"
)

// journeyAnswer is what GET /v1/journeys/{id} says (contract.md section 4). Amounts are minor units of the currency beside
// them, the site's.
type journeyAnswer struct {
	Person      *string         `json:"person"` // null for a sale without any id of a person
	IDs         []string        `json:"ids"`
	Touches     []touchRow      `json:"touches"`
	Conversions []conversionRow `json:"conversions"`
}

type touchRow struct {
	ID       string            `json:"id"`
	Time     string            `json:"time"`
	Type     string            `json:"type"`
	Channel  string            `json:"channel"`
	Campaign string            `json:"campaign"`
	ClickIDs map[string]string `json:"click_ids"`
}

type conversionRow struct {
	OrderID  *string                           `json:"order_id"` // null for a conversion without one
	Aliases  []string                          `json:"order_aliases,omitempty"`
	EventID  string                            `json:"event_id"`
	Goal     string                            `json:"goal"`
	Kind     string                            `json:"kind,omitempty"`
	Time     string                            `json:"time"`
	Value    int64                             `json:"value_minor"`
	Net      int64                             `json:"net_value_minor"`
	Currency string                            `json:"currency"`
	Touches  []touchRow                        `json:"touches"` // the eligible ones
	Credit   map[attribution.Model][]creditRow `json:"credit"`  // in the order of touches
}

type creditRow struct {
	Micro int64 `json:"conversions_micro"`
	Value int64 `json:"value_minor"`
}

// journeys answers what is known of one person, made live from Events by the code that makes the records.
func (s *server) journeys(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	q, err := httpapi.Query(r)
	if err != nil {
		return httpapi.Response{}, err
	}
	site, id := q.Get("site"), r.PathParameters["id"]
	if site == "" {
		site = settings.DefaultID
	}
	if err := settings.CheckID("site", site); err != nil {
		return httpapi.Response{}, err
	}
	if id == "" || len(id) > maxPersonID {
		return httpapi.Response{}, fault.New(fault.InvalidField, "id", "name a person by any id of 1 to %d bytes", maxPersonID)
	}
	look := journey.Restater{Links: s.store, Records: s.store, Events: s.store, Settings: s.store, Now: s.now}
	v, found, err := look.Look(ctx, site, journey.Candidates(id))
	switch {
	case err != nil:
		return httpapi.Response{}, err
	case !found:
		if err := s.siteIfEmpty(ctx, q, 0); err != nil {
			return httpapi.Response{}, err
		}
		return httpapi.Response{}, fault.New(fault.NotFound, "id",
			"nothing is known of this id; a user, anonymous or provider's id, an e-mail address, a phone number with its country code or an order is looked for")
	}
	return httpapi.JSON(http.StatusOK, answerOf(v)), nil
}

// maxPersonID is what an id may have in bytes to be part of a key.
const maxPersonID = 1024

func answerOf(v journey.View) journeyAnswer {
	a := journeyAnswer{IDs: []string{}, Touches: touchRows(v.Touches), Conversions: []conversionRow{}}
	if v.Person != "" {
		person := plain(v.Person)
		a.Person = &person
	}
	for _, id := range v.IDs {
		a.IDs = append(a.IDs, plain(id))
	}
	for i := range v.Conversions {
		a.Conversions = append(a.Conversions, conversionOf(&v.Conversions[i]))
	}
	return a
}

func conversionOf(c *journey.Conversion) conversionRow {
	touches := c.Eligible(c.Lookback)
	row := conversionRow{
		Aliases: c.Aliases, EventID: c.Event, Goal: c.Goal, Kind: c.Kind, Time: instant(c.Time), Value: c.Value, Net: c.Net, Currency: c.Currency,
		Touches: touchRows(touches), Credit: map[attribution.Model][]creditRow{},
	}
	if c.Order != "" {
		row.OrderID = &c.Order
	}
	for _, m := range attribution.Models() {
		row.Credit[m] = []creditRow{}
		for _, credit := range c.Credits(m, touches) {
			row.Credit[m] = append(row.Credit[m], creditRow{credit.Micro, credit.Value})
		}
	}
	return row
}

func touchRows(touches []journey.Touch) []touchRow {
	rows := make([]touchRow, 0, len(touches))
	for _, t := range touches {
		row := touchRow{ID: t.ID, Time: instant(t.Time), Type: t.Type, Channel: t.Channel, Campaign: t.Campaign, ClickIDs: t.ClickIDs}
		if row.Type == "" {
			row.Type = "visit"
		}
		if row.ClickIDs == nil {
			row.ClickIDs = map[string]string{}
		}
		rows = append(rows, row)
	}
	return rows
}

// plain is an id as it was sent (or its hash), without the letter of its type.
func plain(id string) string {
	_, rest, _ := strings.Cut(id, "#")
	return rest
}

// instant is a time in Unix milliseconds as RFC 3339.
func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
