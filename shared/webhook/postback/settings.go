package postback

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/money"
)

// What a payout is.
const (
	asCost    = "cost"
	asRevenue = "revenue"
)

// States of a conversion.
const (
	pending  = "pending"
	approved = "approved"
	rejected = "rejected"
)

// says is what a connection says of its postbacks.
type says struct {
	Payout   string              `json:"payout"`   // cost (of the advertiser, the default) or revenue (of the publisher)
	Sales    bool                `json:"sales"`    // cost only: nobody but the network reports the sale, whose value is amount
	Currency string              `json:"currency"` // where the network names none
	Channel  string              `json:"channel"`  // of cost; Affiliates
	Campaign string              `json:"campaign"` // of cost, where no parameter says it
	Goal     string              `json:"goal"`     // of revenue and sales; purchase
	Click    string              `json:"click"`    // what click_id is: anonymous_id (the default), user_id, or a click id's name like gclid
	Params   map[string]string   `json:"params"`   // our name -> the network's
	Statuses map[string][]string `json:"statuses"` // pending, approved, rejected -> the network's words
}

// names are what a postback tells, each with the parameters that it is looked for under where the connection does not say.
var names = map[string][]string{
	"click_id": {"click_id", "clickid", "cid", "subid", "sub_id", "sub1", "aff_sub"},
	"payout":   {"payout", "commission", "payout_amount"},
	"status":   {"status", "state"},
	"txid":     {"txid", "transaction_id", "tid", "conversion_id", "action_id"},
	"amount":   {"amount", "sale_amount"},
	"currency": {"currency", "currency_code"},
	"order_id": {"order_id", "oid"},
	"time":     {"time", "timestamp", "datetime"},
	"campaign": {"campaign", "campaign_id", "offer_id"},
	"goal":     {"goal", "event", "et"},
}

// words are the networks' for each state, in lower case. A postback without a status tells of what is approved.
var words = map[string]string{
	"": approved, "approved": approved, "approve": approved, "accepted": approved, "confirmed": approved, "paid": approved, "locked": approved, "payable": approved, "closed": approved,
	"pending": pending, "open": pending, "new": pending, "hold": pending, "on_hold": pending, "waiting": pending, "initiated": pending, "extended": pending,
	"rejected": rejected, "reject": rejected, "declined": rejected, "denied": rejected, "reversed": rejected, "cancelled": rejected, "canceled": rejected, "void": rejected, "invalid": rejected, "deleted": rejected, "trash": rejected, "corrected": rejected,
}

// parse reads the settings; all errors are faults.
func parse(raw []byte) (*says, error) {
	s := &says{}
	if len(raw) > 0 {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(s); err != nil {
			return nil, fault.New(fault.InvalidField, "postback", `it must be like {"payout":"cost","currency":"USD"}: %s`, strings.TrimPrefix(err.Error(), "json: "))
		}
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			return nil, fault.New(fault.InvalidField, "postback", "there is more behind its closing brace")
		}
	}
	for value, otherwise := range map[*string]string{&s.Payout: asCost, &s.Channel: "Affiliates", &s.Goal: "purchase", &s.Click: "anonymous_id"} {
		if *value == "" {
			*value = otherwise
		}
	}
	return s, s.check()
}

func (s *says) check() error {
	switch _, known := money.Exponent(s.Currency); {
	case s.Payout != asCost && s.Payout != asRevenue:
		return fault.New(fault.InvalidField, "postback.payout", "a payout is cost, to who advertises, or revenue, to who publishes")
	case s.Sales && s.Payout == asRevenue:
		return fault.New(fault.InvalidField, "postback.sales", "a payout that is revenue is the sale; leave sales out")
	case s.Currency != "" && !known:
		return fault.New(fault.UnknownCurrency, "postback.currency", "this is no ISO 4217 currency; use three capital letters like USD")
	}
	for name, param := range s.Params {
		if names[name] == nil || param == "" {
			return fault.New(fault.InvalidField, "postback.params", "known are %s, each with the network's own parameter", strings.Join(slices.Sorted(maps.Keys(names)), ", "))
		}
	}
	for state := range s.Statuses {
		if state != pending && state != approved && state != rejected {
			return fault.New(fault.InvalidField, "postback.statuses", "known are pending, approved and rejected, each with the network's own words")
		}
	}
	return nil
}

// state is what a network's word means; empty for one that nobody knows.
func (s *says) state(word string) string {
	for state, own := range s.Statuses {
		if slices.ContainsFunc(own, func(w string) bool { return strings.EqualFold(w, word) }) {
			return state
		}
	}
	return words[strings.ToLower(word)]
}
