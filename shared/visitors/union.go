package visitors

// Union is what items of some time hold together. The zero value is empty.
type Union struct{ seen, extra, customers Sketch }

// Add merges an item.
func (u *Union) Add(it Item) error {
	for set, into := range map[Set]*Sketch{Ids: &u.seen, Persons: &u.seen, Extra: &u.extra, Customers: &u.customers} {
		s, err := Decode(it.Sets[set])
		if err != nil {
			return err
		}
		if err := into.Merge(s); err != nil {
			return err
		}
	}
	return nil
}

// Visitors is the estimated number of people.
func (u *Union) Visitors() int64 { return max(0, u.seen.Size()-u.extra.Size()) }

// Of is the estimated number of different names among those given that were seen.
func (u *Union) Of(names []string) int64 {
	with := u.seen.Clone()
	with.Add(names...)
	n := int64(len(names))
	return min(n, max(0, n-(with.Size()-u.seen.Size())))
}

// Before is the estimated number of people who had ordered before they were seen, but for those given.
func (u *Union) Before(but []string) int64 {
	with, alone := u.customers.Clone(), Sketch{}
	with.Add(but...)
	alone.Add(but...)
	return max(0, with.Size()-alone.Size())
}
