package spend

import (
	"strings"

	"tributary/shared/fault"
	"tributary/shared/money"
)

// style is the decimal sign of a file.
type style byte

const (
	unknown style = 0
	point   style = '.'
	comma   style = ','
)

// votes finds the decimal sign in the costs of a whole file, as one cell like 1,234 does not tell. Both signs in one cell,
// or one sign with other than three digits behind it, do.
func votes(amounts []string, otherwise style) (style, error) {
	found := unknown
	for _, a := range amounts {
		v := vote(digits(a))
		if v == unknown || v == found {
			continue
		}
		if found != unknown {
			return 0, fault.New(fault.InvalidAmount, "cost", "the file writes amounts with a decimal point and with a decimal comma; export it in one language")
		}
		found = v
	}
	if found == unknown {
		return otherwise, nil
	}
	return found, nil
}

// vote is the decimal sign that an amount shows for certain.
func vote(s string) style {
	p, c := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	switch {
	case p < 0 && c < 0:
		return unknown
	case p >= 0 && c >= 0:
		return style(s[max(p, c)])
	}
	at := max(p, c)
	sign := s[at]
	switch {
	case strings.Count(s, s[at:at+1]) > 1: // 1.234.567: a separator of thousands
		return map[byte]style{'.': comma, ',': point}[sign]
	case len(s)-at-1 != 3 || strings.TrimLeft(s[:at], "-0") == "":
		return style(sign)
	}
	return unknown
}

// digits takes away what is no part of the number: a currency's sign or code before or behind it, spaces and apostrophes
// of thousands. What else is no digit becomes a question mark, which no reader takes.
func digits(s string) string {
	s = strings.TrimFunc(strings.ReplaceAll(s, "−", "-"), func(r rune) bool {
		return r >= 'A' && r <= 'Z' || strings.ContainsRune("$€£¥ \u00a0\u202f", r)
	})
	if rest, negative := strings.CutPrefix(s, "-"); negative { // -$5.00
		s = "-" + strings.TrimLeft(rest, "$€£¥ ")
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r == '.', r == ',', r == '-':
			return r
		case strings.ContainsRune(" \u00a0\u202f'’", r):
			return -1
		}
		return '?'
	}, s)
}

// plain is an amount as digits with a decimal point; false when its separators do not stand where thousands end.
func (s style) plain(amount string) (string, bool) {
	d := digits(amount)
	whole, fraction, dot := strings.Cut(d, string(rune(s)))
	thousands := ","
	if s == comma {
		thousands = "."
	}
	groups := strings.Split(strings.TrimPrefix(whole, "-"), thousands)
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && (g == "" || len(g) > 3) {
			return "", false
		}
	}
	whole = strings.ReplaceAll(whole, thousands, "")
	if dot {
		return whole + "." + fraction, true
	}
	return whole, true
}

// cost reads millionths of a unit.
func (s style) cost(amount string) (int64, error) {
	p, ok := s.plain(amount)
	if ok && strings.HasPrefix(p, ".") {
		p = "0" + p
	}
	if !ok {
		return 0, fault.New(fault.InvalidAmount, "cost", "%q is no amount; write it like 1234.56", fault.Clip(amount))
	}
	n, err := money.ParseMicros(p)
	if err != nil {
		return 0, fault.New(fault.InvalidAmount, "cost", "%q is no amount; write it like 1234.56", fault.Clip(amount))
	}
	return n, nil
}

// count reads a whole number; -1 when there is none. Whatever the language, every sign in it separates thousands, but for
// zeros behind a decimal sign.
func count(name field, s string) (int64, error) {
	if s == "" {
		return -1, nil
	}
	d := digits(s)
	for _, tail := range []string{".0", ".00", ",0", ",00"} {
		d = strings.TrimSuffix(d, tail)
	}
	n, err := money.ParseInteger(strings.NewReplacer(".", "", ",", "").Replace(d))
	if err != nil || n < 0 {
		return 0, fault.New(fault.InvalidField, string(name), "%q is no count; write a whole number", fault.Clip(s))
	}
	return n, nil
}
