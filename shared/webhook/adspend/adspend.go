// Package adspend is the sender of ad spend: a delivery is a file of rows, JSON or CSV, which import reads as it reads what
// is put into the bucket by hand.
package adspend

import (
	"tributary/shared/fault"
	"tributary/shared/settings"
	"tributary/shared/spend"
	"tributary/shared/webhook"
)

// Providers is the one sender of spend.
var Providers = []webhook.Provider{{
	Name: "spend", Title: "ad spend", Scheme: webhook.Token{}, File: File, Check: check,
	Events: "`spend` of JSON rows, CSV, exports of Google Ads, Meta, LinkedIn", Verification: "token of 16 characters or more, as `token`",
	Replay: "the newest file of a connection, account and day stands", Retries: "the sender's",
}}

func check(c *settings.Connection) error {
	_, err := spend.Parse(c.Spend)
	return err
}

// File looks into a delivery before it is taken: what nothing can be read of is refused at once, and refused rows are told.
func File(c *settings.Connection, d *webhook.Delivery) (webhook.Taken, error) {
	says, err := spend.Parse(c.Spend)
	if err != nil {
		return webhook.Taken{}, err
	}
	f, err := spend.Read(d.Body, says)
	if err != nil {
		return webhook.Taken{}, err
	}
	t := webhook.Taken{Extension: "csv"}
	if f.Platform == spend.Other && looksLikeJSON(d.Body) {
		t.Extension = "json"
	}
	for _, s := range f.Sets {
		t.Rows += len(s.Rows)
	}
	for _, r := range f.Refused {
		t.Refused = append(t.Refused, webhook.RefusedRow{Line: r.Line, Fault: r.Fault})
	}
	if len(f.Sets) == 0 {
		if len(f.Refused) == 0 {
			return t, fault.New(fault.MissingField, "", "the file has no row that can be taken")
		}
		return t, f.Refused[0].Fault
	}
	return t, nil
}

func looksLikeJSON(body []byte) bool {
	for _, c := range body {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == '{' || c == '['
		}
	}
	return false
}
