package kpi

import (
	"fmt"
	"strconv"
	"strings"
)

// codes shorten the measures that journey records carry. They are stored: a code never changes its meaning, and none
// is used again.
var codes = []struct {
	code    string
	measure Measure
}{
	{"c", Conversions},
	{"n", NetConversions},
	{"o", Orders},
	{"p", NetOrders},
	{"m", ConversionsMicro},
	{"g", RevenueGross},
	{"v", RevenueNet},
	{"r", Refunds},
	{"w", ConvertingVisits},
	{"k", Carts},
	{"b", CartsBought},
	{"es", EmailSent},
	{"eb", EmailBounced},
	{"eo", EmailOpened},
	{"ec", EmailClicked},
	{"ex", EmailClickedOpened},
	{"i", Invites},
	{"is", InvitesSignedUp},
	{"ib", InvitesBought},
	{"sr", SocialReach},
	{"si", SocialImpressions},
	{"sf", SocialFollowers},
}

// separators end fields and lines; a value that holds one, or a backslash, has it escaped.
var (
	escaper   = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`)
	unescaper = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n")
)

// EncodeMoves writes moves as the attribute `moves` of a journey record: one line a counter,
//
//	site TAB bucket TAB dimension TAB value TAB split TAB measure=amount TAB ...
//
// in canonical order, sums of zero left out, where an empty site, bucket or dimension repeats the line before. The same
// moves in any order give the same text; no moves give "".
func EncodeMoves(moves []Move) string {
	moves = Changes(nil, moves)
	var b strings.Builder
	var last Key
	for i, m := range moves {
		if i == 0 || m.Key != last {
			if i > 0 {
				b.WriteByte('\n')
			}
			writeKey(&b, last, m.Key)
			last = m.Key
		}
		b.WriteByte('\t')
		b.WriteString(short(m.Measure))
		b.WriteByte('=')
		b.WriteString(strconv.FormatInt(m.Amount, 10))
	}
	return b.String()
}

// writeKey writes k's five fields, the first three only where they differ from the line before.
func writeKey(b *strings.Builder, last, k Key) {
	for _, f := range [...][2]string{{last.Site, k.Site}, {last.Bucket, k.Bucket}, {string(last.Dimension), string(k.Dimension)}} {
		if f[0] != f[1] {
			b.WriteString(escaper.Replace(f[1]))
		}
		b.WriteByte('\t')
	}
	b.WriteString(escaper.Replace(k.Value))
	b.WriteByte('\t')
	b.WriteString(escaper.Replace(k.Split))
}

func short(m Measure) string {
	for _, c := range codes {
		if c.measure == m {
			return c.code
		}
	}
	return escaper.Replace(string(m))
}

func long(code string) Measure {
	for _, c := range codes {
		if c.code == code {
			return c.measure
		}
	}
	return Measure(unescaper.Replace(code))
}

// DecodeMoves reads what EncodeMoves wrote.
func DecodeMoves(text string) ([]Move, error) {
	if text == "" {
		return nil, nil
	}
	var moves []Move
	var k Key
	for line := range strings.SplitSeq(text, "\n") {
		fields := strings.Split(line, "\t")
		if len(fields) < 6 {
			return nil, fmt.Errorf("kpi: moves: line %q has %d fields, want at least 6", line, len(fields))
		}
		k.read(fields)
		for _, f := range fields[5:] {
			name, digits, _ := strings.Cut(f, "=")
			n, err := strconv.ParseInt(digits, 10, 64)
			if err != nil || name == "" {
				return nil, fmt.Errorf("kpi: moves: %q is no measure=amount", f)
			}
			moves = append(moves, Move{Key: k, Measure: long(name), Amount: n})
		}
	}
	return moves, nil
}

// read sets k from a line's fields; k holds the line before.
func (k *Key) read(fields []string) {
	if fields[0] != "" {
		k.Site = unescaper.Replace(fields[0])
	}
	if fields[1] != "" {
		k.Bucket = unescaper.Replace(fields[1])
	}
	if fields[2] != "" {
		k.Dimension = Dimension(unescaper.Replace(fields[2]))
	}
	k.Value, k.Split = unescaper.Replace(fields[3]), unescaper.Replace(fields[4])
}
