package figures

import (
	"context"
	"fmt"

	"tributary/shared/kpi"
	"tributary/shared/settings"
)

// Aliases are the other names of a site's campaigns, as they stand in keys, with the campaign's id. They are applied when
// figures are read, so that a late alias mends history. Nil has none.
type Aliases map[string]string

// AliasesOf gathers the other names of campaigns.
func AliasesOf(campaigns []settings.Campaign) Aliases {
	all := Aliases{}
	for i := range campaigns {
		for _, name := range campaigns[i].Aliases {
			all[kpi.Name(name)] = campaigns[i].ID
		}
	}
	return all
}

// Of is the id of the campaign that a name stands for; the name of none is returned as it stands in keys.
func (a Aliases) Of(name string) string {
	name = kpi.Name(name)
	if id, ok := a[name]; ok {
		return id
	}
	return name
}

// aliases reads them, where figures are by campaign.
func (s *Reader) aliases(ctx context.Context, site string, base kpi.Dimension) (Aliases, error) {
	if base != kpi.ByCampaign {
		return nil, nil
	}
	campaigns, err := s.store.Campaigns(ctx, site)
	if err != nil {
		return nil, fmt.Errorf("figures: campaigns: %w", err)
	}
	return AliasesOf(campaigns), nil
}

// names are all under which a campaign is counted.
func (a Aliases) names(name string) []string {
	id := a.Of(name)
	list := []string{id}
	for other, of := range a {
		if of == id && other != id {
			list = append(list, other)
		}
	}
	return list
}

// valueOf is what an item says about a dimension, a campaign by its id.
func (a Aliases) valueOf(c *kpi.Counter, dim string, dims []string) string {
	value := partOf(dim, dims).of(c)
	if dim == "campaign" {
		return a.Of(value)
	}
	return value
}

// match reports that an item is one of those that the filters choose.
func (a Aliases) match(c *kpi.Counter, filters map[string]string, dims []string) bool {
	for d, v := range filters {
		want := keyOf(d, v)
		if d == "campaign" {
			want = a.Of(want)
		}
		if a.valueOf(c, d, dims) != want {
			return false
		}
	}
	return true
}
