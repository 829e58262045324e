package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tributary/shared/fault"
	"tributary/shared/httpapi"
)

// The browser's session: the page at / has no other way to carry a key. The name's prefix makes browsers insist on
// Secure, Path=/ and no Domain.
const (
	sessionCookie = "__Host-tributary"
	sessionLife   = 12 * time.Hour
	maxLogin      = 4 << 10
)

// login takes the key of the form and answers a session cookie.
func (s *server) login(ctx context.Context, r *httpapi.Request) (httpapi.Response, error) {
	body, err := httpapi.Body(r, maxLogin)
	if err != nil {
		return httpapi.Response{}, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("key") == "" {
		return s.loginForm("Enter the API key.")
	}
	if err := s.checkKey(ctx, strings.TrimSpace(form.Get("key"))); err != nil {
		if fault.Of(err) == nil {
			return httpapi.Response{}, err
		}
		return s.loginForm("This key is not known.")
	}
	if s.keySHA256 == "" {
		return s.loginForm("This installation has no first key to sign sessions with: deploy it with ApiKeySha256.")
	}
	expiry := strconv.FormatInt(s.now().Add(sessionLife).Unix(), 10)
	cookie := http.Cookie{
		Name: sessionCookie, Value: expiry + "." + s.sign(expiry), Path: "/", MaxAge: int(sessionLife / time.Second),
		HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	}
	return httpapi.Response{
		StatusCode: http.StatusSeeOther, Headers: map[string]string{"location": "/", "cache-control": "no-store"},
		Cookies: []string{cookie.String()},
	}, nil
}

// signedIn reports a session cookie that this installation made and that has not run out.
func (s *server) signedIn(r *httpapi.Request) bool {
	if s.keySHA256 == "" {
		return false
	}
	for _, c := range r.Cookies {
		value, ours := strings.CutPrefix(strings.TrimSpace(c), sessionCookie+"=")
		expiry, signature, whole := strings.Cut(value, ".")
		if !ours || !whole || !hmac.Equal([]byte(signature), []byte(s.sign(expiry))) {
			continue
		}
		end, err := strconv.ParseInt(expiry, 10, 64)
		return err == nil && s.now().Unix() < end
	}
	return false
}

// sign is an HMAC over a session's end. Its key is derived from the admin key's hash: another key ends all sessions.
func (s *server) sign(expiry string) string {
	return hex.EncodeToString(mac(mac([]byte(s.keySHA256), "tributary session key"), expiry))
}

func mac(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(message))
	return h.Sum(nil)
}
