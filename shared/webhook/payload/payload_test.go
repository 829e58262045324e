package payload

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/fault"
)

// Ensures that what is asked for is found, and that what is missing, null or of another kind reads as empty.
func TestReading(t *testing.T) {
	v, err := Parse([]byte(`{"id":"evt_1","live":true,"n":-12.50,"none":null,"list":[{"a":"x\n\u00e9"},{"a":2}],"data":{"object":{"amount":4200}},"\u0061b":"c"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"text", v.Get("id").Text(), "evt_1"},
		{"text of a number", v.Get("n").Text(), "-12.50"},
		{"a number as sent", v.Get("n").Number(), json.Number("-12.50")},
		{"a whole number", v.Get("data", "object", "amount").Int(), int64(4200)},
		{"true", v.Get("live").True(), true},
		{"null is absent", v.Get("none").Has(), false},
		{"what is missing", v.Get("data", "no", "way").Text(), ""},
		{"a name within text", v.Get("id", "x").Has(), false},
		{"text that is no number", v.Get("id").Number(), json.Number("")},
		{"escapes", v.Get("list").First().Get("a").Text(), "x\né"},
		{"an escaped name", v.Get("ab").Text(), "c"},
		{"raw text", string(v.Get("id").Raw()), `"evt_1"`},
		{"a raw object", string(v.Get("data").Raw()), `{"object":{"amount":4200}}`},
		{"the zero value", Value{}.Get("x").Any(), nil},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
	if n := 0; true {
		for range v.Get("list").Each() {
			n++
		}
		if n != 2 {
			t.Errorf("%d elements, want 2", n)
		}
	}
}

// Ensures that what two readers could understand differently is refused.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ name, raw string }{
		{"nothing", ``},
		{"a name twice", `{"a":1,"b":{"c":1,"c":2}}`},
		{"a name twice, once escaped", `{"a":1,"\u0061":2}`},
		{"invalid UTF-8", "{\"a\":\"\xff\"}"},
		{"NUL", `{"a":"\u0000"}`},
		{"half a pair", `{"a":"\ud800"}`},
		{"the other half", `{"a":"\udc00"}`},
		{"two documents", `{} {}`},
		{"a comma too many", `{"a":1,}`},
		{"a comma first", `[,1]`},
		{"a leading zero", `[01]`},
		{"no digits", `[-]`},
		{"NaN", `[NaN]`},
		{"a control character", "[\"a\nb\"]"},
		{"too deep", strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1)},
		{"unfinished", `{"a":"b`},
		{"no name", `{1:2}`},
	} {
		if _, err := Parse([]byte(c.raw)); fault.Of(err) == nil || fault.Of(err).Code != fault.InvalidJSON {
			t.Errorf("%s: got %v, want invalid_json", c.name, err)
		}
	}
}

// Ensures that many names are told apart as few are.
func TestManyNames(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		b.WriteString(`"n` + strings.Repeat("x", i) + `":1,`)
	}
	if _, err := Parse([]byte("{" + b.String() + `"last":1}`)); err != nil {
		t.Error(err)
	}
	if _, err := Parse([]byte("{" + b.String() + `"nxx":1}`)); err == nil {
		t.Error("a name that stands twice among 500 is taken")
	}
}

// FuzzParse compares with encoding/json: nothing is taken that it refuses, and what is taken reads the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,-0,true,false,null,"x\u00e9\ud83d\ude00"],"b":{}}`, `[]`, `"x"`, ` 1 `, `{"a":1,"a":2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := Parse(raw)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%q: %v is no fault", raw, err)
			}
			return
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil || !json.Valid(raw) || !utf8.Valid(raw) {
			t.Fatalf("%q is taken and encoding/json says %v", raw, err)
		}
		if diff := cmp.Diff(want, v.Any()); diff != "" {
			t.Fatalf("%q: %s", raw, diff)
		}
	})
}

// FuzzComplete holds the other way: plain JSON that encoding/json takes is taken.
func FuzzComplete(f *testing.F) {
	f.Add("a", "b\"\\\u2028", int64(5))
	f.Fuzz(func(t *testing.T, a, b string, n int64) {
		if strings.ContainsRune(a+b, 0) || !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		raw, err := json.MarshalIndent(map[string]any{a: []any{b, n, nil, true}, a + "2": map[string]any{b: a}}, " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		v, err := Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if got := v.Get(a + "2").Get(b).Text(); got != a {
			t.Fatalf("%s: got %q, want %q", raw, got, a)
		}
	})
}
