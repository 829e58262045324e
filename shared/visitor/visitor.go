// Package visitor keeps the id of a browser in a cookie that only the collector can read: longer than a page's own storage
// may, and out of reach of the page's scripts. The tracker's cookie and this one hold the same id: the first request hands the
// tracker's over, and when the page has lost its own, the answer hands this one back.
package visitor

import (
	"encoding/hex"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Name is the cookie's.
const Name = "tributary_id"

// maxAge is 400 days in seconds, the most that browsers keep a cookie.
const maxAge = "34560000"

// Domains are the registrable domains under which the collector has a name and sites have pages.
type Domains []string

// ParseDomains reads a list like "shop.example,shop.co.uk"; empty is none, and then no cookie is read or set.
func ParseDomains(list string) Domains {
	return strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' })
}

// Browser is what a request tells of the browser that sent it. The zero value keeps no cookie.
type Browser struct {
	ID       string // of the cookie; empty without one
	domain   string // first party: where the cookie is kept
	embedded bool   // third party: the cookie is the embedding site's alone
}

// See looks at a request: lower-case header names, cookies as name=value. Whether page and collector are one site the
// browser itself says (Sec-Fetch-Site), and it knows the public suffixes; where an old one does not, the page's domain does.
func (d Domains) See(headers map[string]string, cookies []string) Browser {
	var b Browser
	switch headers["sec-fetch-site"] {
	case "", "same-origin", "same-site":
		b.domain = d.of(pageHost(headers))
	case "cross-site":
		b.embedded = len(d) > 0 && headers["sec-fetch-dest"] == "image"
	}
	if b.Keeps() {
		b.ID = find(cookies)
	}
	return b
}

// Keeps reports that the browser's id is kept in a cookie.
func (b *Browser) Keeps() bool { return b.domain != "" || b.embedded }

// FirstParty reports that page and collector are one site.
func (b *Browser) FirstParty() bool { return b.domain != "" }

// Cookie is the Set-Cookie line that keeps id for 400 days from now; empty where none is kept or id is not Made.
func (b *Browser) Cookie(id string) string {
	if !b.Keeps() || !Made(id) {
		return ""
	}
	return b.line(id, maxAge)
}

// Forget is the Set-Cookie line that takes the cookie away; empty where there is none.
func (b *Browser) Forget() string {
	if b.ID == "" {
		return ""
	}
	return b.line("", "0")
}

func (b *Browser) line(id, age string) string {
	line := Name + "=" + id + "; Path=/; Max-Age=" + age + "; Secure; HttpOnly; "
	if b.embedded {
		return line + "SameSite=None; Partitioned"
	}
	return line + "SameSite=Lax; Domain=" + b.domain
}

// of is the domain that host lies under.
func (d Domains) of(host string) string {
	for _, domain := range d {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return domain
		}
	}
	return ""
}

// pageHost is the host of the page that asked.
func pageHost(headers map[string]string) string {
	page := headers["origin"]
	if page == "" || page == "null" {
		page = headers["referer"]
	}
	u, err := url.Parse(page)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// find is the id of the first cookie that holds one: anybody who has a name under the domain can set others.
func find(cookies []string) string {
	for _, c := range cookies {
		if id, ok := strings.CutPrefix(c, Name+"="); ok && Made(id) {
			return id
		}
	}
	return ""
}

// Made reports an id as New and the tracker make it: 13 digits of milliseconds, a dash, and what chance gave. Nothing else is
// taken from a cookie or put into one.
func Made(id string) bool {
	at, chance, ok := strings.Cut(id, "-")
	return ok && len(at) == 13 && len(chance) > 0 && len(chance) <= 40 &&
		strings.Trim(at, "0123456789") == "" && strings.Trim(chance, "0123456789abcdefghijklmnopqrstuvwxyz.-") == ""
}

// Objects reports what an event's consent says of a visitor who wants not to be known: denied, or a signal of the browser's.
func Objects(consent string) bool { return consent != "" && consent != "granted" }

// New makes an id: the time, so that ids sort by age, and 128 random bits.
func New(now time.Time, random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	return strconv.FormatInt(now.UnixMilli(), 10) + "-" + hex.EncodeToString(b[:]), nil
}
