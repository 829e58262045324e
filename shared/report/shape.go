package report

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tributary/shared/attribution"
)

// bin counts the conversions of one bar of a histogram.
type bin struct {
	conversions int64
	value       sum
}

// lagDays and lengths are where the bars of the histograms begin: days from the first touch, and touches.
func lagDays() []int64 { return []int64{0, 1, 2, 3, 5, 7, 14, 21, 30, 45, 60} }
func lengths() []int64 { return []int64{0, 1, 2, 3, 4, 5, 6, 8, 11, 21} }

// cohortKey are the orders made some months after their customers' first, which was in a month like 2026-03.
type cohortKey struct {
	month string
	after int
}

func (k cohortKey) compare(o cohortKey) int {
	return cmp.Or(strings.Compare(k.month, o.month), cmp.Compare(k.after, o.after))
}

type cohortTally struct {
	orders     int64
	value, net sum
}

// addShape counts how long and of how many touches the conversion's path was, and its customer's cohort.
func (p *Part) addShape(c *Conversion) {
	book(p.length, lengths(), int64(len(c.Touches)), c.Value)
	if len(c.Touches) > 0 {
		book(p.lag, lagDays(), (c.Time-c.Touches[0].Time)/attribution.Day, c.Value)
	}
	if c.First <= 0 || c.First > c.Time {
		return
	}
	first, now := time.UnixMilli(c.First).In(p.head.Zone), time.UnixMilli(c.Time).In(p.head.Zone)
	key := cohortKey{first.Format("2006-01"), 12*(now.Year()-first.Year()) + int(now.Month()) - int(first.Month())}
	t := p.cohortOf(key)
	t.orders++
	t.value.add(sumOf(c.Value))
	t.net.add(sumOf(c.Net))
}

func (p *Part) cohortOf(key cohortKey) *cohortTally {
	t := p.cohorts[key]
	if t == nil {
		t = &cohortTally{}
		p.cohorts[key] = t
	}
	return t
}

func book(bins []bin, starts []int64, at, value int64) {
	i := len(starts) - 1
	for i > 0 && at < starts[i] {
		i--
	}
	bins[i].conversions++
	bins[i].value.add(sumOf(value))
}

func mergeBins(to, from []bin) {
	for i := range from {
		to[i].conversions += from[i].conversions
		to[i].value.add(from[i].value)
	}
}

func binDocs(bins []bin, starts []int64) []binDoc {
	list := make([]binDoc, len(bins))
	for i, b := range bins {
		list[i] = binDoc{From: starts[i], Conversions: b.conversions, Value: b.value}
		if i+1 < len(starts) {
			list[i].To = starts[i+1]
		}
	}
	return list
}

// cohortDocs are the cohorts by month; a month in which a cohort ordered nothing is there as 0.
func (p *Part) cohortDocs() []cohortDoc {
	byMonth := map[string][]cohortMonthDoc{}
	for key, t := range p.cohorts {
		list := byMonth[key.month]
		for len(list) <= key.after {
			list = append(list, cohortMonthDoc{})
		}
		list[key.after] = cohortMonthDoc{Orders: t.orders, Value: t.value, Net: t.net}
		byMonth[key.month] = list
	}
	var docs []cohortDoc
	for month, list := range byMonth {
		docs = append(docs, cohortDoc{Month: month, Months: list})
	}
	slices.SortFunc(docs, func(a, b cohortDoc) int { return strings.Compare(a.Month, b.Month) })
	return docs
}
