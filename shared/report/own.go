package report

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

// creditOwn books a conversion for every campaign that judges by settings of its own and has a touch of it: its touches
// get what its model and its look-backs give them, in a row that does not sum with the others.
func (p *Part) creditOwn(c *Conversion) {
	p.work.own = p.work.own[:0]
	if len(p.own) == 0 {
		return
	}
	var asked []string
	for i := range c.Touches {
		name := c.Touches[i].Campaign
		if p.own[name] != nil && !slices.Contains(asked, name) {
			asked = append(asked, name)
		}
	}
	for _, name := range asked {
		p.creditCampaign(c, name, p.own[name])
	}
}

func (p *Part) creditCampaign(c *Conversion, name string, own *Own) {
	touches := p.chosen(nil, c, &own.Options)
	if len(touches) == 0 {
		return
	}
	path := p.path(c, touches, own.HalfLife)
	credit := p.work.split(c, own.Model, &path)
	told, credited := sha256.New(), 0
	for i := range touches {
		if touches[i].Campaign != name {
			continue
		}
		credited++
		fmt.Fprintf(told, "%q %d ", touches[i].ID, credit.Conversions[i])
		part, key := credit.at(i), campaignKey{name, touches[i].Channel}
		p.ownedOf(key).add(&part)
		p.digest.own(c.ID, touches[i].ID, key, &part)
	}
	if credited > 0 {
		p.work.own = append(p.work.own, fmt.Sprintf("%s for %d of %d (%x)", name, credited, len(touches), told.Sum(nil)[:4]))
	}
}

func (p *Part) ownedOf(key campaignKey) *tally {
	t := p.owned[key]
	if t == nil {
		t = &tally{}
		p.owned[key] = t
	}
	return t
}
