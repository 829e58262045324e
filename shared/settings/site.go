// Package settings is what users set by PUT /v1/… (contract.md section 3): sites, goals, campaigns, links, keys. Bodies
// are read strictly when they are written and loosely when they are read back, so that an older function passes over
// what a newer one has added. Pure and light: hot functions link it.
package settings

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tributary/shared/attribution"
	"tributary/shared/consent"
	"tributary/shared/fault"
	"tributary/shared/money"
	"tributary/shared/names"
)

// DefaultID is the site that exists without being made.
const DefaultID = "default"

// Ways of counting revenue (Site.Revenue).
const (
	RevenueTotal               = "total"
	RevenueNetOfTax            = "net_of_tax"
	RevenueNetOfTaxAndShipping = "net_of_tax_and_shipping"
)

// Site is a site's settings. Decimals are kept as the text that was sent.
type Site struct {
	ID           string   `json:"id"`
	Currency     string   `json:"currency"` // ISO 4217; figures are in it
	FX           []FXRate `json:"fx"`
	TZ           string   `json:"tz"` // IANA name; days are days there
	GrossMargin  string   `json:"gross_margin"`
	ActiveDays   int      `json:"active_days"`
	TouchTypes   []string `json:"touch_types"` // event types that are credited
	Model        string   `json:"model"`
	LookbackDays int      `json:"lookback_days"`
	HalfLifeDays int      `json:"half_life_days"`

	// ViewLookbackDays is the look-back of impressions, where they are touches at all (view-through).
	ViewLookbackDays int `json:"view_lookback_days"`
	// ExcludeDirect leaves Direct out of a path that has another touch, as GA4 does.
	ExcludeDirect bool `json:"exclude_direct_unless_only"`
	// ResetAfterConversion credits only touches after the person's conversion before.
	ResetAfterConversion bool `json:"reset_after_conversion"`

	Consent    consent.Policy `json:"consent"`     // what is kept of visitors who object
	PageParams []string       `json:"page_params"` // query parameters of pages that are kept too
	// NamesADay are the bounds of names that visitors bring up, where they differ from the default; see package names.
	NamesADay map[names.Dimension]int `json:"names_a_day,omitempty"`

	RetentionDays int      `json:"retention_days"`
	Domains       []string `json:"domains"`
	// PaymentHosts are hosts that visitors are only sent through: who comes back from one is no referral.
	PaymentHosts []string `json:"payment_hosts"`
	Revenue      string   `json:"revenue"`
	AppKeySHA256 string   `json:"app_key_sha256,omitempty"` // hex; the key itself is never kept
	ZoneData     []byte   `json:"zone_data,omitempty"`      // TZ as zoneData wrote it
	// Matches are those of the site's goals, kept with the site so that a door reads one item.
	Matches []GoalMatch `json:"matches,omitempty"`
	// CampaignTypes are the TypesOf the site's campaigns, kept with the site for journey, which reads one item likewise.
	CampaignTypes [][]string `json:"campaign_types,omitempty"`

	location   *time.Location
	fractional bool
}

// defaultViewDays is one day, as the ad platforms have it: an ad that was only seen is soon forgotten.
const defaultViewDays = 1

// paymentHosts are those of a site that names none: where people pay, confirm a card or sign in, and come back from.
func paymentHosts() []string {
	return []string{
		"paypal.com", "checkout.stripe.com", "buy.stripe.com", "hooks.stripe.com", "pay.google.com", "shop.app", "checkout.shopify.com",
		"pay.shopify.com", "pay.klarna.com", "payments.klarna.com", "pay.amazon.com", "payments.amazon.com", "checkoutshopper-live.adyen.com",
		"checkout.adyen.com", "pay.mollie.com", "buy.paddle.com", "checkout.paddle.com", "lemonsqueezy.com", "checkout.afterpay.com",
		"checkout.razorpay.com", "secure.worldpay.com", "appleid.apple.com", "accounts.google.com",
	}
}

// reportsOnly are the models that need all paths of a period.
var reportsOnly = []string{"markov_order_1", "markov_order_2", "markov_order_3", "shapley"}

// touchTypes are the event types that may be credited.
var touchTypes = []string{"visit", "click", "impression", "email_clicked", "email_opened"}

// CheckID refuses an id that cannot be part of a key and a path.
func CheckID(field, id string) error {
	if id != "" && len(id) <= 64 && strings.Trim(id, letters+".") == "" {
		return nil
	}
	return invalid(field, "%q is no id: use 1 to 64 of A-Z a-z 0-9 . _ -", fault.Clip(id))
}

// letters may stand in an id, besides the dot.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// DefaultSite is a site that nobody has set.
func DefaultSite(id string) Site {
	return Site{
		ID: id, Currency: "USD", FX: []FXRate{}, TZ: "UTC", GrossMargin: "0.4", ActiveDays: 45, TouchTypes: []string{"visit"},
		Model: "last_touch", LookbackDays: 30, HalfLifeDays: 7, ViewLookbackDays: defaultViewDays, RetentionDays: 400, Domains: []string{},
		PaymentHosts: paymentHosts(), Revenue: RevenueTotal,
		Consent: consent.Default(), PageParams: []string{}, location: time.UTC,
	}
}

// ParseSite reads the body of a PUT. What it leaves out is the default, but for the app key: was's stays until another
// or null is sent, as nobody can read it to send it again. All errors are faults.
func ParseSite(id string, body []byte, was Site) (Site, error) {
	s := DefaultSite(id)
	s.AppKeySHA256, s.Matches, s.CampaignTypes = was.AppKeySHA256, was.Matches, was.CampaignTypes
	if err := CheckID("id", id); err != nil {
		return Site{}, err
	}
	if err := parse(body, s.fields()); err != nil {
		return Site{}, err
	}
	if err := checkFX(s.FX, s.Currency); err != nil {
		return Site{}, err
	}
	loc, err := loadZone(s.TZ)
	if err != nil {
		return Site{}, err
	}
	s.ZoneData = zoneData(s.TZ, loc)
	if err := s.prepare(); err != nil {
		return Site{}, err
	}
	return s, nil
}

// fields are the readers of a site's body.
func (s *Site) fields() fields {
	return fields{
		"id": sameID(s.ID), "app_key_set": ignored,
		"currency":       checked(&s.Currency, 3, isCurrency),
		"fx":             s.readFX(),
		"tz":             text(&s.TZ, 64),
		"gross_margin":   decimal(&s.GrossMargin, isShare),
		"active_days":    whole(&s.ActiveDays, 1, 400),
		"touch_types":    texts(&s.TouchTypes, len(touchTypes), 32, oneOf(touchTypes...)),
		"model":          checked(&s.Model, 32, isModel),
		"lookback_days":  whole(&s.LookbackDays, 1, 90),
		"half_life_days": whole(&s.HalfLifeDays, 1, 90),

		"view_lookback_days":         whole(&s.ViewLookbackDays, 1, 90),
		"exclude_direct_unless_only": flag(&s.ExcludeDirect),
		"reset_after_conversion":     flag(&s.ResetAfterConversion),

		"consent":     s.readConsent,
		"page_params": texts(&s.PageParams, 50, 64, anyText),
		"names_a_day": s.readNamesADay,

		"retention_days": whole(&s.RetentionDays, 1, 5000),
		"domains":        texts(&s.Domains, 100, 253, isDomain),
		"payment_hosts":  texts(&s.PaymentHosts, 100, 253, isDomain),
		"revenue":        checked(&s.Revenue, 32, oneOf(RevenueTotal, RevenueNetOfTax, RevenueNetOfTaxAndShipping)),
		"app_key":        s.readAppKey,
	}
}

// readAppKey keeps the hash of a key that the site's apps send; null removes it.
func (s *Site) readAppKey(field string, raw json.RawMessage) error {
	if string(raw) == "null" {
		s.AppKeySHA256 = ""
		return nil
	}
	var key string
	if err := text(&key, 256)(field, raw); err != nil {
		return err
	}
	if len(key) < 16 {
		return invalid(field, "it must have at least 16 characters, else it is guessed")
	}
	s.AppKeySHA256 = KeyHash(key)
	return nil
}

// DecodeSite reads a site as it is stored.
func DecodeSite(body []byte) (Site, error) {
	s := Site{}
	if err := json.Unmarshal(body, &s); err != nil {
		return Site{}, fmt.Errorf("settings: site: %w", err)
	}
	if s.ViewLookbackDays == 0 { // stored before there was any
		s.ViewLookbackDays = defaultViewDays
	}
	if s.PaymentHosts == nil { // likewise; a site without any has an empty list
		s.PaymentHosts = paymentHosts()
	}
	if s.Consent == (consent.Policy{}) { // likewise
		s.Consent, s.PageParams = consent.Default(), []string{}
	}
	return s, s.prepare()
}

// prepare makes the location, so that nothing is parsed once events come.
func (s *Site) prepare() error {
	loc, err := location(s.TZ, s.ZoneData)
	if err != nil {
		return fmt.Errorf("settings: site %q: %w", s.ID, err)
	}
	s.location, s.fractional = loc, fractional(loc)
	return nil
}

// Location is the site's time zone.
func (s *Site) Location() *time.Location {
	if s.location != nil {
		return s.location
	}
	loc, err := location(s.TZ, s.ZoneData)
	if err != nil {
		return time.UTC // a site made without ParseSite or DecodeSite; both refuse an unknown zone
	}
	return loc
}

// Fractional reports a zone whose days do not begin at a full UTC hour: its figures are kept by quarter hour.
func (s *Site) Fractional() bool {
	return s.fractional || s.location == nil && fractional(s.Location())
}

// Day is the day of a time (Unix milliseconds) in the site's zone, as 2026-01-31.
func (s *Site) Day(atMs int64) string {
	return time.UnixMilli(atMs).In(s.Location()).Format(time.DateOnly)
}

// View is a site as it may be shown: without the hash of its app key and without the zone's bytes.
func (s Site) View() any {
	type shown Site
	v := struct {
		shown
		AppKeySet bool `json:"app_key_set"`
	}{shown: shown(s), AppKeySet: s.AppKeySHA256 != ""}
	v.AppKeySHA256, v.ZoneData, v.Matches, v.CampaignTypes = "", nil, nil, nil
	return v
}

func isModel(field, s string) error {
	var known []string
	for _, m := range attribution.Models() {
		known = append(known, string(m))
	}
	names := strings.Join(known, ", ")
	switch {
	case attribution.Model(s).Known():
		return nil
	case slices.Contains(reportsOnly, s):
		return fault.New(fault.ModelInReports, field, "%s needs all paths of a period and stands in reports only; choose one of %s", s, names)
	}
	return invalid(field, "%q is not available as a model here; choose one of %s", fault.Clip(s), names)
}

func isCurrency(field, s string) error {
	if _, ok := money.Exponent(s); !ok {
		return at(field, money.UnknownCurrency(s))
	}
	return nil
}

// isShare accepts a decimal from 0 to 1 of at most four decimals.
func isShare(s string) error {
	whole, frac, dot := strings.Cut(s, ".")
	digits := strings.Trim(frac, "0123456789") == "" && len(frac) <= 4 && dot == (frac != "")
	if digits && (whole == "0" || whole == "1" && strings.Trim(frac, "0") == "") {
		return nil
	}
	return invalid("", "it must be a decimal from 0 to 1 like \"0.4\", with at most 4 decimals")
}

func isDomain(field, s string) error {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || label != strings.Trim(label, "-") {
			return invalid(field, "%q is no host name; write it in small letters without https:// and path, like shop.example.com", fault.Clip(s))
		}
	}
	return nil
}

// sameID accepts an id in the body where it is the path's.
func sameID(id string) reader {
	return func(field string, raw json.RawMessage) error {
		var s string
		if json.Unmarshal(raw, &s) != nil || s != id {
			return invalid(field, "it must be the id of the path, %q, or left out", id)
		}
		return nil
	}
}
