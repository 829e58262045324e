package consent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
)

// DayPrefix begins the ids of a day, so that they can be told from a tracker's.
const DayPrefix = "day_"

// DayID is the anonymous id of a visitor who has none: HMAC-SHA256 under the day's salt over site, network and browser,
// cut to 128 bits. Once the salt is gone nobody can make it again, nor tell whose it was. Empty without an address: all
// who share a browser would be one.
func DayID(salt []byte, site, ip, userAgent string) string {
	network := Network(ip)
	if network == "" || len(salt) == 0 {
		return ""
	}
	h := hmac.New(sha256.New, salt)
	for _, part := range [...]string{site, network, userAgent} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return DayPrefix + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// Network is the network of an IP address, 203.0.113.0/24 or 2001:db8:1::/48; empty for what is no address.
func Network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	a, bits := a.Unmap().WithZone(""), 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
