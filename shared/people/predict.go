package people

// Outlook is what predictive customer value is made of, pooled over whole months: customers lost over customers at the
// start of each, net revenue, and customers times months.
type Outlook struct {
	Net            int64
	CustomerMonths int64
	Lost, Start    int64
}

// Predict pools months, which follow one another. Months that begin without customers add nothing to churn.
func (l *Ledger) Predict(months []Span, activeMs int64) Outlook {
	var o Outlook
	if len(months) == 0 {
		return o
	}
	for _, m := range months {
		start, kept := l.retained(m, activeMs)
		o.Start, o.Lost = o.Start+start, o.Lost+start-kept
	}
	all := l.Count(Span{months[0].From, months[len(months)-1].To}, activeMs)
	o.Net, o.CustomerMonths = all.Net, all.Customers*int64(len(months))
	return o
}
