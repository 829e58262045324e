package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// example is a block of README that can be run, and what README says that it prints (empty: anything but an error).
type example struct{ script, prints string }

var block = regexp.MustCompile("(?s)<!-- run -->\n```sh\n(.*?)```\n(?:<!-- prints -->\n```json\n(.*?)\n```)?")

func examples(t *testing.T) []example {
	t.Helper()
	var out []example
	for _, m := range block.FindAllStringSubmatch(readme(t), -1) {
		out = append(out, example{script: m[1], prints: m[2]})
	}
	if len(out) < 5 {
		t.Fatalf("README has %d examples that can be run; its markers may have been lost", len(out))
	}
	return out
}

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestReadmeExamples ensures that what README tells a newcomer to paste works as printed, in its order, on a fresh stack;
// and so do the lines that the runner prints when it is ready.
func TestReadmeExamples(t *testing.T) {
	s := startStack(t, "", nil)
	for _, e := range examples(t) {
		got := bash(t, s, e.script)
		if e.prints != "" && strings.TrimSpace(got) != e.prints {
			t.Errorf("%s\nprints %s\nREADME says %s", e.script, got, e.prints)
		}
	}
	printed := 0
	for _, l := range strings.Split(s.out.String(), "\n") {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, "curl ") {
			printed++
			bash(t, s, l)
		}
	}
	if printed != 3 {
		t.Errorf("the runner printed %d curl lines, want 3:\n%s", printed, s.out)
	}
}

func bash(t *testing.T, s *stack, script string) string {
	t.Helper()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", strings.ReplaceAll(script, "curl -s ", "curl -sS --fail-with-body "))
	cmd.Env = append(os.Environ(), "URL="+s.URL, "KEY="+s.Key)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), `"errorMessage"`) {
		t.Errorf("%s\nfails: %v\n%s", script, err, out)
	}
	return string(out)
}

// TestReadmeFunctions ensures that README's table of functions and template.yaml name the same ones.
func TestReadmeFunctions(t *testing.T) {
	b, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Resources map[string]struct {
			Type       string `yaml:"Type"`
			Properties struct {
				CodeURI string `yaml:"CodeUri"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, r := range doc.Resources {
		if r.Type == "AWS::Serverless::Function" {
			want = append(want, strings.TrimSuffix(strings.TrimPrefix(r.Properties.CodeURI, "functions/"), "/"))
		}
	}
	_, table, _ := strings.Cut(readme(t), "| function | runs on | reads | writes |\n|---|---|---|---|\n")
	for _, line := range strings.Split(table, "\n") {
		if !strings.HasPrefix(line, "| ") {
			break
		}
		got = append(got, strings.TrimSpace(strings.Split(line, "|")[1]))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("README's functions are %v, template.yaml's %v", got, want)
	}
}

// TestReadmeCodes ensures that README lists every code of shared/fault and no other, each with its status.
func TestReadmeCodes(t *testing.T) {
	_, table, _ := strings.Cut(readme(t), "| code | status | what to do |\n|---|---|---|\n")
	var got []string
	for _, line := range strings.Split(table, "\n") {
		if !strings.HasPrefix(line, "| `") {
			break
		}
		got = append(got, strings.Trim(strings.TrimSpace(strings.Split(line, "|")[1]), "`"))
	}
	want := faultCodes(t)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("README's codes are\n%v, shared/fault has\n%v", got, want)
	}
}

// faultCodes reads the constants of type Code from the source, so that a new one cannot be forgotten.
func faultCodes(t *testing.T) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../shared/fault/fault.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || fmt.Sprint(v.Type) != "Code" {
			return true
		}
		for _, x := range v.Values {
			s, err := strconv.Unquote(x.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, s)
		}
		return true
	})
	return codes
}
