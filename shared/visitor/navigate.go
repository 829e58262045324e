package visitor

import "strings"

// Navigate looks at a request by which a browser goes to an address of the collector's own, whatever page it comes from: there
// the cookie is first-party. host is the address's. A request for anything but a page is as See has it.
func (d Domains) Navigate(host string, headers map[string]string, cookies []string) Browser {
	if mode := headers["sec-fetch-mode"]; mode != "" && mode != "navigate" {
		return d.See(headers, cookies)
	}
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	b := Browser{domain: d.of(host)}
	if b.Keeps() {
		b.ID = find(cookies)
	}
	return b
}
