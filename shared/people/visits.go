package people

// Visit is a visit that led to a conversion, in Unix milliseconds.
type Visit struct {
	Person string
	Time   int64
}

// Distinct counts the persons of the visits of a span.
func Distinct(visits []Visit, s Span) int64 {
	seen := map[string]bool{}
	for _, v := range visits {
		if v.Time >= s.From && v.Time < s.To {
			seen[v.Person] = true
		}
	}
	return int64(len(seen))
}
