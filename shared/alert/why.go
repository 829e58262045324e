package alert

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// whyRaised is one sentence for people.
func whyRaised(site settings.Site, r *settings.Rule, v Verdict) string {
	in := kpi.UnitOf(r.KPI, site.Currency)
	is := fmt.Sprintf("%s%s %s is %s", kpi.Spoken(r.KPI), about(r), v.Window.words(), in.Text(v.Value))
	switch v.Condition {
	case "rises", "falls":
		_, share := r.Condition()
		by, _ := new(big.Rat).SetString(share)
		return plain(fmt.Sprintf("%s, after %s on the same weekdays before (mean of %d): %s by more than %s.", is, in.Text(v.Before), v.Weeks, v.Condition, percent(by)))
	case "pace over", "pace under":
		return plain(fmt.Sprintf("%s, where %s was due by now: the pace is %s of the budget's, %s.", is, in.Text(v.Before), pace(v), bounds(r.Pace, v.Condition)))
	}
	before := ""
	if v.Before != nil {
		before = fmt.Sprintf(" It was %s in the period before.", in.Text(v.Before))
	}
	return plain(fmt.Sprintf("%s, %s %s.%s", is, v.Condition, in.Text(v.Bound), before))
}

// whyCleared says what has become of an alert.
func whyCleared(site settings.Site, a *Alert, r *settings.Rule, v Verdict) string {
	in := kpi.UnitOf(a.KPI, site.Currency)
	value, _ := new(big.Rat).SetString(string(a.Value))
	was := fmt.Sprintf("It was raised at %s, when it was %s.", a.Raised, in.Text(value))
	switch {
	case r == nil:
		return fmt.Sprintf("Rule %s is gone. %s", a.Rule, was)
	case v.Silent != "":
		return plain(fmt.Sprintf("Nothing can be said of %s%s %s: %s. %s", kpi.Spoken(r.KPI), about(r), v.Window.words(), v.Silent, was))
	}
	return plain(fmt.Sprintf("%s%s %s is %s, which is no longer beyond %s. %s", kpi.Spoken(r.KPI), about(r), v.Window.words(), in.Text(v.Value), in.Text(v.Bound), was))
}

// about is " of campaign spring".
func about(r *settings.Rule) string {
	dimension, value := r.Filter()
	if dimension == "" {
		return ""
	}
	return " of " + dimension + " " + value
}

// words name the window: a day, or the first and the last.
func (w Window) words() string {
	if w.From.IsZero() {
		return "now"
	}
	first, last := kpi.Day.Label(w.From), kpi.Day.Label(w.To.Add(-time.Hour))
	switch {
	case w.ByHour:
		return fmt.Sprintf("on %s until %02d:00", first, w.Until)
	case first == last:
		return "on " + first
	}
	return "from " + first + " to " + last
}

// figure is a number as people read it: whole, or to two places.
func figure(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	s := strings.TrimRight(r.FloatString(2), "0")
	return strings.TrimSuffix(s, ".")
}

func percent(r *big.Rat) string { return figure(new(big.Rat).Mul(r, whole(100))) + " %" }

// pace is the share of what was due that was spent.
func pace(v Verdict) string {
	if v.Before.Sign() == 0 {
		return "beyond any share"
	}
	return percent(new(big.Rat).Quo(v.Value, v.Before))
}

func bounds(p *settings.Pace, condition string) string {
	which, share := "over", p.Over
	if condition == "pace under" {
		which, share = "under", p.Under
	}
	r, _ := new(big.Rat).SetString(share)
	return which + " " + percent(r)
}

// plain keeps a sentence one that mails and JSON templates carry as it is, whatever names are in it.
func plain(s string) string { return strings.NewReplacer(`"`, "'", `\`, "/").Replace(s) }
