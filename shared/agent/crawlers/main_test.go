package main

import (
	"bytes"
	"os"
	"slices"
	"testing"
)

// TestGenerated ensures that what is committed is made from the words and from the package that the lockfile names.
func TestGenerated(t *testing.T) {
	if _, err := os.Stat("node_modules/crawler-user-agents"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("npm ci --prefix shared/agent/crawlers was not run: %v", err)
		}
		t.Skip("crawler-user-agents is not installed: npm ci --prefix shared/agent/crawlers")
	}
	want, err := generate(".")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../words.gen.go")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("words.gen.go is out of date (%v): run go generate ./shared/agent", err)
	}
}

// TestLiterals ensures that what is looked for stands in every agent that fits the pattern.
func TestLiterals(t *testing.T) {
	for pattern, want := range map[string][]string{
		`Googlebot\/`:                       {"googlebot/"},
		`[wW]get`:                           {"wget"},
		`^curl`:                             {"^curl"},
		`SSL Labs$`:                         {"ssl labs$"},
		`(^| )PTST\/`:                       {" ptst/", "^ptst/"},
		`AdsBot-Google([^-]|$)`:             {"adsbot-google", "adsbot-google$"},
		`Automaton|Newsify Feed Fetcher`:    {"automaton", "newsify feed fetcher"},
		`Ahrefs(Bot|SiteAudit)`:             {"ahrefsbot", "ahrefssiteaudit"},
		`BlogTraffic\/\d\.\d+ Feed-Fetcher`: {" feed-fetcher"},
		`Current[\s\S]*RSS Reader`:          {"rss reader"},
	} {
		got, err := literalsOf(pattern)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", pattern, got, err, want)
		}
	}
	for _, wide := range []string{`.*`, `a.b`, `[a-z]+`, `x?`} {
		if got, err := literalsOf(wide); err == nil {
			t.Errorf("%s: got %q, want a refusal: it would be found in anything", wide, got)
		}
	}
}

// TestLeast ensures that a word which another one finds is left out, unless it says something else.
func TestLeast(t *testing.T) {
	words, not := read("# a note\nbot: bot\nscanner: nikto\nnot: fluid/\n")
	words = append(words, parse("bot", "Googlebot/"), parse("bot", "^curl"), parse("bot", "bot"), parse("bot", "nikto-x"))
	var got []string
	for _, w := range least(words) {
		got = append(got, w.class+" "+w.text)
	}
	if want := []string{"bot bot", "bot curl", "scanner nikto", "bot nikto-x"}; !slices.Equal(got, want) || !slices.Equal(not, []string{"fluid/"}) {
		t.Errorf("got %q and %q, want %q", got, not, want)
	}
}
