package kpi

import "testing"

// Ensures that every figure that can be had is explained, down to the types of events behind it.
func TestEveryFigureIsExplained(t *testing.T) {
	for _, s := range []Scope{OfSite, OfPart, OfGoal, OfType, OfPage} {
		for _, name := range FigureNames(s) {
			e, ok := Explain(name)
			if !ok || e.Formula == "" || len(e.Measures) == 0 {
				t.Errorf("%s is not explained", name)
			}
			for _, m := range e.Measures {
				if in := InputOf(m); in.Is == "" || len(in.Types) == 0 && m != Events {
					t.Errorf("%s is made of %s, which nobody explains", name, m)
				}
			}
		}
	}
	for _, f := range formulas() {
		e, _ := Explain(f.name)
		if f.ratio == nil && (len(e.Measures) == 0 || e.Measures[0] != f.sum) {
			t.Errorf("%s counts %s, and %v are told", f.name, f.sum, e.Measures)
		}
	}
}

// Ensures that a cost in a currency is explained as the cost.
func TestInputOfACurrency(t *testing.T) {
	if got := InputOf(CostIn(MediaCost, "EUR")); got.Is != "media cost" {
		t.Errorf("got %+v", got)
	}
}
