package spend

import (
	"strings"

	"tributary/shared/money"
)

// field is what a cell means.
type field string

// Fields of a row; their names are the JSON ones.
const (
	fDay         field = "date"
	fStart       field = "start"
	fEnd         field = "end"
	fPeriod      field = "period" // a week or a month, which is no day
	fAccount     field = "account"
	fAccountID   field = "account_id"
	fCampaign    field = "campaign"
	fCampaignID  field = "campaign_id"
	fAdGroup     field = "ad_group"
	fAdGroupID   field = "ad_group_id"
	fAd          field = "ad"
	fAdID        field = "ad_id"
	fChannel     field = "channel"
	fType        field = "campaign_type"
	fCategory    field = "category"
	fKind        field = "kind"
	fCurrency    field = "currency"
	fCost        field = "cost"
	fMicros      field = "cost_micros"
	fImpressions field = "impressions"
	fClicks      field = "clicks"
	fLinkClicks  field = "link_clicks"
	fConversions field = "platform_conversions"
)

// columnNames are the columns as the platforms write them, in lower case, without what stands in brackets. English, and
// what German accounts export. Sources: the platforms' own column lists; a name that is not here is passed over.
var columnNames = map[string]field{
	"day": fDay, "date": fDay, "tag": fDay, "datum": fDay, "report date": fDay,
	"reporting starts": fStart, "start date": fStart, "report start": fStart, "start": fStart, "auswertungsbeginn": fStart, "beginn des berichts": fStart, "berichtsstart": fStart,
	"reporting ends": fEnd, "end date": fEnd, "report end": fEnd, "end": fEnd, "auswertungsende": fEnd, "ende des berichts": fEnd, "berichtsende": fEnd,
	"week": fPeriod, "month": fPeriod, "quarter": fPeriod, "year": fPeriod, "woche": fPeriod, "monat": fPeriod, "period": fPeriod,
	"account": fAccount, "account name": fAccount, "konto": fAccount, "kontoname": fAccount, "name des werbekontos": fAccount,
	"account id": fAccountID, "account_id": fAccountID, "customer id": fAccountID, "external customer id": fAccountID, "kundennummer": fAccountID, "account-id": fAccountID,
	"campaign": fCampaign, "campaign name": fCampaign, "campaign_name": fCampaign, "kampagne": fCampaign, "kampagnenname": fCampaign, "name der kampagne": fCampaign,
	"campaign id": fCampaignID, "campaign_id": fCampaignID, "kampagnen-id": fCampaignID,
	"ad group": fAdGroup, "ad group name": fAdGroup, "ad_group": fAdGroup, "ad set name": fAdGroup, "ad set": fAdGroup, "anzeigengruppe": fAdGroup, "name der anzeigengruppe": fAdGroup, "anzeigengruppenname": fAdGroup,
	"ad group id": fAdGroupID, "ad_group_id": fAdGroupID, "ad set id": fAdGroupID, "anzeigengruppen-id": fAdGroupID,
	"ad": fAd, "ad name": fAd, "creative name": fAd, "anzeige": fAd, "anzeigenname": fAd, "name der anzeige": fAd,
	"ad id": fAdID, "ad_id": fAdID, "creative id": fAdID, "anzeigen-id": fAdID,
	"channel": fChannel, "kanal": fChannel,
	"campaign type": fType, "campaign_type": fType, "kampagnentyp": fType,
	"category": fCategory, "kategorie": fCategory, "kind": fKind,
	"currency": fCurrency, "currency code": fCurrency, "currency_code": fCurrency, "währung": fCurrency, "währungscode": fCurrency,
	"cost": fCost, "spend": fCost, "amount spent": fCost, "total spent": fCost, "amount": fCost, "kosten": fCost, "ausgegebener betrag": fCost, "gesamtausgaben": fCost,
	"cost_micros": fMicros, "cost micros": fMicros,
	"impressions": fImpressions, "impr.": fImpressions, "impr": fImpressions, "impressionen": fImpressions,
	"clicks": fClicks, "klicks": fClicks,
	"link clicks": fLinkClicks, "link_clicks": fLinkClicks, "link-klicks": fLinkClicks,
	"conversions": fConversions, "conv.": fConversions, "platform_conversions": fConversions, "results": fConversions, "ergebnisse": fConversions,
	"ad_group_name": fAdGroup, "ad_name": fAd, "account_name": fAccount,
}

// header is the line that names the columns.
type header struct {
	columns  []field // by position; empty for what is passed over
	raw      map[string]bool
	currency string // of "Amount spent (USD)"
}

// readHeader reads a line of names; nil when it is none: a header has a cost and something else that is known.
func readHeader(cells []string) *header {
	h := &header{columns: make([]field, len(cells)), raw: map[string]bool{}}
	seen := map[field]bool{}
	for i, c := range cells {
		name, inside := column(c)
		h.raw[strings.ToLower(clean(c))] = true
		f := columnNames[name]
		if f == "" || seen[f] {
			continue
		}
		h.columns[i], seen[f] = f, true
		if f == fCost && isCurrency(inside) {
			h.currency = inside
		}
	}
	if !seen[fCost] && !seen[fMicros] || len(seen) < 2 {
		return nil
	}
	return h
}

// column parts a name from what stands in brackets behind it: "Amount spent (USD)", "Start Date (in UTC)".
func column(c string) (name, inside string) {
	c = clean(c)
	if open := strings.LastIndexByte(c, '('); open > 0 && strings.HasSuffix(c, ")") {
		return strings.ToLower(strings.TrimSpace(c[:open])), strings.TrimSpace(c[open+1 : len(c)-1])
	}
	return strings.ToLower(c), ""
}

func isCurrency(s string) bool {
	_, ok := money.Exponent(s)
	return ok
}

// names counts the cells of a row that say what cost, not how much: a row without any is a total, as Meta writes it.
func (h *header) names(cells map[field]string) int {
	n, has := 0, false
	for _, f := range h.columns {
		switch f {
		case fCampaign, fCampaignID, fAdGroup, fAdGroupID, fAd, fAdID, fChannel, fCategory, fDay:
			has = true
			if cells[f] != "" {
				n++
			}
		}
	}
	if !has {
		return 1 // nothing in this file could say it
	}
	return n
}

// platform tells whose export it is by the names that only it has.
func (h *header) platform(titles []string) string {
	has := func(names ...string) bool {
		for _, n := range names {
			if h.raw[n] {
				return true
			}
		}
		return false
	}
	for name := range h.raw {
		if strings.HasPrefix(name, "amount spent") || strings.HasPrefix(name, "ausgegebener betrag") {
			return Meta
		}
	}
	switch {
	case has("total spent", "gesamtausgaben") && has("start date (in utc)", "start date", "campaign group name", "campaign group id"):
		return LinkedIn
	case has("impr.", "currency code", "währungscode"):
		return Google
	}
	for _, t := range titles {
		if strings.HasSuffix(strings.ToLower(t), "campaign report") || strings.EqualFold(t, "Kampagnenbericht") {
			return Google
		}
	}
	return Other
}
