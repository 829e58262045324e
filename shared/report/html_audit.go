package report

import (
	"fmt"

	"tributary/shared/attribution"
)

// referral shows what came of invitations.
func (p *pen) referral() (section, string) {
	s := section{ID: "referral", Title: "Referral"}
	r := p.Referral
	if r == nil {
		return s, "no invitation was counted in the period."
	}
	of := func(part, whole int64) string { return percent(share(sumOf(part), sumOf(whole))) }
	s.Tables = []grid{{
		Caption: "From invitation to sale", Head: append(words("Step"), figureColumns("Count", "Of the invitations")...),
		Rows: []line{
			{Name: "Invitations sent", Cells: numbers(count(r.Invites), none)},
			{Name: "Led to a sign-up", Cells: numbers(count(r.Signups), of(r.Signups, r.Invites))},
			{Name: "Led to an order", Cells: numbers(count(r.Purchases), of(r.Purchases, r.Invites))},
		},
	}}
	s.Lead = []string{fmt.Sprintf("%s of %s came by an invite.", count(r.Referred), plural(r.NewCustomers, "new customer", "new customers"))}
	return s, ""
}

// email shows how far messages got.
func (p *pen) email() (section, string) {
	s := section{ID: "email", Title: "E-mail"}
	e := p.Email
	if e == nil {
		return s, "no message was counted in the period."
	}
	of := func(part, whole int64) string { return percent(share(sumOf(part), sumOf(whole))) }
	s.Tables = []grid{{
		Caption: "Messages, by message and recipient", Head: append(words("Step"), figureColumns("Messages", "Rate")...),
		Rows: []line{
			{Name: "Sent", Cells: numbers(count(e.Sent), none)},
			{Name: "Bounced, of sent", Cells: numbers(count(e.Bounced), of(e.Bounced, e.Sent))},
			{Name: "Delivered, of sent", Cells: numbers(count(e.Delivered), of(e.Delivered, e.Sent))},
			{Name: "Opened, of delivered", Cells: numbers(count(e.Opened), of(e.Opened, e.Delivered))},
			{Name: "Clicked, of delivered", Cells: numbers(count(e.Clicked), of(e.Clicked, e.Delivered))},
		},
	}}
	s.Notes = []string{"Many mail programs open messages by themselves: read the opened rate as an upper bound."}
	return s, ""
}

// reconciliation proves the credits: the table sums what the sections above show, model by model, and sets it against the
// revenue of the conversions.
func (p *pen) reconciliation() (section, string) {
	s := section{ID: "reconciliation", Title: "Reconciliation", Verdict: p.verdict()}
	t := grid{
		Caption: fmt.Sprintf("Credit of each model, summed over the channels, in %s", p.Currency),
		Head:    append(words("Model"), figureColumns("Conversions", "Credit", "Revenue", "Drift", "Net credit", "Net revenue", "Net drift")...),
	}
	for _, m := range p.order {
		got := p.credits(m)
		t.Rows = append(t.Rows, line{Name: modelTitle(m), Cells: numbers(credited(got.conversions), p.money(got.value), p.money(p.Totals.Value),
			p.money(less(got.value, p.Totals.Value)), p.money(got.net), p.money(p.Totals.Net), p.money(less(got.net, p.Totals.Net)))})
	}
	s.Tables = []grid{t}
	s.Notes = []string{"Credit is shared in whole minor units and millionths of a conversion, the largest remainder first, so that it adds up to the last digit. A refund takes credit back from the contacts that had it."}
	return s, ""
}

// credits are what a model gives to all channels.
func (p *pen) credits(m attribution.Model) (all tally) {
	for _, r := range p.Models[m].Channels {
		all.add(&tally{r.Conversions, r.Value, r.NetConversions, r.Net})
	}
	return all
}

// verdict is the line that an auditor looks for. It is summed from the rows that are shown.
func (p *pen) verdict() *verdict {
	t := &p.Totals
	want := tally{quantity(t.Conversions), t.Value, quantity(t.NetConversions), t.Net}
	holds := p.Reconciliation.Drift.zero()
	for _, m := range p.order {
		holds = holds && p.credits(m) == want
	}
	if !holds {
		return &verdict{Tone: "bad", Word: "Not reconciled.", Text: "The credits differ from the revenue: do not rely on this report. The table under Reconciliation says by which model."}
	}
	return &verdict{Tone: "good", Word: "Reconciled.", Text: fmt.Sprintf("Under each of %s the credits are %s and the revenue is %s: drift %s.",
		plural(int64(len(p.order)), "model", "models"), p.amount(t.Value), p.amount(t.Value), p.amount(p.Reconciliation.Drift))}
}

// less is a less b.
func less(a, b sum) sum {
	minusB := sum{hi: ^b.hi, lo: ^b.lo}
	minusB.add(sumOf(1))
	a.add(minusB)
	return a
}

// quality says what a reader should know of the data.
func (p *pen) quality() (section, string) {
	s := section{ID: "quality", Title: "Data quality"}
	q := &p.Quality
	t := grid{Caption: "What was left out or set apart", Head: append(words("Finding"), column{Text: "Count", Right: true}, column{Text: "What it means"})}
	add := func(name, count, meaning string) {
		t.Rows = append(t.Rows, line{Name: name, Cells: []datum{{Text: count, Class: "n"}, {Text: meaning, Class: "words"}}})
	}
	add("Conversions without a known contact", count(q.Unattributed), "Credited to (unattributed); no contact in the look-back.")
	add("Conversions with an amount that could not be converted", count(q.Unconverted), "No exchange rate for its currency: the conversion counts, that amount is in no revenue.")
	for _, f := range []struct {
		name    string
		n       *int64
		more    bool
		meaning string
	}{
		{"Events received again", q.Duplicates, false, "Counted once."},
		{"Impressions by bots or other invalid traffic", q.InvalidImpressions, false, "In no figure of this report."},
		{"Clicks by bots or other invalid traffic", q.InvalidClicks, false, "In no figure of this report."},
		{"Events more than a day late", q.Late, false, "Counted at the time when they happened."},
		{"Events in quarantine", q.Quarantined, q.QuarantinedMore, "Refused or unreadable; kept, with the reason, to be mended and replayed."},
	} {
		if f.n != nil {
			add(f.name, count(*f.n)+marked(f.more, " or more"), f.meaning)
		}
	}
	s.Tables = []grid{t}
	return s, ""
}
