package fault

import (
	"net/url"
	"strings"
	"testing"
)

// TestParams ensures that a parameter which nobody reads is refused by its name, with what there is.
func TestParams(t *testing.T) {
	for _, row := range []struct {
		name, query string
		names       []string
		field, says string
	}{
		{"known ones", "site=a&limit=1", []string{"site", "limit"}, "", ""},
		{"none", "", nil, "", ""},
		{"a misspelt one", "sites=a", []string{"site", "limit"}, "sites", `(did you mean "site"?); there are site, limit`},
		{"an unknown one", "x=1", []string{"site", "limit"}, "x", `no parameter "x" here; there are site, limit`},
		{"where there are none", "x=1", nil, "x", "and no other"},
		{"twice", "site=a&site=b", []string{"site"}, "site", "2 times"},
		{"the first of several", "b=1&a=1", []string{"site"}, "a", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			q, err := url.ParseQuery(row.query)
			if err != nil {
				t.Fatal(err)
			}
			f := Of(Params(q, row.names...))
			if row.field == "" {
				if f != nil {
					t.Fatalf("refused: %v", f)
				}
				return
			}
			if f == nil || f.Code != InvalidQuery || f.Field != row.field || !strings.Contains(f.Message, row.says) {
				t.Errorf("got %+v, want %s at %s", f, row.says, row.field)
			}
		})
	}
}
