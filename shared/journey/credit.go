package journey

import (
	"cmp"
	"slices"

	"tributary/shared/attribution"
	"tributary/shared/event"
	"tributary/shared/kpi"
	"tributary/shared/money"
	"tributary/shared/settings"
)

// conversion makes a record's body and its moves.
func (w *world) conversion(s *sale) (Conversion, []kpi.Move) {
	goal, e, price := w.goalOf(s), s.stands(), w.price(s)
	c := Conversion{
		Aliases: s.aliases(), Goal: goal.ID, Kind: w.kindOf(s), Currency: w.Site.Currency,
		Primary: slices.Contains(w.Site.PrimaryGoals(w.Goals), goal.ID),
		Person:  w.personOf(s), Model: attribution.Model(w.Site.Model),
		Lookback: int64(w.Site.LookbackDays) * attribution.Day, HalfLife: int64(w.Site.HalfLifeDays) * attribution.Day,
		ViewLookback: int64(w.Site.ViewLookbackDays) * attribution.Day, ExcludeDirect: w.Site.ExcludeDirect, Reset: w.Site.ResetAfterConversion,
		Session: s.detail(func(e *event.Event) string { return e.SessionID }),
		Cart:    s.detail(func(e *event.Event) string { return e.CartID }),
		Invite:  s.detail(func(e *event.Event) string { return e.InviteID }),
	}
	if isOrder(s.node) {
		c.Order = s.node[len(orderPrefix):]
	}
	if e != nil {
		c.Event, c.Time = e.ID, e.Time
	} else {
		c.Time = s.refunds[0].Time
	}
	c.count(goal)
	c.earn(goal, price, w.revenue(s, price), refunded(&w.Site, s, price))
	w.journey(s, &c)
	return c, w.moves(&c)
}

// price is the sale's value as the most trusted reporter who tells one has it, else the goal's; nil when only refunds are
// known.
func (w *world) price(s *sale) *amount {
	e, goal := s.stands(), w.goalOf(s)
	if e == nil {
		return nil
	}
	a := amount{currency: w.Site.Currency, ok: true}
	if priced := s.priced(); priced != nil {
		a = convert(&w.Site, priced.Value, cmp.Or(priced.Currency, w.Site.Currency), e.Time)
	} else if minor, err := money.ParseMinor(goal.Value, goal.Currency); goal.Value != "" && err == nil {
		a = convert(&w.Site, minor, goal.Currency, e.Time)
	}
	return &a
}

// count says what the conversion counts as before refunds.
func (c *Conversion) count(goal settings.Goal) {
	if c.Event == "" || c.Kind == kindTrial {
		return
	}
	if goal.Kind == settings.GoalOrder {
		c.Orders = 1
	}
	if c.Kind != kindRenewal {
		c.Counts = 1
	}
}

// earn sets the money: revenue is the part of the price that counts. Only orders and renewals make any; what has no exchange
// rate is shown apart.
func (c *Conversion) earn(goal settings.Goal, price *amount, revenue int64, l *ledger) {
	c.NetCount, c.NetOrders = c.Counts, c.Orders
	if price != nil {
		c.Sold, c.SoldCurrency = price.minor, price.currency
	}
	if goal.Kind != settings.GoalOrder || c.Kind == kindTrial {
		return
	}
	if price != nil {
		c.Value = revenue
		c.Unconverted = !price.ok
	}
	given := l.total
	if c.Refunds = l.entries; price != nil && revenue != price.site {
		c.Refunds, given = shareOf(l.entries, revenue, price.site)
	}
	c.Net = c.Value
	c.Unconverted = c.Unconverted || l.missing
	if c.Event != "" {
		c.Net = c.Value - given
	}
	if l.full() {
		c.NetCount, c.NetOrders = 0, 0
	}
}

// journey sets what the person did before.
func (w *world) journey(s *sale, c *Conversion) {
	if c.Person == "" || c.Event == "" {
		return
	}
	if at := w.leads[c.Person]; at > 0 && at <= c.Time {
		c.Lead = at
	}
	if at := w.chances[c.Person]; at > 0 && at <= c.Time {
		c.Opportunity = at
	}
	orders := w.orders[c.Person]
	if c.Number = 1 + slices.IndexFunc(orders, func(o placed) bool { return o.node == s.node }); c.Number > 0 {
		c.First = orders[0].time
	}
	if before := w.before(s, c.Person); len(before) > 0 {
		c.Previous = before[len(before)-1].time
	}
	touches := window(w.touches[c.Person], c.Time)
	c.TouchCount = len(touches)
	if len(touches) > 0 {
		c.Cycle = c.Time - touches[0].Time
	}
	more := window(w.more[c.Person], c.Time)
	if c.Touches = w.keep(touches, more); len(more) > 0 {
		c.Types = w.Site.TouchTypes
	}
	c.Contacts = w.contactsOf(c.Person, c.Time, c.Lookback)
	c.Influenced = slices.ContainsFunc(c.Eligible(c.Lookback), func(t Touch) bool { return t.Channel != attribution.Direct })
	for _, e := range w.visitsOf(c) {
		seen := Seen{Time: e.Time, Person: w.people.of(e)}
		if seen.Person == c.Person {
			seen.Person = ""
		}
		c.Visits = append(c.Visits, seen)
	}
}

// maxVisits bounds the visits that one session is taken to have.
const maxVisits = 20

// visitsOf are the visits of a conversion's session by people, the earliest first: up to the conversion, for later touches
// restate nothing.
func (w *world) visitsOf(c *Conversion) []*event.Event {
	var list []*event.Event
	for _, e := range w.Events {
		visited := c.Session != "" && e.SessionID == c.Session && e.Type == "visit" && e.Human() && w.people.of(e) != ""
		if visited && e.Time <= c.Time && e.Time >= c.Time-longest && len(list) < maxVisits {
			list = append(list, e)
		}
	}
	return list
}

// moves are the counters of a conversion: plain under its goal, refunds at their own time, and, for primary goals, credit
// under the site's model.
func (w *world) moves(c *Conversion) []kpi.Move {
	quarter := w.Site.Fractional()
	key := kpi.Key{Site: w.Site.ID, Dimension: kpi.ByGoal, Value: kpi.Name(c.Goal), Bucket: kpi.Bucket(c.Time, quarter)}
	moves := []kpi.Move{
		{Key: key, Measure: kpi.Conversions, Amount: c.Counts},
		{Key: key, Measure: kpi.NetConversions, Amount: c.NetCount},
		{Key: key, Measure: kpi.Orders, Amount: c.Orders},
		{Key: key, Measure: kpi.NetOrders, Amount: c.NetOrders},
		{Key: key, Measure: kpi.RevenueGross, Amount: c.Value},
		{Key: key, Measure: kpi.RevenueNet, Amount: c.Net},
	}
	for _, r := range c.Refunds {
		at := key
		at.Bucket = kpi.Bucket(r.Time, quarter)
		moves = append(moves, kpi.Move{Key: at, Measure: kpi.Refunds, Amount: r.Amount})
	}
	if !c.Primary || c.Event == "" {
		return moves
	}
	return append(moves, credited(c, key)...)
}

// Credit is what one touch is owed of a conversion.
type Credit struct {
	Micro int64 // millionths of the conversion
	Value int64 // of its gross value
	Net   int64 // of its net value
}

// Credits shares the conversion among touches under a model; each amount sums exactly. None for no touches.
func (c *Conversion) Credits(m attribution.Model, touches []Touch) []Credit {
	weights := attribution.Weights(m, c.Path(touches))
	micro, value, net := attribution.Split(c.Counts*1_000_000, weights), attribution.Split(c.Value, weights), attribution.Split(c.Net, weights)
	list := make([]Credit, len(weights))
	for i := range list {
		list[i] = Credit{micro[i], value[i], net[i]}
	}
	return list
}

// CreditedBy are the moves of the conversion's credit under a model, whatever model the record holds and whether its goal is
// primary or not.
func (c *Conversion) CreditedBy(m attribution.Model, site string, quarter bool) []kpi.Move {
	other := *c
	other.Model = m
	return credited(&other, kpi.Key{Site: site, Bucket: kpi.Bucket(c.Time, quarter)})
}

// CreditedUnder are the moves of the conversion's credit under other settings than the record's, such as a campaign's own: of the
// touches whose campaign is meant.
func (c *Conversion) CreditedUnder(by settings.Credit, site string, quarter bool, meant func(campaign string) bool) []kpi.Move {
	other := *c
	other.HalfLife = by.HalfLife
	touches := c.Chosen(by.Options)
	key := kpi.Key{Site: site, Bucket: kpi.Bucket(c.Time, quarter)}
	var moves []kpi.Move
	for i, credit := range other.Credits(by.Model, touches) {
		if meant(touches[i].Campaign) {
			moves = credit.under(moves, key, &touches[i])
		}
	}
	return kpi.Changes(nil, moves)
}

// maxCredited bounds the counters that one record moves by names of which there may be very many (pages, terms).
const maxCredited = 500

// credited are the moves of every dimension of every touch that is owed anything.
func credited(c *Conversion, key kpi.Key) []kpi.Move {
	touches := c.Eligible(c.Lookback)
	if len(touches) == 0 {
		key.Dimension, key.Value = kpi.ByChannel, attribution.Unattributed
		return Credit{c.Counts * 1_000_000, c.Value, c.Net}.at(nil, key)
	}
	var moves []kpi.Move
	for i, credit := range c.Credits(c.Model, touches) {
		moves = credit.under(moves, key, &touches[i])
	}
	moves = kpi.Changes(nil, moves)
	if len(moves) <= 3*maxCredited {
		return moves
	}
	return slices.DeleteFunc(moves, func(m kpi.Move) bool { return m.Dimension != kpi.ByChannel && m.Dimension != kpi.ByCampaign })
}

// under books a touch's credit under each dimension that the touch has, as kpi books its event.
func (cr Credit) under(moves []kpi.Move, key kpi.Key, t *Touch) []kpi.Move {
	if cr == (Credit{}) {
		return moves
	}
	for _, d := range dimensionsOf(t) {
		if d.value != "" {
			key.Dimension, key.Value, key.Split = d.dimension, kpi.Name(d.value), kpi.Name(d.split)
			moves = cr.at(moves, key)
		}
	}
	return moves
}

// dimension is one that something is counted under; an empty value is none.
type dimension struct {
	dimension    kpi.Dimension
	value, split string
}

// dimensionsOf are the dimensions of a touch, as kpi has them of its event.
func dimensionsOf(t *Touch) [7]dimension {
	source := t.Source
	if source == "" && t.Medium != "" {
		source = kpi.NotSet
	}
	return [...]dimension{
		{kpi.ByChannel, t.Channel, ""},
		{kpi.ByCampaign, t.Campaign, t.Channel},
		{kpi.BySource, source, t.Medium},
		{kpi.ByContent, t.Content, ""},
		{kpi.ByTerm, t.Term, ""},
		{kpi.ByPage, t.Page, ""},
		{kpi.ByLink, t.Link, ""},
	}
}

func (cr Credit) at(moves []kpi.Move, key kpi.Key) []kpi.Move {
	return append(moves, kpi.Move{Key: key, Measure: kpi.ConversionsMicro, Amount: cr.Micro},
		kpi.Move{Key: key, Measure: kpi.RevenueGross, Amount: cr.Value}, kpi.Move{Key: key, Measure: kpi.RevenueNet, Amount: cr.Net})
}
