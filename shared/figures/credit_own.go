package figures

import (
	"context"
	"fmt"
	"slices"

	"tributary/shared/journey"
	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// ownModel asks, as model=, that each campaign is credited by its own settings: its row then does not sum with the others.
const ownModel = "own"

// ownCredit reads how campaigns with settings of their own credit conversions, by id; none where the query does not ask.
func (s *Reader) ownCredit(ctx context.Context, q *Query) (map[string]settings.Credit, error) {
	if !q.own {
		return nil, nil
	}
	campaigns, err := s.store.Campaigns(ctx, q.Site.ID)
	if err != nil {
		return nil, fmt.Errorf("figures: campaigns: %w", err)
	}
	own := map[string]settings.Credit{}
	for i := range campaigns {
		if c := &campaigns[i]; c.Own() {
			own[c.ID] = c.Credit(&q.Site)
		}
	}
	return own, nil
}

// moves are a conversion's credit: under the query's model, but for campaigns with settings of their own, each of which has what
// these give its touches.
func (q *Query) moves(c *journey.Conversion, own map[string]settings.Credit, alias Aliases) []kpi.Move {
	quarter := q.Site.Fractional()
	moves := c.CreditedBy(q.Model, q.Site.ID, quarter)
	if len(own) == 0 {
		return moves
	}
	moves = slices.DeleteFunc(moves, func(m kpi.Move) bool {
		_, is := own[alias.Of(m.Value)]
		return m.Dimension == kpi.ByCampaign && is
	})
	var asked []string
	for i := range c.Touches {
		id := alias.Of(c.Touches[i].Campaign)
		by, is := own[id]
		if !is || slices.Contains(asked, id) {
			continue
		}
		asked = append(asked, id)
		moves = append(moves, c.CreditedUnder(by, q.Site.ID, quarter, func(name string) bool { return alias.Of(name) == id })...)
	}
	return moves
}
