package rows

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tributary/shared/report"
)

// ConversionsFile has a row for every conversion of the period, for whoever reconciles it with the books; the next revision is
// compared with it.
const ConversionsFile = "conversions.csv"

// Columns of ConversionsFile. A person is told by a hash: enough to see that two rows are one's, or that a row became another's.
const (
	columnID = iota
	columnOrder
	columnTime
	columnGoal
	columnCurrency
	columnValue
	columnNet
	columnRefunded
	columnUnconverted
	columnPerson
	columnTouches
	columnPath
	columnDigest
	columnKnownBy
	columnOwn
	columnCount
)

// firstColumns are those that the file had from the beginning.
const firstColumns = columnKnownBy

func conversionColumns() []string {
	return []string{
		"conversion", "order_id", "time", "goal", "currency", "value", "net_value", "fully_refunded", "unconverted", "person",
		"touches", "path", "touches_digest", "person_known_by", "own_credit",
	}
}

// addConversion writes a conversion's row.
func (w *Writer) addConversion(c *report.Credited) error {
	line := make([]string, columnCount)
	line[columnID], line[columnOrder] = report.Cell(c.ID), report.Cell(c.Order)
	line[columnTime] = time.UnixMilli(c.Time).UTC().Format("2006-01-02T15:04:05.000Z")
	line[columnGoal], line[columnCurrency] = report.Cell(c.Goal), w.head.Currency
	line[columnValue], line[columnNet] = decimal(c.Value, w.exponent), decimal(c.Net, w.exponent)
	line[columnRefunded], line[columnUnconverted] = strconv.FormatBool(c.Refunded), strconv.FormatBool(c.Unconverted)
	line[columnPerson], line[columnTouches] = hashed(c.Person), strconv.Itoa(len(c.Touches))
	line[columnPath], line[columnDigest] = report.Cell(pathOf(c.Touches)), digestOf(c.Touches)
	line[columnKnownBy], line[columnOwn] = knownBy(c.Person), report.Cell(c.Own)
	if err := w.ledger.Write(line); err != nil {
		return fmt.Errorf("rows: %s: %w", ConversionsFile, err)
	}
	return nil
}

// pseudonym is how a person is known who was erased.
const pseudonym = "pseudonym"

// knownBy is the kind of id that a person is known by, which tells nobody who it is.
func knownBy(person string) string {
	kind, _, typed := strings.Cut(person, "#")
	switch {
	case person == "":
		return ""
	case typed && kind == "U":
		return "user id"
	case typed && kind == "E":
		return "e-mail address"
	case typed && kind == "F":
		return "phone number"
	case typed && kind == "P":
		return "provider's id"
	case typed && kind == "X": // what an erasure leaves
		return pseudonym
	}
	return "anonymous id"
}

// pathOf are the channels of the touches, a run of one channel once.
func pathOf(touches []report.Touch) string {
	var steps []string
	for i := range touches {
		if n := len(steps); n == 0 || steps[n-1] != touches[i].Channel {
			steps = append(steps, touches[i].Channel)
		}
	}
	return strings.Join(steps, " > ")
}

// digestOf tells touches from others: what credit depends on, and the click ids that the platforms are told.
func digestOf(touches []report.Touch) string {
	if len(touches) == 0 {
		return ""
	}
	h := sha256.New()
	for i := range touches {
		t := &touches[i]
		fmt.Fprintf(h, "%q %d %q %q %q", t.ID, t.Time, t.Channel, t.Campaign, t.Type)
		for _, p := range platforms() {
			fmt.Fprintf(h, " %q", t.ClickIDs[p[1]])
		}
	}
	return short(h.Sum(nil))
}

func hashed(s string) string {
	if s == "" {
		return ""
	}
	h := sha256.Sum256([]byte(s))
	return short(h[:])
}

func short(hash []byte) string { return hex.EncodeToString(hash[:8]) }
