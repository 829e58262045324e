package stream

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"tributary/shared/event"
)

// scanner walks the JSON of one record. It is strict: what it accepts, encoding/json accepts with the same meaning.
type scanner struct {
	text string
	at   int
}

// fail names what was wanted and where.
func (s *scanner) fail(want string) error {
	return fmt.Errorf("byte %d: want %s", s.at, want)
}

// space skips white space.
func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// next skips white space and takes c, if it stands there.
func (s *scanner) next(c byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// object calls member at every value of the object that stands here; member must consume the value.
func (s *scanner) object(member func(name string) error) error {
	if !s.next('{') {
		return s.fail("an object")
	}
	if s.next('}') {
		return nil
	}
	for {
		name, err := s.string()
		if err != nil {
			return err
		}
		if !s.next(':') {
			return s.fail("a colon")
		}
		if err := member(name); err != nil {
			return err
		}
		if s.next('}') {
			return nil
		}
		if !s.next(',') {
			return s.fail("a comma or }")
		}
	}
}

// record reads the outer object of a stream record.
func (s *scanner) record(r *Record) error {
	return s.object(func(name string) (err error) {
		switch name {
		case "eventName":
			var op string
			op, err = s.string()
			r.Op = Op(op)
		case "dynamodb":
			err = s.change(r)
		case "userIdentity":
			r.TTL, err = s.identity()
		default:
			_, err = s.skip()
		}
		return err
	})
}

// change reads the "dynamodb" member.
func (s *scanner) change(r *Record) error {
	return s.object(func(name string) (err error) {
		switch name {
		case "SequenceNumber":
			r.Sequence, err = s.string()
		case "ApproximateCreationDateTime":
			r.Created, err = s.seconds()
		case "NewImage":
			r.New, err = s.image()
		case "OldImage":
			r.Old, err = s.image()
		case "StreamViewType":
			var view string
			view, err = s.string()
			r.Whole = view == "NEW_AND_OLD_IMAGES"
		default:
			_, err = s.skip()
		}
		return err
	})
}

// seconds reads a time in Unix seconds, as milliseconds; what is none is 0.
func (s *scanner) seconds() (int64, error) {
	text, err := s.skip()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 0 || n > 1<<40 {
		return 0, nil
	}
	return int64(n * 1000), nil
}

// identity tells whether DynamoDB's time to live removed the item.
func (s *scanner) identity() (ttl bool, err error) {
	if s.null() {
		return false, nil
	}
	err = s.object(func(name string) error {
		if name != "principalId" {
			_, err := s.skip()
			return err
		}
		who, err := s.string()
		ttl = who == ttlPrincipal
		return err
	})
	return ttl, err
}

// null takes a null, if it stands here.
func (s *scanner) null() bool {
	s.space()
	if len(s.text)-s.at < 4 || s.text[s.at:s.at+4] != "null" {
		return false
	}
	s.at += 4
	return true
}

// usualAttrs is how many attributes an event has, roughly: one allocation an image.
const usualAttrs = 28

// image reads the attributes of an item.
func (s *scanner) image() ([]event.Attr, error) {
	if s.null() {
		return nil, nil
	}
	attrs := make([]event.Attr, 0, usualAttrs)
	err := s.object(func(name string) error {
		a := event.Attr{Name: name}
		flat, err := s.attr(&a)
		if flat {
			attrs = append(attrs, a)
		}
		return err
	})
	return attrs, err
}

// attr reads a value such as {"S":"x"}; false when it is of a type that is not flat.
func (s *scanner) attr(a *event.Attr) (flat bool, err error) {
	types := 0
	err = s.object(func(kind string) (err error) {
		types++
		switch kind {
		case "S":
			flat = true
			a.Value, err = s.string()
		case "N":
			flat, a.Number = true, true
			a.Value, err = s.string()
		case "BOOL":
			flat = true
			a.Value, err = s.bool()
		default:
			_, err = s.skip()
		}
		return err
	})
	if err == nil && types != 1 {
		err = s.fail("an attribute of one type")
	}
	return flat, err
}

// bool takes true or false as text.
func (s *scanner) bool() (string, error) {
	s.space()
	for _, word := range [...]string{"true", "false"} {
		if rest := s.text[s.at:]; len(rest) >= len(word) && rest[:len(word)] == word {
			s.at += len(word)
			return word, nil
		}
	}
	return "", s.fail("true or false")
}

// string takes a string. Without escapes it is a part of the text, so that nothing is allocated.
func (s *scanner) string() (string, error) {
	if !s.next('"') {
		return "", s.fail("a string")
	}
	start, ascii := s.at, true
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			out := s.text[start:s.at]
			s.at++
			if !ascii && !utf8.ValidString(out) {
				return "", s.fail("valid UTF-8 before")
			}
			return out, nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return "", s.fail("no control character")
		case c >= utf8.RuneSelf:
			ascii = false
		}
		s.at++
	}
	return "", s.fail("the end of the string")
}

// escaped goes on with a string that began at start, from its first backslash.
func (s *scanner) escaped(start int) (string, error) {
	out := append(make([]byte, 0, 2*(s.at-start)+64), s.text[start:s.at]...)
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return "", s.fail("valid UTF-8 before")
			}
			return string(out), nil
		case c == '\\':
			var err error
			if out, err = s.escape(out); err != nil {
				return "", err
			}
		case c < ' ':
			return "", s.fail("no control character")
		default:
			out = append(out, c)
		}
	}
	return "", s.fail("the end of the string")
}

// plain maps the letter after a backslash to what it stands for.
var plain = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape appends what the escape after a backslash stands for.
func (s *scanner) escape(out []byte) ([]byte, error) {
	if s.at == len(s.text) {
		return nil, s.fail("an escape")
	}
	c := s.text[s.at]
	s.at++
	if c != 'u' {
		if plain[c] == 0 {
			return nil, s.fail("a known escape before")
		}
		return append(out, plain[c]), nil
	}
	r, ok := s.hex()
	if ok && utf16.IsSurrogate(r) {
		// encoding/json makes U+FFFD of half a pair, and two different ids would become one.
		ok = len(s.text)-s.at > 2 && s.text[s.at:s.at+2] == `\u`
		if ok {
			s.at += 2
			var low rune
			low, ok = s.hex()
			r = utf16.DecodeRune(r, low)
			ok = ok && r != utf8.RuneError
		}
	}
	if !ok {
		return nil, s.fail("a code point before")
	}
	return utf8.AppendRune(out, r), nil
}

// hex takes four hexadecimal digits.
func (s *scanner) hex() (rune, bool) {
	if len(s.text)-s.at < 4 {
		return 0, false
	}
	var r rune
	for range 4 {
		c := s.text[s.at]
		s.at++
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// skip passes over any value and returns its text. Strings are checked here, everything else by encoding/json, which
// also bounds the depth: such values are rare.
func (s *scanner) skip() (string, error) {
	s.space()
	start := s.at
	if start < len(s.text) && s.text[start] == '"' {
		_, err := s.string()
		return s.text[start:s.at], err
	}
	if err := s.pass(); err != nil {
		return "", err
	}
	out := s.text[start:s.at]
	if !json.Valid([]byte(out)) {
		return "", s.fail("valid JSON before")
	}
	return out, nil
}

// pass goes to the end of the value by counting brackets outside strings; it checks nothing else.
func (s *scanner) pass() error {
	s.space()
	start, depth := s.at, 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			if err := s.passString(); err != nil {
				return err
			}
			if depth == 0 {
				return nil
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.ended(start)
			}
			if depth--; depth == 0 {
				s.at++
				return nil
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return s.ended(start)
			}
		}
		s.at++
	}
	if depth > 0 {
		return s.fail("the end of the value")
	}
	return s.ended(start)
}

// ended refuses a value of no characters.
func (s *scanner) ended(start int) error {
	if s.at == start {
		return s.fail("a value")
	}
	return nil
}

// passString goes to the end of a string without decoding it.
func (s *scanner) passString() error {
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return nil
		}
	}
	s.at = len(s.text)
	return s.fail("the end of the string")
}
