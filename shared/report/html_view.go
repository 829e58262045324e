package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"time"

	"tributary/shared/attribution"
)

// view is what web/report.html.tmpl shows: text that is ready, in the order in which it stands.
type view struct {
	Policy               string
	Style                template.CSS
	Script               template.JS
	Title, Kind, Heading string
	About                []pair
	Sections             []section
	Charts               []chart // the drawings of all sections, for the script
	Closing              string
}

// section is a heading with what stands below it; each part may be missing.
type section struct {
	ID, Title string
	Lead      []string
	Verdict   *verdict
	Tiles     []tile
	Chart     *chart
	Tables    []grid
	Notes     []string
	List      []pair
}

type (
	pair struct{ Name, Value string }
	tile struct{ Name, Value, Unit, Change string }
	// verdict is a finding that nobody should miss. Tone is its class; Word says the same to those who see no colour.
	verdict struct{ Tone, Word, Text string }
)

// newView lays a document out. A part without data becomes a sentence at the end that says why.
func newView(d *document) *view {
	p := newPen(d)
	v := &view{
		Title:   fmt.Sprintf("Attribution report, %s, %s", d.Site, span(d.From, d.To)),
		Kind:    kindTitle(d.Period),
		Heading: fmt.Sprintf("%s, %s", d.Site, span(d.From, d.To)),
		About: []pair{
			{"Currency", d.Currency},
			{"Credit by", modelTitle(p.model)},
			{"Time zone", d.TZ},
			{"Revision", fmt.Sprint(d.Revision)},
		},
		Closing: "The same figures, to the last digit, are in report.json and the CSV files beside this page; manifest.json lists them with their SHA-256.",
	}
	v.Charts = []chart{}
	var missing []pair
	for _, part := range []func() (section, string){
		p.totals, p.channels, p.models, p.campaigns, p.advice, p.paths, p.funnel, p.timeLag, p.pathLength, p.cohorts,
		p.referral, p.email, p.reconciliation, p.quality, p.changes,
	} {
		s, why := part()
		if why != "" {
			missing = append(missing, pair{s.Title, why})
			continue
		}
		v.add(s)
	}
	if len(missing) > 0 {
		v.add(section{ID: "missing", Title: "Not in this report", List: missing})
	}
	return v
}

func (v *view) add(s section) {
	for i := range s.Tables {
		s.Tables[i].ID = fmt.Sprintf("%s-table-%d", s.ID, i+1)
	}
	if s.Chart != nil {
		s.Chart.ID = s.ID
		v.Charts = append(v.Charts, *s.Chart)
	}
	v.Sections = append(v.Sections, s)
}

func kindTitle(kind string) string {
	if slices.Contains(Kinds(), kind) {
		return sentence(kind) + " attribution report"
	}
	return "Attribution report"
}

// span is a period in words: "1 to 31 March 2026". To is the day after the last.
func span(from, to string) string {
	first, err := time.Parse(time.DateOnly, from)
	end, err2 := time.Parse(time.DateOnly, to)
	if err != nil || err2 != nil {
		return from + " to " + to
	}
	last := end.AddDate(0, 0, -1)
	const whole = "2 January 2006"
	switch {
	case !first.Before(last):
		return first.Format(whole)
	case first.Year() != last.Year():
		return first.Format(whole) + " to " + last.Format(whole)
	case first.Month() != last.Month():
		return first.Format("2 January") + " to " + last.Format(whole)
	}
	return first.Format("2") + " to " + last.Format(whole)
}

// modelOrder is the order in which models are shown; one that is not named here comes after, by name.
var modelOrder = []attribution.Model{
	attribution.FirstTouch, attribution.LastTouch, attribution.LastNonDirect, attribution.Linear, attribution.PositionBased,
	attribution.JShaped, attribution.InverseJShaped, attribution.TimeDecay, attribution.WShaped, attribution.FullPath,
	"markov_order_1", "markov_order_2", "markov_order_3", "shapley",
}

func compareModels(a, b attribution.Model) int {
	place := func(m attribution.Model) int {
		if i := slices.Index(modelOrder, m); i >= 0 {
			return i
		}
		return len(modelOrder)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a, b))
}

var modelTitles = map[attribution.Model]string{
	"last_non_direct": "Last non-direct", "position_based": "Position based", "j_shaped": "J-shaped", "inverse_j_shaped": "Inverse J",
	"w_shaped": "W-shaped", "markov_order_1": "Markov, order 1", "markov_order_2": "Markov, order 2", "markov_order_3": "Markov, order 3",
}

// modelTitle names a model for people.
func modelTitle(m attribution.Model) string {
	if t := modelTitles[m]; t != "" {
		return t
	}
	return sentence(string(m))
}
