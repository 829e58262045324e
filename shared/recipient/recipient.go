// Package recipient makes and reads tokens that stand for the recipient of a mail, so that links and pictures in it carry
// nobody's address: GET /c/{link}?m=<message>&u=<token>. A token holds the hash of an e-mail address, hidden and signed
// by a key that the account owns; without the key it says nothing, and nobody can make one for another address or site.
package recipient

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// SecretBytes is the length of a key's secret.
const SecretBytes = 32

// Sizes of a token's parts in bytes: the signature, and behind it the hidden hash.
const (
	macBytes    = 16
	digestBytes = sha256.Size
)

// textBytes is the length of a token behind its version.
var textBytes = base64.RawURLEncoding.EncodedLen(macBytes + digestBytes)

// Key signs and opens tokens. The version stands in each token, so that older keys go on opening theirs.
type Key struct {
	Version int    `json:"version"`
	Secret  []byte `json:"secret"` // SecretBytes of randomness
}

// Token is the token of a site's recipient, whose e-mail address is given as its SHA-256 in hex (event.HashEmail). The same
// recipient has the same token until the key changes; false when digest is no such hash.
func (k Key) Token(site, digest string) (string, bool) {
	plain, err := hex.DecodeString(digest)
	if err != nil || len(plain) != digestBytes {
		return "", false
	}
	sealed := make([]byte, macBytes+digestBytes)
	copy(sealed, k.mac(site, plain))
	k.hide(sealed[macBytes:], plain, sealed[:macBytes])
	return prefix(k.Version) + base64.RawURLEncoding.EncodeToString(sealed), true
}

// Open is the SHA-256 (hex) that a token of the site holds, by the one of keys that signed it; false for anything else.
// The comparison takes the same time wherever a forged token differs.
func Open(keys []Key, site, token string) (string, bool) {
	version, sealed, ok := split(token)
	if !ok {
		return "", false
	}
	for _, k := range keys {
		if k.Version != version {
			continue
		}
		plain := make([]byte, digestBytes)
		k.hide(plain, sealed[macBytes:], sealed[:macBytes])
		if hmac.Equal(k.mac(site, plain), sealed[:macBytes]) {
			return hex.EncodeToString(plain), true
		}
	}
	return "", false
}

// Is reports that s has a token's form, whoever made it.
func Is(s string) bool {
	_, _, ok := split(s)
	return ok
}

// split reads r<version>.<signature and hash in base64url>.
func split(token string) (version int, sealed []byte, ok bool) {
	head, text, found := strings.Cut(token, ".")
	if !found || len(head) < 2 || len(head) > 6 || head[0] != 'r' || len(text) != textBytes {
		return 0, nil, false
	}
	version, err := strconv.Atoi(head[1:])
	if err != nil || prefix(version) != head+"." {
		return 0, nil, false
	}
	sealed, err = base64.RawURLEncoding.Strict().DecodeString(text)
	return version, sealed, err == nil && len(sealed) == macBytes+digestBytes // line breaks decode to nothing
}

func prefix(version int) string { return "r" + strconv.Itoa(version) + "." }

// mac signs the hash for one site.
func (k Key) mac(site string, plain []byte) []byte {
	return derive(derive(k.Secret, []byte("recipient signature")), []byte(site+"\x00"), plain)[:macBytes]
}

// hide turns a hash into what looks like noise, and back. The stream begins where the signature says, which differs for
// every recipient, so no two share one.
func (k Key) hide(to, from, mac []byte) {
	block, err := aes.NewCipher(derive(k.Secret, []byte("recipient cipher")))
	if err != nil {
		panic(err) // HMAC-SHA256 always gives the 32 bytes that AES-256 wants
	}
	cipher.NewCTR(block, mac).XORKeyStream(to, from)
}

func derive(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
