package kpi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"tributary/shared/event"
)

// NotSet names a value that another dimension's pair lacks: the source of an event with a medium only.
const NotSet = "(not set)"

// maxName bounds a dimension's value in bytes: DynamoDB's sort keys hold 1,024, and the bucket and the lane stand in
// the same key as a split.
const maxName = 900

// Name is value as it stands in keys: cut where it is longer than a key may be, with a hash that keeps it distinct.
func Name(value string) string {
	if len(value) <= maxName {
		return value
	}
	cut := maxName - 20
	for !utf8.RuneStart(value[cut]) {
		cut--
	}
	h := sha256.Sum256([]byte(value))
	return value[:cut] + "…" + hex.EncodeToString(h[:8])
}

// amount is what one event adds to each of its keys.
type amount struct {
	measure Measure
	n       int64
}

// Moves lists what an event counts, by every dimension it has. People only: of the rest, impressions and clicks are
// counted as invalid, and their cost is nobody's (kpis.md, cleaning). Conversions, orders, revenue and refunds come
// from journey records and move nothing here.
func Moves(e *event.Event) []Move {
	bucket := Bucket(e.Time, e.Quarter)
	if !event.Known(e.Type) {
		if !e.Human() {
			return nil
		}
		return []Move{{Key: Key{Site: e.Site, Dimension: ByType, Value: Name(e.Type), Bucket: bucket}, Measure: Events, Amount: 1}}
	}
	if e.Type == "social_engagement" {
		return engagement(e)
	}
	var room [6]amount
	amounts := count(room[:0], e)
	if len(amounts) == 0 {
		return nil
	}
	var some [9]Key
	keys := keysOf(some[:0], e, bucket)
	moves := make([]Move, 0, len(keys)*len(amounts))
	for _, k := range keys {
		for _, a := range amounts {
			moves = append(moves, Move{Key: k, Measure: a.measure, Amount: a.n})
		}
	}
	return moves
}

// engagement counts by post alone, in one item a day: it is booked when the post was made, which readers know.
func engagement(e *event.Event) []Move {
	if !e.Human() || e.PostID == "" {
		return nil
	}
	const day = 24 * 60 * 60 * 1000
	bucket := Bucket(e.Time/day*day, e.Quarter)
	return []Move{{Key: Key{Site: e.Site, Dimension: ByPost, Value: Name(e.PostID), Bucket: bucket}, Measure: Engagements, Amount: 1}}
}

// count lists an event's measures.
func count(out []amount, e *event.Event) []amount {
	if !e.Human() {
		switch e.Type {
		case "impression":
			out = append(out, amount{InvalidImpressions, 1})
		case "click":
			out = append(out, amount{InvalidClicks, 1})
		}
		return out
	}
	switch e.Type {
	case "impression":
		out = append(out, amount{Impressions, 1})
		if e.HasCost && e.Cost != 0 {
			out = append(out, amount{PricedImpressions, 1}, amount{CostIn(ImpressionCost, e.Currency), e.Cost})
		}
		return media(out, e)
	case "click":
		return media(append(out, amount{Clicks, 1}), e)
	case "visit":
		return media(append(out, amount{Visits, 1}), e)
	case "page_view":
		return append(out, amount{PageViews, 1})
	case "lead":
		return append(out, amount{Leads, 1})
	case "opportunity":
		return append(out, amount{Opportunities, 1})
	case "opportunity_lost":
		return append(out, amount{LostDeals, 1})
	case "rating":
		return rating(out, e.Score)
	case "reward", "reward_reversed":
		return reward(out, e)
	case "spend":
		if spendKind(e.Props) == "other" && e.HasCost && e.Cost != 0 {
			return append(out, amount{CostIn(OtherCost, e.Currency), e.Cost})
		}
		return bought(media(out, e), e.Props)
	}
	return out
}

// reward counts what a referral cost: no media, but part of all cost and so of CAC. What is reversed is taken back.
func reward(out []amount, e *event.Event) []amount {
	switch {
	case !e.HasCost || e.Cost == 0:
		return out
	case e.Type == "reward_reversed":
		return append(out, amount{CostIn(OtherCost, e.Currency), -e.Cost})
	}
	return append(out, amount{CostIn(OtherCost, e.Currency), e.Cost})
}

// rating counts scores from 1 to 5; 4 and 5 are content (top two boxes).
func rating(out []amount, score int) []amount {
	switch score {
	case 4, 5:
		return append(out, amount{Ratings, 1}, amount{SatisfiedRatings, 1})
	case 1, 2, 3:
		return append(out, amount{Ratings, 1})
	}
	return out
}

// media adds the cost that rides on an event.
func media(out []amount, e *event.Event) []amount {
	if !e.HasCost || e.Cost == 0 || spendKind(e.Props) == "other" && e.Type == "spend" {
		return out
	}
	return append(out, amount{CostIn(MediaCost, e.Currency), e.Cost})
}

// spendKind is props.kind: "other" is marketing cost that buys no media.
func spendKind(props string) string {
	if !strings.Contains(props, `"kind"`) {
		return ""
	}
	var p struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal([]byte(props), &p); err != nil {
		return "" // a kind that is no text is none of ours
	}
	return p.Kind
}

// keysOf lists the counters an event moves: its site, and each dimension it has.
func keysOf(out []Key, e *event.Event, bucket string) []Key {
	add := func(d Dimension, value, split string) {
		if value != "" {
			out = append(out, Key{Site: e.Site, Dimension: d, Value: Name(value), Bucket: bucket, Split: Name(split)})
		}
	}
	out = append(out, Key{Site: e.Site, Dimension: BySite, Bucket: bucket})
	add(ByChannel, e.Channel, "")
	add(ByCampaign, CampaignOf(e), e.Channel)
	source := e.Source
	if source == "" && e.Medium != "" {
		source = NotSet
	}
	add(BySource, source, e.Medium)
	add(ByContent, e.Content, "")
	add(ByTerm, e.Term, "")
	add(ByPage, PageOf(e.Page), "")
	add(ByLink, e.Link, "")
	add(ByGoal, e.Goal, "")
	return out
}

// CampaignOf is the campaign an event is counted by: its id where it has one, for names change and ids do not.
func CampaignOf(e *event.Event) string {
	if e.CampaignID != "" {
		return e.CampaignID
	}
	return e.Campaign
}

// PageOf is a page without query and fragment, so that one page is one row.
func PageOf(url string) string {
	if i := strings.IndexAny(url, "?#"); i >= 0 {
		return url[:i]
	}
	return url
}

// Changes is what turns old into new: the new moves less the old, sums of zero left out, in canonical order. Both may
// be nil.
func Changes(old, now []Move) []Move {
	all := make([]Move, 0, len(old)+len(now))
	all = append(all, now...)
	for _, m := range old {
		m.Amount = -m.Amount
		all = append(all, m)
	}
	return sum(all)
}

// Touched are moves and their opposites: they write the counters and leave them as they are, so that a recount sees that they
// are not settled.
func Touched(moves []Move) []Move {
	list := make([]Move, 0, 2*len(moves))
	for _, m := range moves {
		back := m
		back.Amount = -m.Amount
		list = append(list, m, back)
	}
	return list
}

// sum orders moves, adds up those of one counter and drops what comes to nothing; it reuses the slice.
func sum(moves []Move) []Move {
	slices.SortFunc(moves, compare)
	out := moves[:0]
	for i := 0; i < len(moves); {
		m := moves[i]
		for i++; i < len(moves) && compare(m, moves[i]) == 0; i++ {
			m.Amount += moves[i].Amount
		}
		if m.Amount != 0 {
			out = append(out, m)
		}
	}
	return out
}

// compare is the canonical order of moves, amounts aside.
func compare(a, b Move) int {
	if c := a.Key.compare(b.Key); c != 0 {
		return c
	}
	return strings.Compare(string(a.Measure), string(b.Measure))
}

func (k Key) compare(o Key) int {
	for _, pair := range [...][2]string{
		{k.Site, o.Site},
		{k.Bucket, o.Bucket},
		{string(k.Dimension), string(o.Dimension)},
		{k.Value, o.Value},
		{k.Split, o.Split},
		{k.Late, o.Late},
	} {
		if c := strings.Compare(pair[0], pair[1]); c != 0 {
			return c
		}
	}
	return 0
}
