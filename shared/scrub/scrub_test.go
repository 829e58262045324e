package scrub

import (
	"regexp"
	"strings"
	"testing"
)

// keep is what these tests allow in a query.
func keep(name string) bool { return strings.HasPrefix(name, "utm_") || name == "ref" }

func TestURL(t *testing.T) {
	for _, c := range []struct{ name, address, want string }{
		{"nothing to hide", "https://shop.example/pricing?utm_source=news", "https://shop.example/pricing?utm_source=news"},
		{"a fragment", "https://shop.example/a#token=1", "https://shop.example/a"},
		{"a fragment before the query", "https://shop.example/a#b?utm_source=x", "https://shop.example/a"},
		{"unknown parameters", "https://shop.example/a?q=pregnancy&utm_source=x&sid=1&ref=y", "https://shop.example/a?utm_source=x&ref=y"},
		{"only unknown ones", "https://shop.example/a?q=1", "https://shop.example/a"},
		{"a name in escapes", "https://shop.example/a?%75tm_source=x&e%6dail=y", "https://shop.example/a?%75tm_source=x"},
		{"a torn name", "https://shop.example/a?%zz=1&ref=y", "https://shop.example/a?ref=y"},
		{"a question at the end", "https://shop.example/a?ref=x??&q=1", "https://shop.example/a?ref=x"},
		{"no value", "https://shop.example/a?ref&utm_x=&=1&", "https://shop.example/a?ref&utm_x="},
		{"an address in an allowed value", "https://shop.example/?ref=ada%40example.org", "https://shop.example/?ref=*"},
		{"an address in the path", "https://shop.example/unsubscribe/ada@example.org/now", "https://shop.example/unsubscribe/*/now"},
		{"an escaped one", "https://shop.example/u/ada%40example.org", "https://shop.example/u/*"},
		{"one escaped twice", "https://shop.example/u/ada%2540example.org", "https://shop.example/u/*"},
		{"a handle is no address", "https://social.example/@ada/posts", "https://social.example/@ada/posts"},
		{"a name and password", "https://ada:secret@shop.example:8443/a", "https://shop.example:8443/a"},
		{"a reset link", "https://shop.example/reset/9f86d081884c7d659a2feaa0c55ad015", "https://shop.example/reset/*"},
		{"a UUID", "https://shop.example/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301/x", "https://shop.example/o/*/x"},
		{"a signed token", "https://a.example/eyJhbGciOiJIUzI1NiIsInR5cCI6Ikp1.eyJzdWIiOiIxMjM0NTY3ODkwIn0/x", "https://a.example/*.*/x"},
		{"a card's number", "https://a.example/pay/4111111111111111", "https://a.example/pay/*"},
		{"an article's number", "https://a.example/p/4006381333931", "https://a.example/p/4006381333931"},
		{"a title", "https://a.example/2026/how-to-choose-4k-monitors-in-2026-part-2", "https://a.example/2026/how-to-choose-4k-monitors-in-2026-part-2"},
		{"a title in capitals", "https://a.example/IntroductionToProgramming101", "https://a.example/IntroductionToProgramming101"},
		{"a path alone", "/pricing?x=1#y", "/pricing"},
		{"another site within", "/go/https://ada@example.org/", "/go/https://*/"},
		{"an @ in the host's escapes", "https://ada%40example.org/x", "https://*/x"},
		{"nothing", "", ""},
	} {
		if got := URL(c.address, keep); got != c.want {
			t.Errorf("%s: URL(%q) = %q, want %q", c.name, c.address, got, c.want)
		}
	}
	if got := URL("https://shop.example/a?utm_source=x", nil); got != "https://shop.example/a" {
		t.Errorf("nothing is kept: got %q", got)
	}
}

func TestOrigin(t *testing.T) {
	for address, want := range map[string]string{
		"https://blog.example/ada?x#y": "https://blog.example/", "https://u:p@blog.example:8443": "https://blog.example:8443/", "https://blog.example?x=1": "https://blog.example/",
		"android-app://com.google.android.gm/": "android-app://com.google.android.gm/", "/path": "", "": "", "https://blog.example#x": "https://blog.example/",
	} {
		if got := Origin(address); got != want {
			t.Errorf("Origin(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"ada@example.org":                 "*",
		"mail ada+x@mail.example.org now": "mail * now",
		"a@b.cc, c@d.ee":                  "*, *",
		"a@b.cc@d.ee":                     "*@d.ee",
		"ada@localhost":                   "ada@localhost",
		"5 @ 3.50":                        "5 @ 3.50",
		"jürgen@exämple.org":              "*",
		"no address":                      "no address",
		"":                                "",
	} {
		if got := Text(text); got != want {
			t.Errorf("Text(%q) = %q, want %q", text, got, want)
		}
	}
}

var address = regexp.MustCompile(`[A-Za-z0-9._%+-]+(@|%40)[A-Za-z0-9][A-Za-z0-9-]*\.[A-Za-z]{2,}`)

// Ensures that no address of the usual form stays anywhere, that nothing else than what is kept is left of the query,
// and that scrubbing twice is scrubbing once.
func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"https://ada:secret@shop.example/a/ada@example.org?ref=ada%40example.org&q=1#x", "/x?ref=a@b.cc&ref=%2540", "://@?#", "https://%40a.bb@c.dd", "?ref=0@0.0?", "0@0.AA://",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := URL(s, keep)
		if address.MatchString(got) || strings.Contains(got, "#") {
			t.Fatalf("URL(%q) = %q", s, got)
		}
		if again := URL(got, keep); again != got {
			t.Fatalf("URL(%q) = %q, and of that %q", s, got, again)
		}
		if _, query, ok := strings.Cut(URL(s, nil), "?"); ok {
			t.Fatalf("URL(%q, nil) has the query %q", s, query)
		}
	})
}

func BenchmarkURL(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = URL("https://shop.example/shoes/running-shoes-for-women?utm_source=news&utm_medium=email&session=1", keep)
	}
}
