package journey

import (
	"cmp"
	"slices"
)

// Persons tells the persons of a whole site from its identity index, as records name them: for jobs that go over all people. It holds
// some 60 bytes an id that is another's; an id that is its own person takes nothing.
type Persons struct{ strongest map[string]string }

// PersonsOf unites the links of a site. What an order's reporters have in common is taken from the links to the order.
func PersonsOf(links []Link) *Persons {
	united, p := &people{person: forest{}}, &Persons{map[string]string{}}
	for _, e := range edgesOf(slices.Concat(saleLinks(links), links), nil) {
		united.join(e)
	}
	for id, t := range united.person {
		if id != t.ids[0] {
			p.strongest[id] = t.ids[0]
		}
	}
	return p
}

// Of is the person of an id: its strongest id.
func (p *Persons) Of(id string) string {
	if strongest, ok := p.strongest[id]; ok {
		return strongest
	}
	return id
}

// saleLinks are links between the ids that reported one sale: each with the earliest, as sale.edges has them.
func saleLinks(links []Link) []Link {
	same, reports := forest{}, []Link{}
	for _, l := range links {
		switch {
		case isSale(l.From) && isSale(l.To):
			same.join(l.From, l.To)
		case isSale(l.To):
			reports = append(reports, l)
		}
	}
	for i := range reports {
		if t := same[reports[i].To]; t != nil {
			reports[i].To = t.ids[0]
		}
	}
	slices.SortFunc(reports, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.Time, b.Time), cmp.Compare(a.Event, b.Event), cmp.Compare(a.From, b.From))
	})
	var out []Link
	first := 0
	for i, l := range reports {
		if i == 0 || l.To != reports[first].To {
			first = i
		} else if l.From != reports[first].From {
			out = append(out, Link{From: reports[first].From, To: l.From, Time: l.Time, Event: l.Event})
		}
	}
	return out
}

// Mirrored reports a link that is stored under both its ends.
func (l Link) Mirrored() bool { return !isSale(l.From) && !isSale(l.To) }

// Strongest is the person of an id as far as its own links say: its strongest neighbour's id, that of the earliest evidence
// among several users; its own where nothing is stronger.
func Strongest(id string, links []Link) string {
	best, found := id, Link{}
	for _, l := range links {
		if isSale(l.To) || strengthOf(l.To) >= strengthOf(id) {
			continue
		}
		stronger := strengthOf(l.To) < strengthOf(best)
		if stronger || strengthOf(l.To) == strengthOf(best) && earlier(l.Time, l.Event, found.Time, found.Event) {
			best, found = l.To, l
		}
	}
	return best
}
