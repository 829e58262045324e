package httpapi

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"tributary/shared/fault"
)

// Authorize lets a request pass that shows a known key as Authorization: Bearer <key>: the one whose SHA-256 (hex) is
// admin, compared in constant time, or one whose SHA-256 known finds (its time tells nothing of the key). Everything else
// is an unauthorized fault or known's error. An empty admin matches no key.
func Authorize(ctx context.Context, r *Request, admin string, known func(ctx context.Context, sha256 string) (bool, error)) error {
	scheme, key, _ := strings.Cut(strings.TrimSpace(r.Headers["authorization"]), " ")
	if key = strings.TrimSpace(key); key == "" || !strings.EqualFold(scheme, "Bearer") {
		return fault.New(fault.Unauthorized, "", "send your key as the header Authorization: Bearer <key>")
	}
	sum := sha256.Sum256([]byte(key))
	hash := hex.EncodeToString(sum[:])
	if len(admin) == len(hash) && subtle.ConstantTimeCompare([]byte(hash), []byte(admin)) == 1 {
		return nil
	}
	found, err := known(ctx, hash)
	if err != nil || found {
		return err
	}
	return fault.New(fault.Unauthorized, "", "this key is not known; use the one given at deployment, or make one with PUT /v1/keys/{id}")
}
