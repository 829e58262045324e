package kpi

import "slices"

// IsCount reports a KPI that is a count or a sum; false for ratios and for names that are no KPI.
func IsCount(name string) bool {
	return slices.ContainsFunc(formulas(), func(f formula) bool { return f.name == name && f.ratio == nil })
}

// SumsOverHours reports a KPI whose hours add up to the day, of a ratio both parts: not what counts distinct people, nor what platforms
// tell by the day.
func SumsOverHours(name string) bool {
	e, ok := Explain(name)
	if !ok || slices.Contains([]string{"ctr", "cpc_minor", "cpm_minor"}, name) {
		return false
	}
	return !slices.ContainsFunc(e.Measures, func(m Measure) bool { return InputOf(m).Record == "person" })
}
