package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Key is an API key as it is stored, beside the hash of its secret: the secret itself is answered once and forgotten.
type Key struct {
	ID      string `json:"id"`
	Label   string `json:"label,omitempty"`
	Created string `json:"created"` // RFC 3339, UTC
}

// KeyHash is the form in which keys are kept and compared: SHA-256, hex.
func KeyHash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// ParseKey reads the body of a PUT; all errors are faults.
func ParseKey(id string, body []byte) (Key, error) {
	k := Key{ID: id}
	if err := CheckID("id", id); err != nil {
		return Key{}, err
	}
	err := parse(body, fields{"id": sameID(id), "label": text(&k.Label, 200), "created": ignored})
	return k, err
}

// Decode reads a setting, other than a site, as it is stored.
func Decode[T any](body []byte) (T, error) {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("settings: %T: %w", v, err)
	}
	return v, nil
}
