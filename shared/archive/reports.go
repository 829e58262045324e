package archive

import (
	"context"
	"fmt"

	"tributary/shared/report"
)

// maxManifest bounds a manifest that is read, in bytes.
const maxManifest = 1 << 20

// Reports finds the newest revision of every report whose key begins with prefix, which must begin with report.Root.
func (a *Archive) Reports(ctx context.Context, prefix string) (map[report.Place]int, error) {
	return a.reports(ctx, prefix, "")
}

// ReportsFrom is Reports of one site and kind, from a place's first day on.
func (a *Archive) ReportsFrom(ctx context.Context, from report.Place) (map[report.Place]int, error) {
	return a.reports(ctx, report.Root+from.Site+"/"+from.Kind+"/", report.Root+from.String())
}

func (a *Archive) reports(ctx context.Context, prefix, after string) (map[report.Place]int, error) {
	files, err := a.listAfter(ctx, prefix, after)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(files))
	for i, f := range files {
		keys[i] = f.Key
	}
	return report.Newest(keys), nil
}

// Manifest reads the manifest of a place's revision, as it is and parsed.
func (a *Archive) Manifest(ctx context.Context, place report.Place, revision int) (m report.Manifest, raw []byte, err error) {
	raw, err = a.Get(ctx, place.Key(revision, report.ManifestFile), maxManifest)
	if err != nil {
		return m, nil, err
	}
	if m, err = report.ReadManifest(raw); err != nil {
		return m, nil, fmt.Errorf("archive: %s revision %d: %w", place, revision, err)
	}
	return m, raw, nil
}
