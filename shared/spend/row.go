package spend

import (
	"cmp"
	"slices"
	"strings"

	"tributary/shared/fault"
	"tributary/shared/money"
)

// conclude settles what only the whole file tells: how it writes amounts and dates, and that it has days.
func (t *table) conclude(h *header) error {
	var amounts, dates []string
	for i := range t.records {
		c := t.records[i].cells
		amounts = append(amounts, c[fCost])
		dates = append(dates, c[fDay], c[fStart], c[fEnd])
	}
	otherwise := point
	if h.raw["kosten"] || h.raw["kampagne"] || h.raw["kampagnenname"] || h.raw["impressionen"] {
		otherwise = comma
	}
	var err error
	if t.numbers, err = votes(amounts, otherwise); err != nil {
		return err
	}
	if t.order = orderOf(dates, t.order); t.order == "" && t.platform == LinkedIn {
		t.order = "mdy"
	}
	from, to := titleDays(t.titles, t.order)
	if from != "" && from == to {
		t.only = from
	}
	return t.wholeRange(from, to)
}

// wholeRange refuses a LinkedIn export without a time breakdown: every row then bears the report's first day, and only the
// titles tell that it is about more.
func (t *table) wholeRange(from, to string) error {
	if t.platform != LinkedIn || from == to {
		return nil
	}
	seen := map[string]bool{}
	for i := range t.records {
		c := t.records[i].cells
		d, ok := day(c[fStart], t.order)
		name := c[fCampaignID] + "\x00" + c[fCampaign] + "\x00" + c[fAdID] + "\x00" + c[fAd]
		if !ok || d != from || c[fDay] != "" || seen[name] {
			return nil
		}
		seen[name] = true
	}
	return fault.New(fault.InvalidTime, "date", "every row is about the days %s to %s together; %s", from, to, byDay(LinkedIn))
}

// row makes a row of a record. With an error comes what is known of it, the day foremost.
func (t *table) row(rec *record) (Row, error) {
	c := rec.cells
	r := Row{
		Line: rec.line, Account: or(c[fAccount], t.defaults.Account), AccountID: c[fAccountID], Campaign: c[fCampaign], CampaignID: c[fCampaignID],
		AdGroup: c[fAdGroup], AdGroupID: c[fAdGroupID], Ad: c[fAd], AdID: c[fAdID], Category: c[fCategory], Kind: strings.ToLower(c[fKind]),
		Currency: or(strings.ToUpper(c[fCurrency]), t.currency, t.defaults.Currency),
	}
	var err error
	if r.Date, err = t.date(c); err != nil {
		return r, err
	}
	r.Channel = or(c[fChannel], channelOf(t.platform, c[fType]), t.defaults.Channel)
	if r.Campaign == "" && r.CampaignID == "" && r.Channel == "" && r.Category == "" {
		return r, fault.New(fault.MissingField, "campaign", "the row has no campaign, channel or category; add one, or set the connection's channel")
	}
	if r.Kind != "" && r.Kind != "media" && r.Kind != "other" {
		return r, fault.New(fault.InvalidField, "kind", "%q is neither media nor other", fault.Clip(r.Kind))
	}
	return r, t.amounts(&r, c)
}

// amounts reads cost and counts.
func (t *table) amounts(r *Row, c map[field]string) error {
	if r.Currency == "" {
		return fault.New(fault.MissingField, "currency", "the row has no currency; add a column currency, or set the connection's currency")
	}
	if !isCurrency(r.Currency) {
		return fault.New(fault.UnknownCurrency, "currency", "%q is no ISO 4217 currency; use three capital letters like USD", fault.Clip(r.Currency))
	}
	var err error
	switch {
	case c[fMicros] != "":
		if r.Cost, err = money.ParseInteger(c[fMicros]); err != nil {
			return fault.New(fault.InvalidAmount, string(fMicros), "%q is no whole number of millionths", fault.Clip(c[fMicros]))
		}
	case c[fCost] == "":
		return fault.New(fault.MissingField, "cost", "the row has no cost; write 0 where nothing was spent")
	default:
		if r.Cost, err = t.numbers.cost(c[fCost]); err != nil {
			return err
		}
	}
	if r.Impressions, err = count(fImpressions, c[fImpressions]); err != nil {
		return err
	}
	// Meta's "Clicks (all)" holds likes and profile clicks: clicks on the link are what every other platform calls a click.
	if r.Clicks, err = count(fClicks, or(c[fLinkClicks], c[fClicks])); err != nil {
		return err
	}
	return r.conversions(t.numbers, c[fConversions])
}

// conversions keeps the platform's own count as a decimal: Google's data-driven credit has fractions.
func (r *Row) conversions(s style, text string) error {
	if text == "" {
		return nil
	}
	p, ok := s.plain(text)
	n, err := money.ParseMicros(p)
	if !ok || err != nil || n < 0 {
		return fault.New(fault.InvalidField, string(fConversions), "%q is no number of conversions", fault.Clip(text))
	}
	r.Conversions = decimal(n)
	return nil
}

// channelOf is GA4's default channel group of a platform's campaign type.
func channelOf(platform, campaignType string) string {
	switch platform {
	case Meta, LinkedIn:
		return "Paid Social"
	case Google:
	default:
		return ""
	}
	switch typ := strings.ToLower(campaignType); {
	case strings.Contains(typ, "performance max"), strings.Contains(typ, "demand gen"), strings.Contains(typ, "discovery"):
		return "Cross-network"
	case strings.Contains(typ, "display"):
		return "Display"
	case strings.Contains(typ, "video"):
		return "Paid Video"
	case strings.Contains(typ, "shopping"):
		return "Paid Shopping"
	}
	return "Paid Search"
}

// identity is what tells two rows of a day apart: ids where there are some, as names change.
func (r *Row) identity() string {
	return strings.Join([]string{
		or(r.CampaignID, r.Campaign), or(r.AdGroupID, r.AdGroup), or(r.AdID, r.Ad), r.Channel, r.Category, r.Kind, r.Currency,
	}, "\x1f")
}

// merge adds up rows of one identity, as exports by device or network have them, and puts all in order.
func merge(rows []Row) ([]Row, error) {
	at := map[string]int{}
	out := make([]Row, 0, len(rows))
	for _, r := range rows {
		id := r.identity()
		i, seen := at[id]
		if !seen {
			at[id] = len(out)
			out = append(out, r)
			continue
		}
		if err := out[i].add(&r); err != nil {
			return rows, err
		}
	}
	slices.SortFunc(out, func(a, b Row) int { return cmp.Compare(a.identity(), b.identity()) })
	return out, nil
}

// add adds another row's numbers.
func (r *Row) add(o *Row) error {
	sum := func(a, b int64) int64 {
		if a < 0 || b < 0 {
			return max(a, b)
		}
		return a + b
	}
	if r.Cost += o.Cost; r.Cost > money.Max || r.Cost < -money.Max {
		return fault.New(fault.InvalidAmount, "cost", "the rows of one campaign add up to more than can be kept")
	}
	r.Impressions, r.Clicks = sum(r.Impressions, o.Impressions), sum(r.Clicks, o.Clicks)
	if r.Conversions == "" || o.Conversions == "" {
		r.Conversions = or(r.Conversions, o.Conversions)
		return nil
	}
	a, _ := money.ParseMicros(r.Conversions) // written by decimal
	b, _ := money.ParseMicros(o.Conversions)
	r.Conversions = decimal(a + b)
	return nil
}

func (d Day) compare(o Day) int {
	return cmp.Or(cmp.Compare(d.Account, o.Account), cmp.Compare(d.Date, o.Date))
}

// or is the first that is not empty.
func or(values ...string) string { return cmp.Or(values...) }
