package main

import (
	"context"
	"net/url"
	"strings"
	"time"

	"tributary/shared/figures"
	"tributary/shared/kpi"
	"tributary/shared/report"
)

// behaviourKPIs are the figures whose parts the sections about e-mail and referral show.
var behaviourKPIs = []string{
	"email_sent", "email_delivered", "email_bounce_rate", "email_open_rate", "email_click_rate",
	"referral_signup_conversion", "referral_purchase_conversion", "referral_rate",
}

// behaviour reads what people did beside converting, as GET /v1/kpis and /v1/funnel would tell it of the period. What did not
// happen at all is left out.
func (t *tables) behaviour(ctx context.Context, w *work, x *report.Extra) error {
	q, err := figures.Parse(url.Values{
		"from": {w.head.From}, "to": {w.head.To}, "kpis": {strings.Join(behaviourKPIs, ",")},
	}, w.site, time.Time{})
	if err != nil {
		return err
	}
	reader := figures.New(t.store, func() time.Time { return q.Period.To })
	table, err := reader.Table(ctx, q)
	if err != nil {
		return err
	}
	line := &table.Lines[0]
	x.Email, x.Referral = emailOf(line), referralOf(line)
	funnel, err := reader.UsualFunnel(ctx, q)
	if err != nil || funnel.Steps[0].Reached == 0 {
		return err
	}
	for _, s := range funnel.Steps {
		x.Funnel = append(x.Funnel, report.Step{Name: s.Name, Reached: s.Reached, Median: s.MedianMS})
	}
	return nil
}

// part is the numerator, a count, of a rate.
func part(f kpi.Figure) int64 { return f.Num.Num().Int64() }

func emailOf(l *figures.Line) *report.Email {
	e := report.Email{
		Sent: l.Figure("email_sent").Count, Delivered: l.Figure("email_delivered").Count, Bounced: part(l.Figure("email_bounce_rate")),
		Opened: part(l.Figure("email_open_rate")), Clicked: part(l.Figure("email_click_rate")),
	}
	if e == (report.Email{}) {
		return nil
	}
	return &e
}

func referralOf(l *figures.Line) *report.Referral {
	signups, first := l.Figure("referral_signup_conversion"), l.Figure("referral_rate")
	r := report.Referral{
		Invites: signups.Den.Num().Int64(), Signups: part(signups), Purchases: part(l.Figure("referral_purchase_conversion")),
		NewCustomers: first.Den.Num().Int64(), Referred: part(first),
	}
	if r.Invites == 0 && r.Referred == 0 {
		return nil
	}
	return &r
}
