// Package rows writes the files of a report that have rows for every conversion: credits.parquet, conversions.csv and
// offline_conversions.csv. They are streamed to disk, so that memory stays flat as conversions grow; the order of the rows is
// that in which conversions are added, and the same rows give the same bytes.
package rows

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/parquet-go/parquet-go"

	"tributary/shared/attribution"
	"tributary/shared/money"
	"tributary/shared/report"
)

// Names of the files.
const (
	CreditsFile = "credits.parquet"
	OfflineFile = "offline_conversions.csv"
)

// Row is a row of credits.parquet: one conversion, touch and model. A conversion without touches has one row a model, of the
// channel (unattributed). Times are Unix milliseconds, amounts minor units of Currency, credit millionths of a conversion.
type Row struct {
	Conversion         string `parquet:"conversion,dict"`
	Order              string `parquet:"order_id,dict"`
	Time               int64  `parquet:"time,timestamp(millisecond)"`
	Goal               string `parquet:"goal,dict"`
	Model              string `parquet:"model,dict"`
	Position           int32  `parquet:"position"` // from 1; 0 without touches
	Touches            int32  `parquet:"touches"`
	Touch              string `parquet:"touch_id,dict"`
	TouchTime          int64  `parquet:"touch_time,timestamp(millisecond)"` // the conversion's where there is no touch
	TouchType          string `parquet:"touch_type,dict"`
	Channel            string `parquet:"channel,dict"`
	Campaign           string `parquet:"campaign,dict"`
	ConversionsMicro   int64  `parquet:"conversions_micro"`
	ValueMinor         int64  `parquet:"value_minor"`
	NetConversions     int64  `parquet:"net_conversions_micro"`
	NetValueMinor      int64  `parquet:"net_value_minor"`
	Currency           string `parquet:"currency,dict"`
	FullyRefunded      bool   `parquet:"fully_refunded"`
	ConversionUnvalued bool   `parquet:"unconverted"` // some amount had no exchange rate and is in no value
}

// Rows of a row group, which is packed in memory as it grows, some 8 bytes a row; what the file's end says of each group, some 40 KB, is held
// to the end. And rows that are held before they are packed.
const (
	group = 1_000_000
	some  = 10_000
)

// Writer makes the files in a folder of their own. It is used by one goroutine.
type Writer struct {
	dir      string
	head     *report.Head
	exponent int
	models   []attribution.Model
	credits  file
	offline  file
	listed   file
	parquet  *parquet.GenericWriter[Row]
	lines    *csv.Writer         // of offline
	ledger   *csv.Writer         // of listed
	held     []Row               // not packed yet
	packed   int                 // rows of the row group
	group    int                 // rows that a row group has
	since    int64               // Unix milliseconds
	late     map[string]struct{} // conversions whose record was written since
}

// file is a file being written, with its digest.
type file struct {
	*os.File
	buffer *bufio.Writer
	sum    hash.Hash
	size   int64
}

func (f *file) Write(b []byte) (int, error) {
	f.sum.Write(b)
	f.size += int64(len(b))
	return f.buffer.Write(b)
}

func (f *file) finish() error { return errors.Join(f.buffer.Flush(), f.Close()) }

func create(dir, name string) (file, error) {
	f, err := os.Create(filepath.Join(dir, name))
	return file{File: f, buffer: bufio.NewWriterSize(f, 1<<16), sum: sha256.New()}, err
}

// New begins the files of a report in a new folder below dir; empty is the system's folder for such things. Since is when the first of
// the conversions was read, Unix milliseconds; see ErrMoved.
func New(dir string, h *report.Head, since int64) (*Writer, error) {
	exponent, ok := money.Exponent(h.Currency)
	if !ok {
		return nil, fmt.Errorf("rows: currency %q is not known", h.Currency)
	}
	dir, err := os.MkdirTemp(dir, "report-")
	if err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	w := &Writer{dir: dir, head: h, exponent: exponent, models: attribution.Models(), group: group, since: since, late: map[string]struct{}{}}
	if w.credits, err = create(dir, CreditsFile); err == nil {
		w.offline, err = create(dir, OfflineFile)
	}
	if err == nil {
		w.listed, err = create(dir, ConversionsFile)
	}
	if err != nil {
		w.Discard()
		return nil, fmt.Errorf("rows: %w", err)
	}
	w.parquet = parquet.NewGenericWriter[Row](io.Writer(&w.credits), parquet.Compression(&parquet.Snappy), parquet.CreatedBy("tributary", "1", "0"))
	w.lines, w.ledger = csv.NewWriter(&w.offline), csv.NewWriter(&w.listed)
	w.lines.UseCRLF, w.ledger.UseCRLF = true, true
	return w, errors.Join(w.lines.Write(columns()), w.ledger.Write(conversionColumns()))
}

// Add writes a conversion's rows.
func (w *Writer) Add(c *report.Credited) error {
	if c.Written >= w.since {
		w.late[c.ID] = struct{}{}
	}
	if err := errors.Join(w.addOffline(c.Conversion), w.addConversion(c)); err != nil {
		return err
	}
	for m, model := range w.models {
		row := Row{
			Conversion: c.ID, Order: c.Order, Time: c.Time, Goal: c.Goal, Model: string(model), Touches: int32(len(c.Touches)),
			Currency: w.head.Currency, FullyRefunded: c.Refunded, ConversionUnvalued: c.Unconverted,
		}
		if len(c.Touches) == 0 {
			row.TouchTime, row.Channel, row.Campaign = c.Time, attribution.Unattributed, attribution.Unattributed
			row.ConversionsMicro, row.ValueMinor, row.NetValueMinor = 1_000_000, c.Value, c.Net
			if !c.Refunded {
				row.NetConversions = 1_000_000
			}
			w.held = append(w.held, row)
			continue
		}
		w.addCredit(row, c, &c.Credit[m])
	}
	if len(w.held) < some {
		return nil
	}
	return w.pack()
}

func (w *Writer) addCredit(row Row, c *report.Credited, credit *report.Credit) {
	for i := range c.Touches {
		t := &c.Touches[i]
		row.Position, row.Touch, row.TouchTime, row.TouchType = int32(i+1), t.ID, t.Time, cmp.Or(t.Type, attribution.Visit)
		row.Channel, row.Campaign = t.Channel, cmp.Or(t.Campaign, report.None)
		row.ConversionsMicro, row.ValueMinor, row.NetValueMinor = credit.Conversions[i], credit.Value[i], credit.Net[i]
		row.NetConversions = 0
		if credit.NetConversions != nil {
			row.NetConversions = credit.NetConversions[i]
		}
		w.held = append(w.held, row)
	}
}

// pack writes what is held into the row group, and ends that when it is whole.
func (w *Writer) pack() error {
	if _, err := w.parquet.Write(w.held); err != nil {
		return fmt.Errorf("rows: %s: %w", CreditsFile, err)
	}
	w.packed += len(w.held)
	w.held = w.held[:0]
	if w.packed < w.group {
		return nil
	}
	w.packed = 0
	if err := w.parquet.Flush(); err != nil {
		return fmt.Errorf("rows: %s: %w", CreditsFile, err)
	}
	return nil
}

// Close ends the files and hands them out. They stay until Discard.
func (w *Writer) Close() ([]report.File, error) {
	if len(w.held) > 0 {
		if err := w.pack(); err != nil {
			return nil, err
		}
	}
	w.lines.Flush()
	w.ledger.Flush()
	if err := errors.Join(w.lines.Error(), w.ledger.Error(), w.parquet.Close(), w.credits.finish(), w.offline.finish(), w.listed.finish()); err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	if err := w.once(); err != nil {
		return nil, err
	}
	return []report.File{
		w.credits.file(CreditsFile, "application/vnd.apache.parquet"), w.offline.file(OfflineFile, "text/csv; charset=utf-8"),
		w.listed.file(ConversionsFile, "text/csv; charset=utf-8"),
	}, nil
}

// ErrMoved is a conversion that was added twice, as its record was given another time while the conversions were read. Whoever reads
// them again finds it once.
var ErrMoved = errors.New("a conversion got another time while it was read")

// once ensures that no conversion was added twice. Only one whose record was written meanwhile can have been, so that no others need
// be remembered.
func (w *Writer) once() error {
	if len(w.late) == 0 {
		return nil
	}
	listed, err := os.Open(w.listed.Name())
	if err != nil {
		return fmt.Errorf("rows: %w", err)
	}
	defer listed.Close()
	seen, moved := map[string]int{}, ""
	late := func(id string) bool { _, is := w.late[id]; return is }
	err = eachLine(listed, late, func(line []string) {
		if seen[line[columnID]]++; seen[line[columnID]] > 1 {
			moved = strings.Clone(line[columnID])
		}
	})
	if err == nil && moved != "" {
		err = fmt.Errorf("rows: %s: %w", moved, ErrMoved)
	}
	return err
}

func (f *file) file(name, contentType string) report.File {
	return report.File{Name: name, ContentType: contentType, Path: f.Name(), Size: f.size, SHA256: hex.EncodeToString(f.sum.Sum(nil))}
}

// Discard removes the files.
func (w *Writer) Discard() error { return os.RemoveAll(w.dir) }
