package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Names of the files of a revision. A revision without its manifest does not exist.
const (
	ReportFile    = "report.json"
	ChannelsFile  = "channels.csv"
	CampaignsFile = "campaigns.csv"
	PathsFile     = "paths.csv"
	ManifestFile  = "manifest.json"
)

// Types of the files' contents.
const (
	typeJSON = "application/json"
	typeCSV  = "text/csv; charset=utf-8"
)

// File is a file of a report, in memory or, where Path is set, on disk.
type File struct {
	Name, ContentType string
	Body              []byte
	Path, SHA256      string // of a file on disk; SHA256 in hex
	Size              int64  // likewise
}

// Attach puts files among the report's that were made beside it. Their bytes must follow from the report's inputs.
func (r *Report) Attach(files ...File) { r.attached = append(r.attached, files...) }

// Open reads the file from its beginning.
func (f *File) Open() (io.ReadSeekCloser, int64, error) {
	if f.Path == "" {
		return memory{bytes.NewReader(f.Body)}, int64(len(f.Body)), nil
	}
	body, err := os.Open(f.Path)
	if err != nil {
		return nil, 0, fmt.Errorf("report: %s: %w", f.Name, err)
	}
	return body, f.Size, nil
}

// memory is a file's body that needs no closing.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// Own makes Discard call f: whatever the attached files lie in.
func (r *Report) Own(f func() error) { r.discard = f }

// Discard removes what the report keeps on disk. A file that cannot be removed goes with the machine.
func (r *Report) Discard() {
	if r.discard != nil {
		_ = r.discard()
	}
}

// entry describes the file.
func (f *File) entry() Entry {
	if f.Path != "" {
		return Entry{f.Name, f.ContentType, f.Size, f.SHA256}
	}
	hash := sha256.Sum256(f.Body)
	return Entry{f.Name, f.ContentType, int64(len(f.Body)), hex.EncodeToString(hash[:])}
}

// Manifest lists a revision: what it was made from and every other file of it.
type Manifest struct {
	Site     string  `json:"site"`
	Period   string  `json:"period"`
	From     string  `json:"from"`
	To       string  `json:"to"`
	TZ       string  `json:"tz"`
	Revision int     `json:"revision"`
	Currency string  `json:"currency"`
	Inputs   Inputs  `json:"inputs"`
	SumHolds bool    `json:"sum_holds"` // every model's credits are the totals; a report of which that is not so is not written
	Files    []Entry `json:"files"`
}

// Inputs says what a report was made from. Digest is the same for the same inputs, in whatever order they came.
type Inputs struct {
	Digest      string `json:"digest"`
	Conversions int64  `json:"conversions"`
	Touches     int64  `json:"touches"`
	Costs       int64  `json:"costs"`
	LookbackMs  int64  `json:"lookback_ms"`
	HalfLifeMs  int64  `json:"half_life_ms"`
	// What a later revision is compared by: the settings in words, digests of the paths that did not convert and of what is
	// told beside the conversions.
	Settings      map[string]string `json:"settings,omitempty"`
	NonConverting string            `json:"non_converting,omitempty"`
	Beside        string            `json:"beside,omitempty"`
}

// Entry describes one file.
type Entry struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Bytes       int64  `json:"bytes"`
	SHA256      string `json:"sha256"`
}

// ReadManifest reads what Files wrote.
func ReadManifest(body []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("report: manifest: %w", err)
	}
	return m, nil
}

// File finds a file by name; the manifest itself is none.
func (m *Manifest) File(name string) (Entry, bool) {
	for _, f := range m.Files {
		if f.Name == name {
			return f, true
		}
	}
	return Entry{}, false
}

// Files are the files of a revision, the manifest last.
func (r *Report) Files(revision int) ([]File, error) {
	d := r.document(revision)
	files, err := r.tables(&d)
	if err != nil {
		return nil, err
	}
	page, err := d.html()
	if err != nil {
		return nil, err
	}
	files = append(append(files, File{Name: HTMLFile, ContentType: typeHTML, Body: page}), r.attached...)
	manifest, err := encode(r.manifest(revision, files))
	return append(files, File{Name: ManifestFile, ContentType: typeJSON, Body: manifest}), err
}

// tables are the files of figures.
func (r *Report) tables(d *document) ([]File, error) {
	body, err := encode(d)
	return []File{
		{Name: ReportFile, ContentType: typeJSON, Body: body},
		{Name: ChannelsFile, ContentType: typeCSV, Body: r.channelsCSV()},
		{Name: CampaignsFile, ContentType: typeCSV, Body: r.campaignsCSV()},
		{Name: PathsFile, ContentType: typeCSV, Body: r.pathsCSV()},
	}, err
}

func (r *Report) manifest(revision int, files []File) Manifest {
	h := &r.head
	m := Manifest{
		Site: h.Site, Period: h.Kind, From: h.From, To: h.To, TZ: h.TZ(), Revision: revision, Currency: h.Currency, SumHolds: true,
		Inputs: r.inputs(),
	}
	for i := range files {
		m.Files = append(m.Files, files[i].entry())
	}
	return m
}

// inputs describes what the report was made from.
func (r *Report) inputs() Inputs {
	h, beside := &r.head, digest{}
	beside.extra(&r.extra)
	return Inputs{
		Digest: r.Digest(), Conversions: r.totals.conversions, Touches: r.totals.touches, Costs: r.digest.costs,
		LookbackMs: h.Lookback, HalfLifeMs: h.HalfLife, Settings: h.settings(), NonConverting: r.nulls.short(), Beside: beside.short(),
	}
}

// Attached finds an attached file by name; nil where there is none.
func (r *Report) Attached(name string) *File {
	for i := range r.attached {
		if r.attached[i].Name == name {
			return &r.attached[i]
		}
	}
	return nil
}

// encode writes JSON on one line. <, > and & stay as they are: the content type says that it is no page.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("report: encode: %w", err)
	}
	return b.Bytes(), nil
}
