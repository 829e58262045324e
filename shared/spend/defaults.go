package spend

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"tributary/shared/fault"
)

// Parse reads what a connection says of its files, an object; empty says nothing. All errors are faults.
func Parse(raw []byte) (Defaults, error) {
	var d Defaults
	if len(raw) == 0 {
		return d, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return d, fault.New(fault.InvalidField, "spend", `it must be like {"channel":"Paid Search","currency":"EUR","account":"123","day_order":"dmy"}: %s`, strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return d, fault.New(fault.InvalidField, "spend", "there is more behind its closing brace")
	}
	switch {
	case d.Currency != "" && !isCurrency(d.Currency):
		return d, fault.New(fault.UnknownCurrency, "spend.currency", "%q is no ISO 4217 currency; use three capital letters like USD", fault.Clip(d.Currency))
	case d.DayOrder != "" && d.DayOrder != "dmy" && d.DayOrder != "mdy":
		return d, fault.New(fault.InvalidField, "spend.day_order", "write dmy where 03/04/2026 is a day of April, mdy where it is one of March")
	case len(d.Channel) > 128 || len(d.Account) > 512:
		return d, fault.New(fault.InvalidField, "spend", "channel has at most 128 bytes, account 512")
	}
	return d, nil
}
