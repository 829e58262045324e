package report

import (
	"errors"
	"fmt"
	"strings"

	"tributary/shared/attribution"
	"tributary/shared/attribution/pathset"
)

// The models that judge all paths of a period together.
const (
	Markov1 attribution.Model = "markov_order_1"
	Markov2 attribution.Model = "markov_order_2"
	Markov3 attribution.Model = "markov_order_3"
	Shapley attribution.Model = "shapley"
)

// setCredit is the credit of one set model, by channel.
type setCredit struct {
	model  attribution.Model
	credit map[string]tally
}

// creditSets shares the attributed conversions among the channels. Amounts beyond 64 bits, which no shop has, have no
// set models.
func (r *Report) creditSets() error {
	_, value := r.totals.value.int64()
	if _, net := r.totals.net.int64(); !value || !net {
		return nil
	}
	counts := &r.Part.sets
	for order, model := range []attribution.Model{Markov1, Markov2, Markov3} {
		credit, err := counts.Markov(order + 1)
		if errors.Is(err, pathset.ErrRange) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("report: %s: %s: %w", r.head.place(), model, err)
		}
		r.addSet(model, credit)
	}
	credit, err := counts.Shapley()
	if err != nil {
		return fmt.Errorf("report: %s: %s: %w", r.head.place(), Shapley, err)
	}
	r.addSet(Shapley, credit)
	return nil
}

func (r *Report) addSet(model attribution.Model, credit []pathset.Credit) {
	s := setCredit{model: model, credit: map[string]tally{}}
	for _, c := range credit {
		t := s.credit[c.Channel]
		t.add(&tally{
			conversions: sumOf(c.ConversionsMicro), value: sumOf(c.Value), net: sumOf(c.Net), netConversions: sumOf(c.NetConversionsMicro),
		})
		s.credit[c.Channel] = t
		r.channels.row(c.Channel) // a channel seen by people who did not convert has a row, too
	}
	if r.totals.unattributed > 0 {
		t := s.credit[attribution.Unattributed] // a channel of that name is nobody's, but adds up
		t.add(&r.totals.unattributedTally)
		s.credit[attribution.Unattributed] = t
	}
	r.sets = append(r.sets, s)
}

// sum is all credit of the model.
func (s *setCredit) sum() tally {
	var all tally
	for _, t := range s.credit {
		all.add(&t)
	}
	return all
}

func (r *Report) setRows(s *setCredit) []rowDoc {
	rows := []rowDoc{}
	for _, i := range r.channels.order(strings.Compare) {
		t := s.credit[r.channels.keys[i]]
		rows = append(rows, r.rowDoc(nil, r.channels.keys[i], &t, r.channels.costs[i]))
	}
	return rows
}
