package report

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
