package visitor

import "testing"

// Ensures that whoever follows a link of ours has the collector's own cookie, wherever the link stands, and nobody else's.
func TestNavigate(t *testing.T) {
	own := Domains{"shop.example"}
	for _, c := range []struct {
		name, host string
		headers    map[string]string
		known      string
		first      bool
	}{
		{"from a mail", "t.shop.example", map[string]string{"sec-fetch-mode": "navigate", "sec-fetch-site": "none"}, id, true},
		{"a page of its own", "t.shop.example", map[string]string{"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "cross-site"}, id, true},
		{"a frame in another site", "t.shop.example", map[string]string{"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe", "sec-fetch-site": "cross-site"}, "", false},
		{"a frame in the site's own page", "t.shop.example", map[string]string{"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe", "sec-fetch-site": "same-site", "referer": "https://shop.example/"}, id, true},
		{"from another site", "T.Shop.example:443", map[string]string{"sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site", "referer": "https://blog.example/"}, id, true},
		{"an old browser", "t.shop.example", nil, id, true},
		{"another name of the collector's", "a1.execute-api.eu-central-1.amazonaws.com", map[string]string{"sec-fetch-mode": "navigate"}, "", false},
		{"a script of another site", "t.shop.example", map[string]string{"sec-fetch-mode": "cors", "sec-fetch-site": "cross-site"}, "", false},
	} {
		b := own.Navigate(c.host, c.headers, []string{Name + "=" + id})
		if b.ID != c.known || b.FirstParty() != c.first {
			t.Errorf("%s: got %q, first party %t; want %q, %t", c.name, b.ID, b.FirstParty(), c.known, c.first)
		}
	}
}
