package report

import "cmp"

// Newest finds the newest revision of every place among the keys of a listing. Only a revision with its manifest counts: one
// without died while it was written, and is never shown.
func Newest(keys []string) map[Place]int {
	newest := map[Place]int{}
	for _, key := range keys {
		if p, revision, name, ok := ParseKey(key); ok && name == ManifestFile {
			newest[p] = max(newest[p], revision)
		}
	}
	return newest
}

// Last is, of places that begin on one day, the one whose newest revision was made last, and that revision; 0 where there is none.
// Revisions of ranges that begin on one day are numbered together; of two that were made at once it is the one that ends later.
func Last(newest map[Place]int) (last Place, revision int) {
	for p, n := range newest {
		if cmp.Or(cmp.Compare(n, revision), cmp.Compare(p.To, last.To)) > 0 {
			last, revision = p, n
		}
	}
	return last, revision
}
