package payload

import (
	"math"
	"strings"
	"unicode/utf8"
)

// parser makes the nodes of a document, once, from left to right.
type parser struct {
	*document
	at    int
	depth int
}

// guard refuses what no character of JSON is.
func (p *parser) guard() error {
	switch {
	case len(p.raw) > math.MaxInt32:
		return bad("the body is too large")
	case !utf8.Valid(p.raw):
		return bad("the body is not valid UTF-8")
	}
	return nil
}

func (p *parser) whole() error {
	if err := p.value(); err != nil {
		return err
	}
	if p.space(); p.at < len(p.raw) {
		return bad("there is more behind the body's JSON, at byte %d", p.at)
	}
	return nil
}

func (p *parser) space() {
	for p.at < len(p.raw) {
		switch p.raw[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// next is the byte that a value or a mark begins with; 0 at the end.
func (p *parser) next() byte {
	if p.space(); p.at < len(p.raw) {
		return p.raw[p.at]
	}
	return 0
}

func (p *parser) value() error {
	switch c := p.next(); {
	case c == '{' || c == '[':
		return p.nested(c)
	case c == '"':
		return p.text()
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	n, kind := literal(p.raw[p.at:])
	if n == 0 {
		return bad("the body is no JSON at byte %d", p.at)
	}
	p.leaf(kind, p.at, p.at+n, false)
	p.at += n
	return nil
}

func (p *parser) leaf(k kind, start, end int, escaped bool) {
	p.nodes = append(p.nodes, node{kind: k, escaped: escaped, start: int32(start), end: int32(end), next: int32(len(p.nodes) + 1)})
}

// nested reads an object or array: its members, each with a comma before it but the first.
func (p *parser) nested(open byte) error {
	if p.depth++; p.depth > maxDepth {
		return bad("the body is nested more than %d deep", maxDepth)
	}
	at, k, closing := len(p.nodes), array, byte(']')
	if open == '{' {
		k, closing = object, '}'
	}
	p.leaf(k, p.at, 0, false)
	p.at++
	for first := true; ; first = false {
		c := p.next()
		if c == closing {
			break
		}
		if !first {
			if c != ',' {
				return bad("the body is no JSON at byte %d", p.at)
			}
			p.at++
			if p.next() == closing {
				return bad("the body has a comma before its closing bracket, at byte %d", p.at)
			}
		}
		if err := p.member(k); err != nil {
			return err
		}
	}
	p.at++
	p.depth--
	p.nodes[at].end, p.nodes[at].next = int32(p.at), int32(len(p.nodes))
	if k == object {
		return p.twice(at)
	}
	return nil
}

// member reads a value, in an object with its name before it.
func (p *parser) member(k kind) error {
	if k == object {
		if p.next() != '"' {
			return bad("the body is no JSON at byte %d: a name in double quotes belongs there", p.at)
		}
		if err := p.text(); err != nil {
			return err
		}
		if p.next() != ':' {
			return bad("the body is no JSON at byte %d: a colon belongs there", p.at)
		}
		p.at++
	}
	return p.value()
}

// text reads a string.
func (p *parser) text() error {
	start, escaped := p.at+1, false
	for i := start; i < len(p.raw); i++ {
		switch c := p.raw[i]; {
		case c == '"':
			p.leaf(text, start, i, escaped)
			p.at = i + 1
			return nil
		case c < ' ':
			return bad("the body has a control character within a string, at byte %d", i)
		case c == '\\':
			n := escape(p.raw[i:])
			if n == 0 {
				return bad("the body has an escape that stands for no character, at byte %d", i)
			}
			escaped = true
			i += n - 1
		}
	}
	return bad("the body ends within a string")
}

// escape is the length of the escape at the start of s; 0 for one that stands for nothing, for NUL and for half a pair.
func escape(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	if s[1] != 'u' {
		if strings.IndexByte(`"\/bfnrt`, s[1]) < 0 {
			return 0
		}
		return 2
	}
	r, ok := unit(s)
	switch {
	case !ok || r == 0 || r >= 0xDC00 && r <= 0xDFFF:
		return 0
	case r < 0xD800 || r > 0xDFFF:
		return 6
	}
	if low, ok := unit(s[6:]); ok && low >= 0xDC00 && low <= 0xDFFF {
		return 12
	}
	return 0
}

// unit reads \uXXXX at the start of s.
func unit(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s[2:6] {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || c < '0' {
			return 0, false
		}
		r = r<<4 | rune(digit)
	}
	return r, true
}

// number reads -?int frac? exp?.
func (p *parser) number() error {
	start := p.at
	if p.raw[p.at] == '-' {
		p.at++
	}
	zero := p.at < len(p.raw) && p.raw[p.at] == '0'
	n := p.digits()
	if n == 0 || zero && n > 1 {
		return bad("the body has a number that is none, at byte %d", start)
	}
	if p.at < len(p.raw) && p.raw[p.at] == '.' {
		if p.at++; p.digits() == 0 {
			return bad("the body has a number that is none, at byte %d", start)
		}
	}
	if p.at < len(p.raw) && p.raw[p.at]|0x20 == 'e' {
		if p.at++; p.at < len(p.raw) && (p.raw[p.at] == '+' || p.raw[p.at] == '-') {
			p.at++
		}
		if p.digits() == 0 {
			return bad("the body has a number that is none, at byte %d", start)
		}
	}
	p.leaf(number, start, p.at, false)
	return nil
}

// digits passes over decimal digits and counts them.
func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.raw) && p.raw[p.at] >= '0' && p.raw[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

// few is up to how many names are compared with each other; more go into a set.
const few = 48

// twice refuses an object in which a name stands twice: who reads the first and who reads the last would differ.
func (p *parser) twice(at int) error {
	var kept [few]Value // on the stack
	names := kept[:0]
	for name := range (Value{p.document, int32(at)}).Members() {
		names = append(names, name)
	}
	if len(names) <= few {
		for i, a := range names {
			for _, b := range names[:i] {
				if same(a, b) {
					return bad("a name stands twice in one object of the body")
				}
			}
		}
		return nil
	}
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		s := name.Text()
		if seen[s] {
			return bad("a name stands twice in one object of the body")
		}
		seen[s] = true
	}
	return nil
}

func same(a, b Value) bool {
	x, y := a.node(), b.node()
	if x.escaped || y.escaped {
		return a.Text() == b.Text()
	}
	return x.end-x.start == y.end-y.start && string(a.doc.raw[x.start:x.end]) == string(b.doc.raw[y.start:y.end])
}
