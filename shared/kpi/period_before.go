package kpi

// Before is the period that this one is compared with: as many calendar months before where it is whole months, else as many
// days.
func (p Period) Before() Period {
	if months := p.months(); months > 0 {
		y, m, _ := p.From.AddDate(0, -months, 0).Date()
		return Period{From: midnight(y, m, 1, p.From.Location()), To: p.From}
	}
	days := 0
	for t := p.From; t.Before(p.To); t = Day.Next(t) {
		days++
	}
	y, m, d := p.From.Date()
	return Period{From: midnight(y, m, d-days, p.From.Location()), To: p.From}
}

// months is how many calendar months the period is, 0 where it is not whole ones.
func (p Period) months() int {
	n, t := 0, p.From
	if !Month.Start(t).Equal(t) {
		return 0
	}
	for t.Before(p.To) {
		t = Month.Next(t)
		n++
	}
	if !t.Equal(p.To) {
		return 0
	}
	return n
}
