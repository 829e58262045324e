package report

import "fmt"

// CreditsRoot is the prefix of the rows that Athena reads: it takes every file below a prefix for rows, so they lie apart
// from the other files of a report. template.yaml has a table over them.
const CreditsRoot = "credits/"

// CreditsKey is where a revision's rows lie for Athena. Of two revisions of a place the later has the greater key.
func (p Place) CreditsKey(revision int) string {
	return fmt.Sprintf("%s%s/%06d.parquet", CreditsRoot, p, revision)
}
