package rows

import (
	"fmt"
	"strconv"
	"time"

	"tributary/shared/report"
)

// platforms are the columns of click ids, as the platforms' imports name them, and the parameters they are told by. Google Ads
// wants one of its three a row; the others pass over columns they do not know.
func platforms() [][2]string {
	return [][2]string{
		{"Google Click ID", "gclid"},
		{"GBRAID", "gbraid"},
		{"WBRAID", "wbraid"},
		{"Microsoft Click ID", "msclkid"},
		{"Facebook Click ID", "fbclid"},
		{"TikTok Click ID", "ttclid"},
		{"LinkedIn Click ID", "li_fat_id"},
		{"X Click ID", "twclid"},
		{"Reddit Click ID", "rdt_cid"},
		{"Pinterest Click ID", "epik"},
		{"Snapchat Click ID", "sccid"},
	}
}

func columns() []string {
	var line []string
	for _, p := range platforms() {
		line = append(line, p[0])
	}
	return append(line, "Conversion Name", "Conversion Time", "Conversion Value", "Conversion Currency", "Order ID")
}

// addOffline writes a conversion that a click led to: the last click id of each platform among its eligible touches, what
// is left of its value after refunds, and its time with the offset of UTC. One that was fully refunded is left out, for
// a platform would learn to bring more of the kind.
func (w *Writer) addOffline(c *report.Conversion) error {
	if c.Refunded {
		return nil
	}
	var line []string
	found := false
	for _, p := range platforms() {
		id := lastClick(c.Touches, p[1])
		found = found || id != ""
		line = append(line, report.Cell(id))
	}
	if !found {
		return nil
	}
	line = append(line, report.Cell(c.Goal), time.UnixMilli(c.Time).UTC().Format("2006-01-02 15:04:05+0000"),
		decimal(c.Net, w.exponent), w.head.Currency, report.Cell(c.Order))
	if err := w.lines.Write(line); err != nil {
		return fmt.Errorf("rows: %s: %w", OfflineFile, err)
	}
	return nil
}

func lastClick(touches []report.Touch, parameter string) string {
	for i := len(touches) - 1; i >= 0; i-- {
		if id := touches[i].ClickIDs[parameter]; id != "" {
			return id
		}
	}
	return ""
}

// decimal writes minor units in units: 1999 of two decimals is 19.99.
func decimal(minor int64, exponent int) string {
	sign, digits := "", strconv.FormatInt(minor, 10)
	if minor < 0 {
		sign, digits = "-", digits[1:]
	}
	for len(digits) <= exponent {
		digits = "0" + digits
	}
	if exponent == 0 {
		return sign + digits
	}
	cut := len(digits) - exponent
	return sign + digits[:cut] + "." + digits[cut:]
}
