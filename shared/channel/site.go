package channel

import "strings"

//go:generate go run ./lists

// Kind is what a well-known site is.
type Kind byte

// Kinds of sites; lists/main.go writes them as these numbers.
const (
	Other Kind = iota
	Search
	Social
	Video
	Shopping
	Assistant
)

// Site tells the kind of a source, which may be a name ("google") or a host ("www.google.co.uk"); lower case. A search engine
// is known by its exact host, for its owner has other sites; every other site by its domain and all below it.
func Site(source string) Kind {
	if isMail(source) { // mail.google.com is no search engine
		return Other
	}
	source = strings.TrimPrefix(source, "www.")
	if k := entry(source); k != Other {
		return k
	}
	if k := exact(source); k != Other {
		return k
	}
	for {
		_, above, ok := strings.Cut(source, ".")
		if !ok {
			return Other
		}
		if k := entry(above); k > Search {
			return k
		}
		source = above
	}
}

// entry is what the lists say of a host, as it stands or for any top-level domain.
func entry(host string) Kind {
	if k := find(host); k != Other {
		return k
	}
	if name := withoutTop(host); name != "" {
		return find(name + ".*")
	}
	return Other
}

// exact looks for a search engine's host for phones and in a country.
func exact(host string) Kind {
	if rest, ok := strings.CutPrefix(host, "m."); ok {
		if k := entry(rest); k != Other {
			return k
		}
	}
	if first, rest, ok := strings.Cut(host, "."); ok && len(first) == 2 {
		return find("*." + rest)
	}
	return Other
}

// find is the kind of one line of the lists, by binary search.
func find(name string) Kind {
	for lo, hi := 0, len(sites)-1; lo < hi; { // both are ends of lines
		mid := lo + (hi-lo)/2
		begin := lo + strings.LastIndexByte(sites[lo:mid+1], '\n')
		end := begin + 1 + strings.IndexByte(sites[begin+1:], '\n')
		switch c := strings.Compare(name, sites[begin+2:end]); {
		case c == 0:
			return Kind(sites[begin+1] - '0')
		case c < 0:
			hi = begin
		default:
			lo = end
		}
	}
	return Other
}

// withoutTop is a host without its top-level domain, which may have two labels (co.uk); empty where nothing is left.
func withoutTop(host string) string {
	at := strings.LastIndexByte(host, '.')
	if at <= 0 {
		return ""
	}
	name := host[:at]
	if at = strings.LastIndexByte(name, '.'); at > 0 && oneOf(name[at+1:], "com", "org", "net", "co", "it", "edu") {
		return name[:at]
	}
	return name
}

// owner is the label of a host that names its owner: the one before the top-level domain, in an app's name the one behind
// it. A name without a dot is itself.
func owner(source string) string {
	if app, ok := strings.CutPrefix(source, "com."); ok && strings.Contains(app, ".") {
		name, _, _ := strings.Cut(app, ".")
		return name
	}
	name := withoutTop(source)
	if name == "" {
		return source
	}
	return name[strings.LastIndexByte(name, '.')+1:]
}
