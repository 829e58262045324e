package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
)

// unmatchedSpend is spend under a name that no campaign answers to.
type unmatchedSpend struct {
	Campaign string `json:"campaign"`
	Channel  string `json:"channel,omitempty"`
	Media    int64  `json:"media_cost_micros"`
	Other    int64  `json:"other_cost_micros"`
}

// traffic are the figures of which any shows that people came by a campaign's name.
var traffic = []string{"impressions", "clicks", "visits", "page_views", "leads", "conversions_micro"}

// campaigns answers GET /v1/campaigns: the settings or, with unmatched=1, the spend of a period (from, to, last, tz; the last
// 28 days) that met no campaign: its name is neither a campaign nor an alias of one, and nobody came by it.
func (s *server) campaigns(settings httpapi.Handler) httpapi.Handler {
	return func(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
		params, err := httpapi.Query(r)
		if err != nil {
			return httpapi.Response{}, err
		}
		switch params.Get("unmatched") {
		case "", "0":
			return taking(settings, "unmatched", "site", "after")(ctx, r)
		case "1":
			if err := fault.Params(params, "unmatched", "site", "from", "to", "last", "tz"); err != nil {
				return httpapi.Response{}, err
			}
			return s.unmatched(ctx, params)
		}
		return httpapi.Response{}, fault.Query("unmatched", "%q is neither 1 nor 0", fault.Clip(params.Get("unmatched")))
	}
}

func (s *server) unmatched(ctx context.Context, params url.Values) (httpapi.Response, error) {
	params.Del("unmatched")
	params.Set("by", "campaign,channel")
	if params.Get("last") == "" && params.Get("from") == "" {
		params.Set("last", "28d")
	}
	params.Set("kpis", strings.Join(traffic, ",")+",media_cost_micros,other_cost_micros")
	q, err := s.query(ctx, params)
	if err != nil {
		return httpapi.Response{}, err
	}
	a, err := s.figures.KPIs(ctx, q)
	if err != nil {
		return httpapi.Response{}, err
	}
	known, err := s.knownCampaigns(ctx, q.Site.ID)
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.JSON(http.StatusOK, map[string]any{
		"from": a.From, "to": a.To, "tz": a.TZ, "currency": a.Currency,
		"unmatched": unmatchedOf(a.Rows, known), "unconverted": a.Unconverted,
	}), nil
}

// knownCampaigns are the ids of the site's campaigns; spend under an alias is under its id already.
func (s *server) knownCampaigns(ctx context.Context, site string) (map[string]bool, error) {
	list, err := s.store.Campaigns(ctx, site)
	if err != nil {
		return nil, fmt.Errorf("api: campaigns: %w", err)
	}
	known := map[string]bool{}
	for i := range list {
		known[list[i].ID] = true
	}
	return known, nil
}

// unmatchedOf keeps the rows with cost whose campaign is not known, the dearest first.
func unmatchedOf(rows []map[string]any, known map[string]bool) []unmatchedSpend {
	for _, row := range rows {
		for _, name := range traffic {
			campaign, named := row["campaign"].(string)
			if n, _ := row[name].(int64); named && n != 0 {
				known[campaign] = true
			}
		}
	}
	list := []unmatchedSpend{}
	for _, row := range rows {
		name, _ := row["campaign"].(string)
		channel, _ := row["channel"].(string)
		if media, other := micros(row, "media"), micros(row, "other"); !known[name] && (media != 0 || other != 0) {
			list = append(list, unmatchedSpend{Campaign: name, Channel: channel, Media: media, Other: other})
		}
	}
	slices.SortStableFunc(list, func(a, b unmatchedSpend) int {
		return cmp.Or(cmp.Compare(b.Media+b.Other, a.Media+a.Other), cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(a.Channel, b.Channel))
	})
	return list
}

func micros(row map[string]any, kind string) int64 {
	n, _ := row[kind+"_cost_micros"].(int64)
	return n
}
