package main

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// Marks in what a pattern is taken apart to: any text, the agent's beginning, its end.
const gap, begin, end = "\x00", "^", "$"

// literalsOf are texts of which every agent that fits a pattern holds at least one: the longest of each alternative, in small
// letters, with ^ and $ where it stands at the beginning or the end.
func literalsOf(pattern string) ([]string, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pattern, err)
	}
	var out []string
	for _, alternative := range spell(re) {
		longest := ""
		for _, part := range strings.Split(alternative, gap) {
			if len(part) > len(longest) {
				longest = part
			}
		}
		if len(strings.Trim(longest, begin+end)) < 3 && !strings.HasPrefix(longest, begin) {
			return nil, fmt.Errorf("%s: %q would be found in anything", pattern, longest)
		}
		out = append(out, longest)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// spell are the alternatives of an expression.
func spell(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}
	case syntax.OpCharClass:
		return class(re.Rune)
	case syntax.OpBeginText, syntax.OpBeginLine:
		return []string{begin}
	case syntax.OpEndText, syntax.OpEndLine:
		return []string{end}
	case syntax.OpEmptyMatch:
		return []string{""}
	case syntax.OpCapture:
		return spell(re.Sub[0])
	case syntax.OpQuest:
		return append(spell(re.Sub[0]), "")
	case syntax.OpPlus:
		return join(spell(re.Sub[0]), []string{gap})
	case syntax.OpAlternate:
		var all []string
		for _, s := range re.Sub {
			all = append(all, spell(s)...)
		}
		return all
	case syntax.OpConcat:
		all := []string{""}
		for _, s := range re.Sub {
			all = join(all, spell(s))
		}
		return all
	}
	return []string{gap}
}

// class is a class of letters: one letter in both cases is a letter, a few are alternatives, many are anything.
func class(ranges []rune) []string {
	var letters []string
	for i := 0; i < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] > 3 {
			return []string{gap}
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			letters = append(letters, string(unicode.ToLower(r)))
		}
	}
	slices.Sort(letters)
	return slices.Compact(letters)
}

func join(heads, tails []string) []string {
	var out []string
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, h+t)
		}
	}
	return out
}
