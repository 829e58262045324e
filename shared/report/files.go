package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Names of the files of a revision. A revision without its manifest does not exist.
const (
	ReportFile    = "report.json"
	ChannelsFile  = "channels.csv"
	CampaignsFile = "campaigns.csv"
	ManifestFile  = "manifest.json"
)

// Types of the files' contents.
const (
	typeJSON = "application/json"
	typeCSV  = "text/csv; charset=utf-8"
)

// File is a file of a report.
type File struct {
	Name, ContentType string
	Body              []byte
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
	document, err := encode(r.document(revision))
	if err != nil {
		return nil, err
	}
	files := []File{
		{ReportFile, typeJSON, document},
		{ChannelsFile, typeCSV, r.channelsCSV()},
		{CampaignsFile, typeCSV, r.campaignsCSV()},
	}
	manifest, err := encode(r.manifest(revision, files))
	return append(files, File{ManifestFile, typeJSON, manifest}), err
}

func (r *Report) manifest(revision int, files []File) Manifest {
	h := &r.head
	m := Manifest{
		Site: h.Site, Period: h.Kind, From: h.From, To: h.To, TZ: h.TZ(), Revision: revision, Currency: h.Currency, SumHolds: true,
		Inputs: Inputs{
			Digest: r.Digest(), Conversions: r.totals.conversions, Touches: r.totals.touches, Costs: r.digest.costs,
			LookbackMs: h.Lookback, HalfLifeMs: h.HalfLife,
		},
	}
	for _, f := range files {
		hash := sha256.Sum256(f.Body)
		m.Files = append(m.Files, Entry{f.Name, f.ContentType, int64(len(f.Body)), hex.EncodeToString(hash[:])})
	}
	return m
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
