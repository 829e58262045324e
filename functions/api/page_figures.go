package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
	"tributary/shared/settings"
)

// figure is one of today's numbers.
type figure struct{ Name, Value string }

// pageKPIs are the figures of the page, by the names of contract.md section 4.
const pageKPIs = "impressions,clicks,visits,page_views,conversions,revenue_gross_minor,revenue_net_minor,media_cost_micros,ctr,roas_gross"

// figures asks for today's numbers exactly as GET /v1/kpis would be asked. A refusal is shown in their place.
func (s *server) today(ctx context.Context, r *httpapi.Request, site *settings.Site) ([]figure, string, error) {
	q := *r
	q.RawPath = "/v1/kpis"
	q.RawQueryString = url.Values{"site": {site.ID}, "kpis": {pageKPIs}}.Encode()
	res, err := s.kpis(ctx, &q)
	if f := fault.Of(err); f != nil {
		return nil, f.Error(), nil
	}
	if err != nil {
		return nil, "", err
	}
	if res.StatusCode != http.StatusOK {
		return nil, res.Body, nil
	}
	figures, err := readFigures(res.Body)
	return figures, "", err
}

// readFigures takes the one row of an answer apart, in the order asked for.
func readFigures(body string) ([]figure, error) {
	var answer struct {
		Currency string                       `json:"currency"`
		Rows     []map[string]json.RawMessage `json:"rows"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return nil, fmt.Errorf("api: page: kpis: %w", err)
	}
	if len(answer.Rows) == 0 {
		return nil, nil
	}
	var figures []figure
	for name := range strings.SplitSeq(pageKPIs, ",") {
		if raw, ok := answer.Rows[0][name]; ok {
			figures = append(figures, figureOf(name, string(raw), answer.Currency))
		}
	}
	return figures, nil
}

// figureOf writes a figure with its unit; what does not exist is a dash.
func figureOf(name, raw, currency string) figure {
	title, unit := name, ""
	for _, suffix := range []string{"_minor", "_micros"} {
		if cut, ok := strings.CutSuffix(name, suffix); ok {
			title, unit = cut, suffix
		}
	}
	f := figure{Name: strings.ReplaceAll(title, "_", " "), Value: raw}
	n, err := strconv.ParseInt(raw, 10, 64)
	switch {
	case raw == "null":
		f.Value = "–"
	case err != nil: // a ratio, or an average of minor units, which the page does not ask for
		f.Value = clipDigits(raw)
	case unit == "_minor":
		f.Value = amount(n, currency)
	case unit == "_micros":
		f.Value = shifted(n, 6) + " " + currency
	}
	return f
}

// clipDigits keeps four decimals of a ratio; the page shows, the API counts.
func clipDigits(raw string) string {
	if dot := strings.IndexByte(raw, '.'); dot >= 0 && len(raw) > dot+5 && !strings.ContainsAny(raw, "eE") {
		return raw[:dot+5]
	}
	return raw
}
