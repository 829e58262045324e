package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
)

// sealed stands before the hash of what was sealed.
const sealed = "sealed:"

// seal is all that is kept of a value that may be a secret: a hash of it, by which it can be known again and not be shown. Small
// letters and capitals are one, as a signature in hexadecimal comes in either.
func seal(salt []byte, value string) string {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(strings.ToLower(value)))
	return sealed + hex.EncodeToString(m.Sum(nil))
}

// isSealed reports that of a value only the seal is there. A sender who writes one opens nothing: it counts only in a delivery
// that we have sealed ourselves.
func (d *Delivery) isSealed(given string) bool {
	return d.salt != nil && strings.Contains(given, sealed)
}

// shows compares what came as a secret with what it should be, in constant time. Hashing first keeps the time from telling the
// length.
func (d *Delivery) shows(given, want string) bool {
	if head, _, _ := strings.Cut(given, sealed); d.isSealed(given) && strings.HasPrefix(want, head) {
		want = head + seal(d.salt, want[len(head):])
	}
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
