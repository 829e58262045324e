package main

import (
	"context"
	"net/url"
	"strings"
	"time"

	"tributary/shared/adviser"
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
	end := func() time.Time { return q.Period.To } // what came later is not looked at
	reader := figures.New(t.store, end)
	table, err := reader.Table(ctx, q)
	if err != nil {
		return err
	}
	line := &table.Lines[0]
	x.Email, x.Referral = emailOf(line), referralOf(line)
	funnel, err := reader.UsualFunnel(ctx, q)
	if err != nil {
		return err
	}
	if funnel.Steps[0].Reached > 0 {
		for _, s := range funnel.Steps {
			x.Funnel = append(x.Funnel, report.Step{Name: s.Name, Reached: s.Reached, Median: s.MedianMS})
		}
	}
	if q.Period.To.Sub(q.Period.From) < advised {
		return nil
	}
	return advise(ctx, adviser.New(t.store, reader, end), w, x)
}

// advised is how long a period is at least whose report gives advice: a week, one with a change of clocks included. Advice reads two
// months of conversions, which is much for what a day adds to them.
const advised = 7*24*time.Hour - time.Hour

// advise asks as GET /v1/advice would have been asked at the end of the period.
func advise(ctx context.Context, from *adviser.Reader, w *work, x *report.Extra) error {
	a, err := from.Advice(ctx, adviser.Of(w.site))
	if err != nil {
		return err
	}
	if l := a.Weakest; l != nil {
		x.Weakest = &report.WeakestLink{Kind: l.Kind, Name: l.Name, Shortfall: l.Shortfall, Because: l.Because}
	}
	for i := range a.Campaigns {
		c := &a.Campaigns[i]
		one := report.Advice{Campaign: c.ID, Name: c.Name, Because: c.Because}
		if c.Advice != nil {
			one.Advice = *c.Advice
		}
		x.Advice = append(x.Advice, one)
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
