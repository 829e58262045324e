package rows

import (
	"fmt"
	"io"

	"tributary/shared/report"
)

// whyOther is why a conversion has another person.
func whyOther(was, is []string) string {
	switch {
	case is[columnPerson] == "" || is[columnKnownBy] == pseudonym:
		return report.Forgotten
	case was[columnPerson] == "":
		return report.Known
	}
	return report.Merged
}

// someone says whose a conversion is, as far as a reader may know: by what kind of id, never by which.
func someone(line []string) string {
	switch {
	case line[columnPerson] == "":
		return "nobody known"
	case line[columnKnownBy] == "" || line[columnKnownBy] == untold:
		return "somebody"
	case line[columnKnownBy] == "anonymous id" || line[columnKnownBy] == "e-mail address":
		return "somebody known by an " + line[columnKnownBy]
	}
	return "somebody known by a " + line[columnKnownBy]
}

// tellPeople adds to each change of a person which other conversions are the person's now. It
// reads the file twice, where there is such a change.
func tellPeople(c *report.Changes, is io.ReadSeeker) error {
	whose := map[string]string{} // by conversion, the person now
	c.Amend(func(one *report.Change) {
		if one.Reason == report.Merged || one.Reason == report.Known {
			whose[one.ID] = ""
		}
	})
	if len(whose) == 0 {
		return nil
	}
	listed := func(id string) bool { _, is := whose[id]; return is }
	if err := eachLine(is, listed, func(line []string) { whose[line[columnID]] = line[columnPerson] }); err != nil {
		return err
	}
	known := map[string]*others{}
	for _, person := range whose {
		if person != "" {
			known[person] = &others{}
		}
	}
	all := func(string) bool { return true }
	if err := eachLine(is, all, func(line []string) {
		if o := known[line[columnPerson]]; o != nil {
			o.add(line[columnID])
		}
	}); err != nil {
		return err
	}
	c.Amend(func(one *report.Change) {
		if o := known[whose[one.ID]]; o != nil {
			one.To += o.beside(one.ID)
		}
	})
	return nil
}

// others are the conversions of one person: the two least ids, so that one is left beside any, and how many there are.
type others struct {
	first, second string
	count         int
}

func (o *others) add(id string) {
	o.count++
	switch {
	case o.first == "" || id < o.first:
		o.first, o.second = id, o.first
	case o.second == "" || id < o.second:
		o.second = id
	}
}

// beside tells of the person's conversions but one.
func (o *others) beside(id string) string {
	other := o.first
	if other == id {
		other = o.second
	}
	switch o.count {
	case 1:
		return ""
	case 2:
		return ", whose " + report.Subject(other) + " is too"
	}
	return fmt.Sprintf(", whose %s is too, and %d more", report.Subject(other), o.count-2)
}
