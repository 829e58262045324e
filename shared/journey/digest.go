package journey

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"strconv"
)

// version changes when the same inputs begin to give another record, so that whatever is restated is written anew.
const version = "4"

// digest covers everything that a record was made of, not what came out: two events whose effects cancel out (a refund and
// its reversal) must still move it. Take a handler that has read after the first of them and not the second, and is slow.
// Another that has read both finds the result unchanged; if it wrote nothing, the revision would stand and the slow one
// would put its half of the story on it. What is covered only ever grows or moves one way as events come in, so that equal
// digests mean that nothing between them mattered either, and writing nothing is safe.
type digest struct{ sum hash.Hash }

func newDigest(parts ...string) *digest {
	d := &digest{sha256.New()}
	d.write(version)
	d.write(parts...)
	return d
}

// write adds a list of parts, each with its length, so that no two lists give the same bytes.
func (d *digest) write(parts ...string) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(parts)))
	d.sum.Write(n[:])
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		d.sum.Write(n[:])
		d.sum.Write([]byte(p))
	}
}

// text is 22 characters.
func (d *digest) text() string { return base64.RawURLEncoding.EncodeToString(d.sum.Sum(nil)[:16]) }

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
