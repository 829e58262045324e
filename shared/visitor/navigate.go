package visitor

import "strings"

// Navigate looks at a request by which a browser goes to an address of the collector's own, whatever page it comes from: there
// the cookie is first-party. host is the address's. A request for anything but a page of its own, as for a frame in another
// site's, is as See has it. An old browser does not say what it asks for.
func (d Domains) Navigate(host string, headers map[string]string, cookies []string) Browser {
	mode, dest := headers["sec-fetch-mode"], headers["sec-fetch-dest"]
	if mode != "" && mode != "navigate" || dest != "" && dest != "document" {
		return d.See(headers, cookies)
	}
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	b := Browser{domain: d.of(host)}
	if b.Keeps() {
		b.ID = find(cookies)
	}
	return b
}
