package report

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tributary/shared/browsertest"
)

// What a report carries for its charts, in bytes: as it stands in every report.html, and as it travels.
const (
	scriptLimit  = 560_000
	zippedLimit  = 195_000
	stylesLimit  = 12_000
	templateSize = 6_000
)

func TestScriptIsWithinItsBudget(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(pageScript)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		what       string
		got, limit int
	}{
		{"report.gen.js", len(pageScript), scriptLimit},
		{"report.gen.js, zipped", zipped.Len(), zippedLimit},
		{"report.css", len(pageStyle), stylesLimit},
		{"report.html.tmpl", len(pageTemplate), templateSize},
	} {
		t.Logf("%s: %d of %d bytes", tc.what, tc.got, tc.limit)
		if tc.got > tc.limit {
			t.Errorf("%s is %d bytes over its budget of %d", tc.what, tc.got-tc.limit, tc.limit)
		}
	}
}

// A script element ends where its text says so, whatever the script meant by it.
func TestScriptStaysInItsElement(t *testing.T) {
	lower := strings.ToLower(pageScript)
	for _, end := range []string{"</script", "<!--"} {
		if strings.Contains(lower, end) {
			t.Errorf("report.gen.js holds %s", end)
		}
	}
	if strings.Contains(strings.ToLower(pageStyle), "</style") {
		t.Error("report.css holds </style")
	}
}

// The committed bundle names what it holds and under which licences.
func TestScriptNamesItsLicences(t *testing.T) {
	texts, err := os.ReadFile("web/licences.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Apache License", "Baidu Inc", "Mike Bostock", "Microsoft Corporation"} {
		if !bytes.Contains(texts, []byte(want)) {
			t.Errorf("licences.txt has no %q", want)
		}
	}
	for _, want := range []string{"DO NOT EDIT", "Apache ECharts 6.1.0", "ZRender 6.1.0", "tslib 2.3.0"} {
		if !strings.Contains(pageScript[:600], want) {
			t.Errorf("report.gen.js does not begin with a notice of %q", want)
		}
	}
}

// Building from the lockfile gives the committed bytes: nobody has to trust a bundle that cannot be made again.
func TestBundleIsBuiltFromTheLockfile(t *testing.T) {
	if _, err := os.Stat("web/node_modules/esbuild/package.json"); err != nil {
		browsertest.Needed(t, "no esbuild; `npm ci` in shared/report/web installs what the lockfile names")
	}
	out := filepath.Join(t.TempDir(), "report.gen.js")
	if said, err := exec.Command("node", "web/build.mjs", out).CombinedOutput(); err != nil {
		t.Fatalf("node web/build.mjs: %v\n%s", err, said)
	}
	built, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if string(built) != pageScript {
		t.Errorf("web/src builds %d bytes that differ from the %d of report.gen.js: run `npm ci && npm run build` in shared/report/web", len(built), len(pageScript))
	}
}

// The lockfile pins by hash and names no host.
func TestLockfileNamesNoRegistry(t *testing.T) {
	lock, err := os.ReadFile("web/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) {
		t.Error("package-lock.json says where packages were downloaded from")
	}
	if n, pins := bytes.Count(lock, []byte(`"node_modules/`)), bytes.Count(lock, []byte(`"integrity"`)); n == 0 || pins != n {
		t.Errorf("%d packages, %d of them pinned by hash", n, pins)
	}
}
