package recipient

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

// key is a key whose secret is one byte repeated.
func key(version int, fill byte) Key {
	return Key{Version: version, Secret: bytes.Repeat([]byte{fill}, SecretBytes)}
}

func digestOf(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:])
}

// Ensures that a token opens with its own key and site alone, and that neither a flipped bit nor another's part passes.
func TestOpen(t *testing.T) {
	ada, bob := digestOf("ada@example.org"), digestOf("bob@example.org")
	keys := []Key{key(2, 'b'), key(1, 'a')}
	token := func(k Key, site, digest string) string {
		s, ok := k.Token(site, digest)
		if !ok {
			t.Fatalf("no token for %s", digest)
		}
		return s
	}
	of := token(key(2, 'b'), "shop", ada)
	for _, c := range []struct{ name, token, want string }{
		{"the newest key's", of, ada},
		{"an older key's", token(key(1, 'a'), "shop", ada), ada},
		{"another recipient's", token(key(2, 'b'), "shop", bob), bob},
		{"another site's", token(key(2, 'b'), "blog", ada), ""},
		{"a key that is gone", token(key(3, 'c'), "shop", ada), ""},
		{"the right version of the wrong key", token(key(2, 'x'), "shop", ada), ""},
		{"the version changed", "r1" + of[2:], ""},
		{"a version written otherwise", "r02" + of[2:], ""},
		{"a plus", "r+2" + of[2:], ""},
		{"one more character", of + "A", ""},
		{"a padded one", of + "==", ""},
		{"half of it", of[:40], ""},
		{"one's signature on another's hash", of[:24] + token(key(2, 'b'), "shop", bob)[24:], ""},
		{"a user id", "u_1", ""},
		{"nothing", "", ""},
		{"only a head", "r2.", ""},
	} {
		got, ok := Open(keys, "shop", c.token)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, %v; want %q", c.name, got, ok, c.want)
		}
	}
	for i := len("r2."); i < len(of); i++ {
		forged := of[:i] + string(rune('A'+(of[i]&1))) + of[i+1:]
		if _, ok := Open(keys, "shop", forged); ok && forged != of {
			t.Errorf("%s opens with character %d changed", forged, i)
		}
	}
}

// Ensures that a token shows nothing of the address or its hash, and is the same for the same recipient.
func TestTokenHidesTheHash(t *testing.T) {
	digest := digestOf("ada@example.org")
	token, _ := key(1, 'a').Token("shop", digest)
	again, _ := key(1, 'a').Token("shop", digest)
	raw, _ := hex.DecodeString(digest)
	_, sealed, ok := split(token)
	if !ok || bytes.Contains(sealed, raw[:8]) || token != again || !Is(token) || strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
		t.Errorf("token %s, again %s", token, again)
	}
	for _, bad := range []string{"", "ada@example.org", digest[:62], strings.Repeat("g", 64)} {
		if _, ok := key(1, 'a').Token("shop", bad); ok {
			t.Errorf("%q has a token", bad)
		}
	}
}

// Ensures that whatever opens is what the key itself would have signed.
func FuzzOpen(f *testing.F) {
	good, _ := key(1, 'a').Token("shop", digestOf("ada@example.org"))
	f.Add(good)
	f.Add("r1." + strings.Repeat("A", textBytes))
	f.Add("r1." + strings.Repeat("0", 20) + strings.Repeat("\r", textBytes-20))
	f.Fuzz(func(t *testing.T, token string) {
		digest, ok := Open([]Key{key(1, 'a')}, "shop", token)
		if !ok {
			return
		}
		if again, _ := key(1, 'a').Token("shop", digest); again != token {
			t.Fatalf("%q opens to %s, whose token is %q", token, digest, again)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	token, _ := key(1, 'a').Token("shop", digestOf("ada@example.org"))
	for b.Loop() {
		if _, ok := Open([]Key{key(1, 'a')}, "shop", token); !ok {
			b.Fatal("the token does not open")
		}
	}
}
