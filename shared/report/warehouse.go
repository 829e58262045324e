package report

import "fmt"

// CreditsRoot is the prefix of the rows that Athena reads: it takes every file below a prefix for rows, so they lie apart
// from the other files of a report. template.yaml has a table over them, partitioned by the first day, whatever the last.
const CreditsRoot = "credits/"

// CreditsKey is where a revision's rows lie for Athena. Of what begins on one day, what was made later has the greater key.
func (p Place) CreditsKey(revision int) string {
	return fmt.Sprintf("%s%s/%06d%s.parquet", CreditsRoot, p.day(), revision, p.suffix())
}
