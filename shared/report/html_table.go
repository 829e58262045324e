package report

import "encoding/json"

// grid is a table: a row's first cell is its heading.
type grid struct {
	ID, Caption string
	Head        []column
	Rows        []line
	Foot        *line
	Wide        bool // more columns than a sheet of paper likes
}

type column struct {
	Text  string
	Right bool // figures
}

type line struct {
	Name   string
	Cells  []datum
	Marked bool // the one that matters most
}

type datum struct{ Text, Class string }

// words is a column of text; figureColumns are columns of figures.
func words(text string) []column { return []column{{Text: text}} }

func figureColumns(texts ...string) []column {
	columns := make([]column, len(texts))
	for i, t := range texts {
		columns[i] = column{Text: t, Right: true}
	}
	return columns
}

// numbers are cells of figures.
func numbers(texts ...string) []datum {
	cells := make([]datum, len(texts))
	for i, t := range texts {
		cells[i] = datum{Text: t, Class: "n"}
	}
	return cells
}

// chart is one drawing, as web/src reads it. Values are written as exact decimals; Labels are what a reader sees.
type chart struct {
	ID     string   `json:"id"`
	Kind   string   `json:"kind"` // rows, columns, spread, flow
	Label  string   `json:"-"`
	Key    []pair   `json:"-"` // class of a swatch, and its meaning
	Wide   bool     `json:"-"` // cannot be drawn as narrow as a phone: scrolls within itself
	Names  []string `json:"names,omitempty"`
	Series []series `json:"series,omitempty"`
	Nodes  []node   `json:"nodes,omitempty"`
	Links  []link   `json:"links,omitempty"`
}

type series struct {
	Name   string        `json:"name"`
	Tone   string        `json:"tone,omitempty"`
	Chosen bool          `json:"chosen,omitempty"` // the model of the report
	Marked *int          `json:"marked,omitempty"` // the bar that stands out
	Values []json.Number `json:"values"`
	Labels []string      `json:"labels"`
}

func (s *series) add(value json.Number, label string) {
	s.Values, s.Labels = append(s.Values, value), append(s.Labels, label)
}

// node is a place in a flow: Depth counts from the left, Name chooses the colour.
type node struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Tip   string `json:"tip"`
	Depth int    `json:"depth"`
	Name  int    `json:"name"`
}

type link struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Value int64  `json:"value"`
	Tip   string `json:"tip"`
}
