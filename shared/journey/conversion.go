package journey

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"tributary/shared/attribution"
)

// Conversion is the body of a record. Times are Unix milliseconds, amounts minor units of Currency, the site's, unless
// named otherwise. Names in JSON are short, as a record is written anew with each restatement.
type Conversion struct {
	Order     string   `json:"o,omitempty"`  // canonical order id; empty for a conversion without one
	Aliases   []string `json:"oa,omitempty"` // every other name of the sale
	Event     string   `json:"e,omitempty"`  // the event that stands; empty when only refunds are known
	Time      int64    `json:"t"`
	Goal      string   `json:"g,omitempty"`
	Kind      string   `json:"k,omitempty"`  // props.kind: order, deal, trial, renewal, upgrade
	Primary   bool     `json:"pr,omitempty"` // the goal counts among the site's conversions
	Counts    int64    `json:"n"`            // 1; 0 for trials, renewals and refunds without a sale
	NetCount  int64    `json:"nn"`           // 0 when fully refunded
	Orders    int64    `json:"no"`           // 1 when the goal makes orders; renewals are orders too
	NetOrders int64    `json:"nno"`          // 0 when fully refunded
	Value     int64    `json:"v"`            // gross; 0 where the goal makes no revenue
	Net       int64    `json:"nv"`           // less all refunds
	Currency  string   `json:"c"`

	Sold         int64    `json:"sv,omitempty"` // gross as the reporter said it, in minor units of SoldCurrency
	SoldCurrency string   `json:"sc,omitempty"`
	Unconverted  bool     `json:"u,omitempty"` // some amount had no exchange rate and is not in Value or Net
	Refunds      []Refund `json:"r,omitempty"`

	Person      string `json:"p,omitempty"`  // strongest id of the person, typed: "U#u1"; empty for a sale without any id
	Number      int    `json:"on,omitempty"` // this is the person's nth order; 1: the first; 0: no order
	First       int64  `json:"of,omitempty"` // when the first was
	Previous    int64  `json:"pc,omitempty"` // when the person last reached a primary goal before this; 0: never
	Session     string `json:"s,omitempty"`
	Visits      []Seen `json:"vi,omitempty"` // the visits of Session
	Cart        string `json:"ca,omitempty"`
	Invite      string `json:"i,omitempty"`
	Lead        int64  `json:"l,omitempty"`  // the person's first lead up to Time; 0: none
	Opportunity int64  `json:"op,omitempty"` // likewise
	Cycle       int64  `json:"cy,omitempty"` // milliseconds since the oldest touch of Touches
	Influenced  bool   `json:"in,omitempty"` // a touch that is not Direct is eligible within Lookback

	Model    attribution.Model `json:"m,omitempty"`  // whose credit the record's moves hold
	Lookback int64             `json:"lb,omitempty"` // milliseconds: how far back a touch is eligible
	HalfLife int64             `json:"hl,omitempty"` // milliseconds, for time decay
	// The rest of what the site had set when the record was written.
	ViewLookback  int64 `json:"vl,omitempty"` // milliseconds, of impressions; 0: Lookback
	ExcludeDirect bool  `json:"xd,omitempty"` // Direct earns nothing beside other touches
	Reset         bool  `json:"rs,omitempty"` // touches up to Previous earn nothing

	// Touches are those within the longest look-back, oldest first: the site's, the latest maxTouches of them, and, where these leave
	// room, the latest that only campaigns with touch types of their own take.
	Touches    []Touch  `json:"x,omitempty"`
	TouchCount int      `json:"xn,omitempty"` // of all that the site takes
	Types      []string `json:"xt,omitempty"` // the event types that the site takes; none: those of all Touches

	Contacts Contacts `json:"ct,omitzero"`
}

// Touch is one marketing contact, as its event tells it. Page has no query string.
type Touch struct {
	ID       string            `json:"i"`
	Time     int64             `json:"t"`
	Type     string            `json:"y,omitempty"` // empty: visit
	Channel  string            `json:"c"`
	Campaign string            `json:"m,omitempty"` // campaign_id where the event has one
	Source   string            `json:"s,omitempty"`
	Medium   string            `json:"d,omitempty"`
	Content  string            `json:"n,omitempty"`
	Term     string            `json:"w,omitempty"`
	Page     string            `json:"p,omitempty"`
	Link     string            `json:"l,omitempty"`
	ClickIDs map[string]string `json:"k,omitempty"`
	Behind   []string          `json:"b,omitempty"` // types of touches that the same click made and that stand for it; see attribution.Touch
}

// Refund is one amount given back (negative: taken back again), on its own day.
type Refund struct {
	ID     string `json:"i,omitempty"`
	Time   int64  `json:"t"`
	Amount int64  `json:"v"`
}

// Seen is a visit that led to a conversion, and whose it was.
type Seen struct {
	Time   int64  `json:"t"`
	Person string `json:"p,omitempty"` // empty: the conversion's
}

// Void reports that the record has no conversion any more: its order turned out to be another's alias.
func (r Record) Void() bool { return r.Body == "" }

// Conversion decodes the record's body; a void record is an error.
func (r Record) Conversion() (Conversion, error) {
	var c Conversion
	if err := json.Unmarshal([]byte(r.Body), &c); err != nil {
		return c, fmt.Errorf("journey: record %s: %w", r.Node, err)
	}
	return c, nil
}

// Eligible are the touches that may earn credit when lookback milliseconds before the conversion count, oldest first: by the
// settings that the site had when the record was written.
func (c *Conversion) Eligible(lookback int64) []Touch {
	o := attribution.Options{
		Lookback: lookback, ViewLookback: cmp.Or(c.ViewLookback, lookback), ExcludeDirect: c.ExcludeDirect, ResetAfterConversion: c.Reset,
		Types: c.Types,
	}
	if len(c.Types) == 0 {
		o.Types = c.held()
	}
	return c.Chosen(o)
}

// held are the types of all its touches.
func (c *Conversion) held() []string {
	var types []string
	for i := range c.Touches {
		if kind := cmp.Or(c.Touches[i].Type, attribution.Visit); !slices.Contains(types, kind) {
			types = append(types, kind)
		}
	}
	return types
}

// Chosen are the touches of the record that may earn credit by options, such as a campaign's own, oldest first.
func (c *Conversion) Chosen(o attribution.Options) []Touch {
	all := c.Path(c.Touches).Touches
	chosen := o.Eligible(all, c.Time, c.Previous)
	if len(chosen) == len(c.Touches) {
		return c.Touches
	}
	place := make(map[string]int, len(all))
	for i := range all {
		place[all[i].ID] = i
	}
	var list []Touch
	for _, t := range chosen {
		list = append(list, c.Touches[place[t.ID]])
	}
	return list
}

// Path is what an attribution model judges: the touches given, usually those of Eligible.
func (c *Conversion) Path(touches []Touch) attribution.Path {
	p := attribution.Path{Conversion: c.Time, HalfLife: c.HalfLife, Lead: c.Lead, Opportunity: c.Opportunity}
	for _, t := range touches {
		p.Touches = append(p.Touches, attribution.Touch{Time: t.Time, Channel: t.Channel, ID: t.ID, Type: t.Type, Behind: t.Behind})
	}
	return p
}
