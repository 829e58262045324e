package spend

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"

	"tributary/shared/fault"
)

// decode makes UTF-8 of a file: LinkedIn and Google's "Excel .csv" come in UTF-16 with a byte order mark, others in UTF-8
// with or without one. What is neither is refused: a guessed code page would make names of campaigns that do not exist.
func decode(b []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		return fromUTF16(b[2:], binary.LittleEndian)
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		return fromUTF16(b[2:], binary.BigEndian)
	}
	b = bytes.TrimPrefix(b, []byte{0xEF, 0xBB, 0xBF})
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return nil, fault.New(fault.InvalidField, "", "the file is neither UTF-8 nor UTF-16 with a byte order mark; save it as CSV UTF-8")
	}
	return b, nil
}

// fromUTF16 refuses half characters, which the standard library would replace.
func fromUTF16(b []byte, order binary.ByteOrder) ([]byte, error) {
	if len(b)%2 != 0 {
		return nil, fault.New(fault.InvalidField, "", "the file is UTF-16 and ends in half a character; it was cut off")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	runes := utf16.Decode(units)
	out := make([]byte, 0, len(runes)+len(runes)/8)
	for _, r := range runes {
		if r == utf8.RuneError || r == 0 {
			return nil, fault.New(fault.InvalidField, "", "the file holds a character that is no text; export it again")
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}
