package report

// Extra is what a report shows beside its conversions; what is not known is nil.
type Extra struct {
	Before        *Before        `json:"before,omitempty"`
	NonConverting *NonConverting `json:"non_converting,omitempty"`
	Quality       *Quality       `json:"quality,omitempty"`
	Referral      *Referral      `json:"referral,omitempty"`
	Email         *Email         `json:"email,omitempty"`
	Funnel        []Step         `json:"funnel,omitempty"`
	Weakest       *WeakestLink   `json:"weakest,omitempty"`
	Advice        []Advice       `json:"advice,omitempty"` // the dearest campaign first
}

// Before are the totals of the period before: amounts in minor units, cost in micros.
type Before struct {
	From, To                      string
	Conversions, Value, Net, Cost int64
}

// NonConverting says how the paths of people without any conversion were found. ReadUnits are DynamoDB's, half a unit for
// 4 KB read without consistency, rounded up; one person in Sampled was looked at. Recount names the recount whose reading of the tables was
// used; empty: there was one for reports.
type NonConverting struct {
	ReadUnits, Sampled int64
	Recount            string `json:",omitempty"`
}

// Quality counts what went wrong on the way in; nil is not known.
type Quality struct {
	Duplicates, InvalidImpressions, InvalidClicks, Late, Quarantined *int64
	QuarantinedMore                                                  bool
}

// Referral counts invites by what came of them, and of the customers whose first order was in the period those Referred by one.
type Referral struct{ Invites, Signups, Purchases, NewCustomers, Referred int64 }

// Email counts messages.
type Email struct{ Sent, Delivered, Opened, Clicked, Bounced int64 }

// Step is one of a funnel. Median is how many milliseconds those took to the next who reached it; nil where nobody did.
type Step struct {
	Name    string
	Reached int64
	Median  *float64
}

// WeakestLink is the step of the funnel, or the KPI, that stands furthest under its own past or its target, as GET /v1/advice
// has it: Shortfall is the share that is missing.
type WeakestLink struct {
	Kind      string  `json:"kind"`
	Name      string  `json:"name"`
	Shortfall float64 `json:"shortfall"`
	Because   string  `json:"because"`
}

// Advice is more, less or hold for a campaign's budget, empty on thin data, and the figures that say so in a sentence.
type Advice struct {
	Campaign string `json:"campaign"`
	Name     string `json:"name,omitempty"`
	Advice   string `json:"advice"`
	Because  string `json:"because"`
}
