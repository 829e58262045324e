package main_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTemplatePermissions derives what each function calls on AWS from its own binary and the source of shared/store and
// shared/archive, and compares that with the statements in template.yaml: nothing may be missing, nothing to spare.
func TestTemplatePermissions(t *testing.T) {
	_, resources := readTemplate(t)
	stores := []*awsCalls{
		readAWSCalls(t, "store", "Store", dynamoActions, "Table"),
		readAWSCalls(t, "archive", "Archive", s3Actions, "Bucket"),
	}
	bins := buildForSymbols(t)
	for _, id := range ofType(resources, "AWS::Serverless::Function") {
		t.Run(id, func(t *testing.T) {
			folder := fmt.Sprint(dig(resources[id], "Properties", "CodeUri"))
			want := map[string]bool{}
			for _, s := range stores {
				for _, m := range s.usedBy(t, filepath.Join(bins, path.Base(folder))) {
					maps.Copy(want, s.closure(m, map[string]bool{}))
				}
			}
			got := allowed(t, resources, id)
			if holds(t, filepath.Join(bins, path.Base(folder)), "spill.(*Bucket).Put") {
				want["s3:PutObject Bucket"] = true
			}
			if holds(t, filepath.Join(bins, path.Base(folder)), "bus.(*Bus).Publish") {
				want["events:PutEvents arn:AWS::Partition:events:AWS::Region:AWS::AccountId:event-bus/EventBus"] = true
			}
			for call := range streamCalls(resources, id) {
				want[call] = true
			}
			if d := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); d != "" {
				t.Errorf("its code calls (-), template.yaml allows (+):\n%s", d)
			}
		})
	}
}

// TestTemplateEnvironment ensures that each function is given the variables that its packages read, and no other.
func TestTemplateEnvironment(t *testing.T) {
	globals, resources := readTemplate(t)
	for _, id := range ofType(resources, "AWS::Serverless::Function") {
		got := map[string]bool{}
		for _, from := range []resource{globals, dig(resources[id], "Properties").(resource)} {
			variables, _ := dig(from, "Environment", "Variables").(resource)
			for name := range variables {
				got[name] = true
			}
		}
		delete(got, "GOMEMLIMIT") // Go's runtime reads it
		want := environmentRead(t, "./"+fmt.Sprint(dig(resources[id], "Properties", "CodeUri")))
		if d := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); d != "" {
			t.Errorf("%s: its code reads (-), template.yaml gives (+):\n%s", id, d)
		}
	}
}

// environmentRead are the names in getenv("…") and os.Getenv("…") in every package of ours that a function is built from, but for Lambda's own.
func environmentRead(t *testing.T, pkg string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for dep := range strings.FieldsSeq(goCommand(t, "list", "-deps", pkg)) {
		own, ok := strings.CutPrefix(dep, "tributary/")
		if !ok {
			continue
		}
		for _, file := range parseFolder(t, filepath.Join("..", own)) {
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && isGetenv(call.Fun) && len(call.Args) == 1 {
					if lit, ok := call.Args[0].(*ast.BasicLit); ok && !strings.HasPrefix(lit.Value, `"AWS_`) {
						names[strings.Trim(lit.Value, `"`)] = true
					}
				}
				return true
			})
		}
	}
	return names
}

func isGetenv(fun ast.Expr) bool {
	if s, ok := fun.(*ast.SelectorExpr); ok {
		return s.Sel.Name == "Getenv"
	}
	return fmt.Sprint(fun) == "getenv"
}

// Which SDK calls need which actions. Without ListBucket a missing key is 403 instead of 404.
var (
	dynamoActions = map[string][]string{
		"PutItem": {"dynamodb:PutItem"}, "GetItem": {"dynamodb:GetItem"}, "UpdateItem": {"dynamodb:UpdateItem"},
		"DeleteItem": {"dynamodb:DeleteItem"}, "Query": {"dynamodb:Query"}, "Scan": {"dynamodb:Scan"},
		"BatchGetItem": {"dynamodb:BatchGetItem"}, "BatchWriteItem": {"dynamodb:BatchWriteItem"},
		"TransactWriteItems": {}, // what it is made of: types.Put{…}
	}
	dynamoParts = map[string]string{
		"Put": "dynamodb:PutItem", "Update": "dynamodb:UpdateItem", "Delete": "dynamodb:DeleteItem", "ConditionCheck": "dynamodb:ConditionCheckItem",
	}
	s3Actions = map[string][]string{
		"PutObject": {"s3:PutObject"}, "GetObject": {"s3:GetObject", "s3:ListBucket"}, "HeadObject": {"s3:GetObject", "s3:ListBucket"},
		"ListObjectsV2": {"s3:ListBucket"}, "DeleteObject": {"s3:DeleteObject"},
		"CopyObject": {"s3:GetObject", "s3:PutObject"},
	}
)

// awsCalls is what the functions of one package call, by name: actions on resources, and one another.
type awsCalls struct {
	pkg, owner string                     // shared/<pkg>, and the exported type whose methods are its interface
	direct     map[string]map[string]bool // "dynamodb:Query JourneysTable/index/range"
	inner      map[string]map[string]bool // names of the same package that it calls
}

func readAWSCalls(t *testing.T, pkg, owner string, actions map[string][]string, suffix string) *awsCalls {
	t.Helper()
	c := &awsCalls{pkg: "shared/" + pkg, owner: owner, direct: map[string]map[string]bool{}, inner: map[string]map[string]bool{}}
	for _, file := range parseFolder(t, filepath.Join("..", c.pkg)) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				c.read(t, f, actions, suffix)
			}
		}
	}
	return c
}

// read notes what one function does. A call on AWS is known by the SDK's input that it takes, dynamodb.QueryInput{…}.
func (c *awsCalls) read(t *testing.T, f *ast.FuncDecl, actions map[string][]string, suffix string) {
	t.Helper()
	name := f.Name.Name
	if c.direct[name] == nil {
		c.direct[name], c.inner[name] = map[string]bool{}, map[string]bool{}
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if callee := innerCallee(n.Fun, c.owners(f)); callee != "" {
				c.inner[name][callee] = true
			}
		case *ast.CompositeLit:
			call := inputOf(n)
			if call == "" {
				return true
			}
			if actions[call] == nil {
				t.Errorf("%s: %s calls %s: which actions does that need?", c.pkg, name, call)
			}
			at := inputPlace(n, f, suffix)
			if at == "" {
				t.Errorf("%s: %s calls %s: on which table? This test looks for tables.<Name> in the input, else in the function", c.pkg, name, call)
			}
			for _, action := range append(transactActions(call, f), actions[call]...) {
				c.direct[name][action+" "+at] = true
			}
		}
		return true
	})
}

// transactActions are those of a transaction's parts: the fields of types.TransactWriteItem{…} in the function that makes it.
func transactActions(call string, f *ast.FuncDecl) []string {
	var list []string
	if call != "TransactWriteItems" {
		return nil
	}
	ast.Inspect(f, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if of, ok := lit.Type.(*ast.SelectorExpr); !ok || of.Sel.Name != "TransactWriteItem" {
			return true
		}
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				list = append(list, dynamoParts[fmt.Sprint(kv.Key)])
			}
		}
		return true
	})
	return list
}

// owners are the names of a function's receiver and parameters through which it reaches the package's own methods.
func (c *awsCalls) owners(f *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	fields := f.Type.Params.List
	if f.Recv != nil {
		fields = append(slices.Clone(f.Recv.List), fields...)
	}
	for _, field := range fields {
		star, _ := field.Type.(*ast.StarExpr)
		if star == nil || fmt.Sprint(star.X) != c.owner {
			continue
		}
		for _, n := range field.Names {
			names[n.Name] = true
		}
	}
	return names
}

// innerCallee is the name of a function or a method of the package that a call is of; empty for any other call.
func innerCallee(fun ast.Expr, owners map[string]bool) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.IndexExpr:
		return innerCallee(fun.X, owners)
	case *ast.SelectorExpr:
		if x, ok := fun.X.(*ast.Ident); ok && owners[x.Name] {
			return fun.Sel.Name
		}
	}
	return ""
}

// inputOf is Query for dynamodb.QueryInput{…}; empty for any other literal.
func inputOf(lit *ast.CompositeLit) string {
	s, ok := lit.Type.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if pkg, ok := s.X.(*ast.Ident); !ok || pkg.Name != "dynamodb" && pkg.Name != "s3" {
		return ""
	}
	call, ok := strings.CutSuffix(s.Sel.Name, "Input")
	if !ok {
		return ""
	}
	return call
}

// inputPlace is the one table or index that an input names, itself or, where it takes a variable, its function; empty
// where there are none or several.
func inputPlace(input *ast.CompositeLit, f *ast.FuncDecl, suffix string) string {
	if suffix == "Bucket" {
		return suffix
	}
	tables := tablesIn(input)
	if len(tables) == 0 {
		tables = tablesIn(f)
	}
	if len(tables) != 1 {
		return ""
	}
	at := slices.Collect(maps.Keys(tables))[0] + suffix
	for _, e := range input.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && fmt.Sprint(kv.Key) == "IndexName" {
			at += "/index/range"
		}
	}
	return at
}

// tablesIn are the Events and KPIs of s.tables.Events and s.tables.KPIs.
func tablesIn(n ast.Node) map[string]bool {
	found := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if of, ok := s.X.(*ast.SelectorExpr); ok && of.Sel.Name == "tables" {
				found[s.Sel.Name] = true
			}
		}
		return true
	})
	return found
}

// closure is what a function of the package does, with everything of the package it uses.
func (c *awsCalls) closure(name string, seen map[string]bool) map[string]bool {
	all := maps.Clone(c.direct[name])
	if seen[name] {
		return nil
	}
	seen[name] = true
	for other := range c.inner[name] {
		if c.direct[other] != nil {
			maps.Copy(all, c.closure(other, seen))
		}
	}
	return all
}

// buildForSymbols builds every function with the tag it is deployed with, our own packages without inlining, so that the
// symbols that the linker kept are the methods that a function can reach. net/rpc would keep all of them (hence the tag);
// so would html/template, which looks methods up by name, and protobuf (of parquet-go), which looks up "Methods" and so keeps
// the ones of reflect's own types that list all: here they are built without those calls.
func buildForSymbols(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	goroot := filepath.Join(strings.TrimSpace(goCommand(t, "env", "GOROOT")), "src")
	replace := map[string]string{}
	for _, c := range []struct{ file, lookup, instead string }{
		{"text/template/exec.go", "ptr.MethodByName(fieldName)", "(reflect.Value{})"},
		{"reflect/type.go", "yield(t.Method(i))", "yield(Method{Index: i})"},
		{"reflect/value.go", "yield(rtype.Method(i), v.Method(i))", "yield(Method{Index: i, Type: rtype}, v)"},
	} {
		original := filepath.Join(goroot, filepath.FromSlash(c.file))
		source, err := os.ReadFile(original)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(source), c.lookup) != 1 {
			t.Fatalf("%s has no %s any more: this test must find where it looks up methods now", c.file, c.lookup)
		}
		replace[original] = filepath.Join(dir, strings.ReplaceAll(c.file, "/", "_"))
		writeFile(t, replace[original], []byte(strings.Replace(string(source), c.lookup, c.instead, 1)))
	}
	overlay := filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, overlay, list)
	goCommand(t, "build", "-tags=lambda.norpc", "-gcflags=tributary/...=-l", "-overlay", overlay, "-o", dir, "./functions/...")
	return dir
}

func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// usedBy lists the exported functions and methods of the package that a binary holds.
func (c *awsCalls) usedBy(t *testing.T, bin string) []string {
	t.Helper()
	symbol := regexp.MustCompile(` T tributary/` + c.pkg + `\.(?:\(\*` + c.owner + `\)\.)?([A-Z]\w*)(?:\[|$)`)
	var methods []string
	for line := range strings.Lines(goCommand(t, "tool", "nm", bin)) {
		if m := symbol.FindStringSubmatch(strings.TrimSpace(line)); m != nil && c.direct[m[1]] != nil {
			methods = append(methods, m[1])
		}
	}
	return methods
}

// holds reports that a binary can make a call that a package of ours signs itself, by the SDK of no service: what cannot be stored
// is written to S3 by shared/spill, and shared/bus tells EventBridge.
func holds(t *testing.T, bin, method string) bool {
	t.Helper()
	return strings.Contains(goCommand(t, "tool", "nm", bin), " T tributary/shared/"+method+"\n")
}

func parseFolder(t *testing.T, dir string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, p := range paths {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// goCommand runs go in the module's root and returns what it prints.
func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = ".."
	var diagnosis strings.Builder
	cmd.Stderr = &diagnosis
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, diagnosis.String())
	}
	return string(out)
}

// streamCalls is what the event source mappings do in a function's name, where it has a role of its own.
func streamCalls(resources map[string]resource, id string) map[string]bool {
	calls := map[string]bool{}
	for name, e := range eventsOf(resources, "DynamoDB") {
		if strings.HasPrefix(name, id+".") {
			table := strings.TrimSuffix(fmt.Sprint(dig(e["Stream"], "!GetAtt")), ".StreamArn")
			for _, action := range []string{"DescribeStream", "GetRecords", "GetShardIterator"} {
				calls["dynamodb:"+action+" "+table+"/stream"] = true
			}
			calls["dynamodb:ListStreams *"] = true
		}
	}
	return calls
}

// allowed lists a function's statements as "action resource". Writing its own log is taken out.
func allowed(t *testing.T, resources map[string]resource, id string) map[string]bool {
	t.Helper()
	p := dig(resources[id], "Properties").(resource)
	var policies []any
	if role, _ := dig(p["Role"], "!GetAtt").(string); role != "" {
		for _, policy := range dig(resources[strings.TrimSuffix(role, ".Arn")], "Properties", "Policies").([]any) {
			policies = append(policies, dig(policy, "PolicyDocument"))
		}
	} else {
		policies = p["Policies"].([]any)
	}
	got := map[string]bool{}
	for _, policy := range policies {
		for _, s := range dig(policy, "Statement").([]any) {
			for _, at := range listed(dig(s, "Resource")) {
				for _, action := range listed(dig(s, "Action")) {
					got[fmt.Sprint(action)+" "+place(at)] = true
				}
			}
			checkStatement(t, s)
		}
	}
	own := strings.TrimSuffix(id, "Function") + "LogGroup"
	delete(got, "logs:CreateLogStream "+own)
	delete(got, "logs:PutLogEvents "+own)
	return got
}

// checkStatement ensures what the list of actions does not show: no wildcard in an action, and a listing only of reports.
func checkStatement(t *testing.T, s any) {
	t.Helper()
	if dig(s, "Effect") != "Allow" {
		t.Errorf("Effect %v", dig(s, "Effect"))
	}
	for _, action := range listed(dig(s, "Action")) {
		if strings.Contains(fmt.Sprint(action), "*") {
			t.Errorf("Action %v is not written out", action)
		}
		if action == "s3:ListBucket" {
			checkListing(t, dig(s, "Condition", "StringLike", "s3:prefix"))
		}
	}
}

// checkListing ensures that what a function may list is bounded to folders by name.
func checkListing(t *testing.T, prefixes any) {
	t.Helper()
	for _, p := range listed(prefixes) {
		if folder, ok := strings.CutSuffix(fmt.Sprint(p), "/*"); !ok || folder == "" || strings.ContainsAny(folder, "*?") {
			t.Errorf("s3:ListBucket: its condition allows %v, which is no folder", p)
		}
	}
}

func listed(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// place names a statement's resource: EventsTable, EventsTable/stream, JourneysTable/index/range, Bucket.
func place(at any) string {
	s := fmt.Sprint(at)
	if att, ok := dig(at, "!GetAtt").(string); ok {
		s = att
	}
	if sub, ok := dig(at, "!Sub").(string); ok {
		s = strings.NewReplacer("${", "", "}", "").Replace(sub)
	}
	s = strings.Replace(strings.Replace(s, ".Arn", "", 1), ".StreamArn", "/stream", 1)
	if folder, ok := strings.CutPrefix(s, "Bucket/"); ok && strings.HasSuffix(folder, "/*") {
		return "Bucket" // the test derives the calls, not the folders
	}
	return s
}
