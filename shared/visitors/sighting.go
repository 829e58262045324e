package visitors

import (
	"hash/fnv"
	"slices"

	"tributary/shared/event"
	"tributary/shared/kpi"
)

// Parts is how many items share an hour, so that a busy site has no hot one.
const Parts = 4

// Family tells items of ids, which visits alone make, from items of people, for which the identity index is asked: their
// writers are different functions and so never in each other's way.
type Family string

// Families; the names are stored.
const (
	OfIds    Family = "ids"
	OfPeople Family = "people"
)

// Place is one item: a UTC hour (or quarter hour) or a UTC day.
type Place struct {
	Site   string
	Family Family
	Part   int
	Bucket string // "2026-01-05", "2026-01-05T07", "2026-01-05T07:15"
}

// Sighting is a person seen at a time (Unix milliseconds). Ids are the typed ids of the person, the strongest first; a visit that
// is noted before anything is known of its person has one.
type Sighting struct {
	Site     string
	At       int64
	Quarter  bool // the site counts in quarter hours
	Ids      []string
	Customer bool // the person had ordered before
}

// Seen is the sighting of an event as it came: of a visit by a person with an id.
func Seen(e *event.Event) (Sighting, bool) {
	if e.Type != "visit" || !e.Human() || e.Erased {
		return Sighting{}, false
	}
	ids := e.IDs()
	if len(ids) == 0 {
		return Sighting{}, false
	}
	return Sighting{Site: e.Site, At: e.Time, Quarter: e.Quarter, Ids: ids[:1]}, true
}

// Notes are the names that go into the sketches of one item.
type Notes map[Set][]string

// OfVisits are what visits say that come one by one.
func OfVisits(list []Sighting) map[Place]Notes {
	all := map[Place]Notes{}
	for _, s := range list {
		note(all, OfIds, s, Ids, s.Ids[0])
	}
	return all
}

// OfPersons are what visits say of people of whom more is known.
func OfPersons(list []Sighting) map[Place]Notes {
	all := map[Place]Notes{}
	for _, s := range list {
		if len(s.Ids) > 1 {
			note(all, OfPeople, s, Persons, s.Ids...)
			note(all, OfPeople, s, Extra, s.Ids[1:]...)
		}
		if s.Customer {
			note(all, OfPeople, s, Customers, s.Ids[0])
		}
	}
	return all
}

// note puts names under the hour and the day of a sighting.
func note(all map[Place]Notes, f Family, s Sighting, set Set, names ...string) {
	hour := kpi.Bucket(s.At, s.Quarter)
	for _, bucket := range []string{hour, hour[:len("2006-01-02")]} {
		at := Place{Site: s.Site, Family: f, Part: partOf(s.Ids[0]), Bucket: bucket}
		if all[at] == nil {
			all[at] = Notes{}
		}
		for _, n := range names {
			if !slices.Contains(all[at][set], n) {
				all[at][set] = append(all[at][set], n)
			}
		}
	}
}

func partOf(name string) int {
	h := fnv.New32a()
	h.Write([]byte(name))
	return int(h.Sum32() % Parts)
}
