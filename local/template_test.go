package main_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/adhocore/gronx"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// resource is template.yaml's text of one resource: intrinsic functions stay as {"!Ref": "Bucket"}.
type resource = map[string]any

// readTemplate reads ../template.yaml as it is written, unlike the runner's reader, which evaluates it.
func readTemplate(t *testing.T) (globals resource, resources map[string]resource) {
	t.Helper()
	all := readWhole(t)
	resources = map[string]resource{}
	for id, r := range all["Resources"].(resource) {
		resources[id] = r.(resource)
	}
	return all["Globals"].(resource)["Function"].(resource), resources
}

func readWhole(t *testing.T) resource {
	t.Helper()
	b, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	return plain(doc.Content[0]).(resource)
}

func plain(n *yaml.Node) any {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		bare := *n
		bare.Tag = map[yaml.Kind]string{yaml.ScalarNode: "!!str", yaml.SequenceNode: "!!seq", yaml.MappingNode: "!!map"}[n.Kind]
		return resource{n.Tag: plain(&bare)}
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := resource{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			list[i] = plain(c)
		}
		return list
	}
	var v any
	if n.Decode(&v) != nil {
		return n.Value
	}
	return v
}

// dig follows keys into nested mappings; nil when one is absent.
func dig(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(resource)
		v = m[k]
	}
	return v
}

func ofType(resources map[string]resource, kind string) []string {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(resources)), func(id string) bool { return resources[id]["Type"] != kind })
	return ids
}

// events lists the events of one kind of every function and state machine, by "Function.Event".
func eventsOf(resources map[string]resource, kind string) map[string]resource {
	found := map[string]resource{}
	for _, id := range append(ofType(resources, "AWS::Serverless::Function"), ofType(resources, "AWS::Serverless::StateMachine")...) {
		list, _ := dig(resources[id], "Properties", "Events").(resource)
		for name, e := range list {
			if dig(e, "Type") == kind {
				found[id+"."+name] = dig(e, "Properties").(resource)
			}
		}
	}
	return found
}

func getAtt(s string) resource { return resource{"!GetAtt": s} }

func ref(s string) resource { return resource{"!Ref": s} }

// TestTemplateFence holds what counting exactly once rests on: without the tumbling window no batch carries its shard's
// id, with a factor above 1 a shard's records come out of order, and LATEST misses records while a mapping is made.
func TestTemplateFence(t *testing.T) {
	_, resources := readTemplate(t)
	fenced := func(table string) resource {
		return resource{
			"Stream": getAtt(table + ".StreamArn"), "StartingPosition": "TRIM_HORIZON", "TumblingWindowInSeconds": 900,
			"MaximumBatchingWindowInSeconds": 1, "BatchSize": 1000, "ParallelizationFactor": 1, "BisectBatchOnFunctionError": false,
			"MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1, "FunctionResponseTypes": []any{"ReportBatchItemFailures"},
		}
	}
	ordered := func(table string, batch int) resource {
		unfenced := fenced(table)
		delete(unfenced, "TumblingWindowInSeconds")
		unfenced["MaximumBatchingWindowInSeconds"], unfenced["BatchSize"] = 0, batch
		return unfenced
	}
	keys := resource{ // whose figures moved; the hourly run mends what is given up
		"Stream": getAtt("KPIsTable.StreamArn"), "StartingPosition": "TRIM_HORIZON", "MaximumBatchingWindowInSeconds": 60, "BatchSize": 10000,
		"ParallelizationFactor": 1, "BisectBatchOnFunctionError": false, "MaximumRetryAttempts": 5, "MaximumRecordAgeInSeconds": 3600,
	}
	want := map[string]resource{
		"AlertFunction.KPIs": keys, "AlertFunction.Alerts": ordered("AlertsTable", 10),
		"KpiFunction.Events": fenced("EventsTable"), "KpiFunction.Journeys": fenced("JourneysTable"), "JourneyFunction.Events": ordered("EventsTable", 300),
	}
	if d := cmp.Diff(want, eventsOf(resources, "DynamoDB")); d != "" {
		t.Errorf("the stream mappings (-want +got):\n%s", d)
	}
}

// TestTemplateTables ensures one shape of key for all, expiry, streams of both images where they are read, and that prod
// loses none to a mistake.
func TestTemplateTables(t *testing.T) {
	_, resources := readTemplate(t)
	key := func(hash, sort string) []any {
		return []any{resource{"AttributeName": hash, "KeyType": "HASH"}, resource{"AttributeName": sort, "KeyType": "RANGE"}}
	}
	onlyProd := func(yes, no any) resource { return resource{"!If": []any{"IsProd", yes, no}} }
	want := map[string]resource{}
	for _, id := range []string{"EventsTable", "KPIsTable", "JourneysTable", "ConfigTable", "QuarantineTable", "AlertsTable"} {
		want[id] = resource{
			"BillingMode": "PAY_PER_REQUEST", "KeySchema": key("pk", "sk"),
			"TimeToLiveSpecification":          resource{"AttributeName": "ttl", "Enabled": true},
			"PointInTimeRecoverySpecification": resource{"PointInTimeRecoveryEnabled": onlyProd(true, false)},
			"DeletionProtectionEnabled":        onlyProd(true, false),
		}
	}
	for _, id := range []string{"EventsTable", "JourneysTable"} {
		want[id]["StreamSpecification"] = resource{"StreamViewType": "NEW_AND_OLD_IMAGES"}
	}
	want["KPIsTable"]["StreamSpecification"] = resource{"StreamViewType": "KEYS_ONLY"}
	want["AlertsTable"]["StreamSpecification"] = resource{"StreamViewType": "NEW_IMAGE"}
	want["JourneysTable"]["GlobalSecondaryIndexes"] = []any{resource{
		"IndexName": "range", "KeySchema": key("gpk", "gsk"), "Projection": resource{"ProjectionType": "KEYS_ONLY"},
	}}
	got := map[string]resource{}
	for _, id := range ofType(resources, "AWS::DynamoDB::Table") {
		got[id] = maps.Clone(dig(resources[id], "Properties").(resource))
		delete(got[id], "AttributeDefinitions")
		if d := cmp.Diff(onlyProd("RetainExceptOnCreate", "Delete"), resources[id]["DeletionPolicy"]); d != "" {
			t.Errorf("%s: DeletionPolicy (-want +got):\n%s", id, d)
		}
		if d := cmp.Diff(onlyProd("Retain", "Delete"), resources[id]["UpdateReplacePolicy"]); d != "" {
			t.Errorf("%s: UpdateReplacePolicy (-want +got):\n%s", id, d)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the tables (-want +got):\n%s", d)
	}
}

// TestTemplateFunctions ensures that each folder in functions/ is one function, built as Go for arm64, with a log that
// ends and an alarm on its errors and its throttles.
func TestTemplateFunctions(t *testing.T) {
	globals, resources := readTemplate(t)
	for name, want := range map[string]any{"Runtime": "provided.al2023", "Architectures": []any{"arm64"}, "Handler": "bootstrap"} {
		if d := cmp.Diff(want, globals[name]); d != "" {
			t.Errorf("Globals.Function.%s (-want +got):\n%s", name, d)
		}
	}
	throttled := fmt.Sprint(dig(resources["Throttles"], "Properties", "Metrics"))
	var folders []string
	for _, id := range ofType(resources, "AWS::Serverless::Function") {
		p := dig(resources[id], "Properties").(resource)
		noun := strings.TrimSuffix(id, "Function")
		folders = append(folders, fmt.Sprint(p["CodeUri"]))
		for _, name := range []string{"Runtime", "Architectures", "Handler", "FunctionName"} {
			if p[name] != nil {
				t.Errorf("%s: %s is set for all in Globals, or by CloudFormation", id, name)
			}
		}
		build := resource{"BuildMethod": "go1.x", "BuildProperties": resource{"TrimGoPath": true}}
		if d := cmp.Diff(build, resources[id]["Metadata"]); d != "" {
			t.Errorf("%s: Metadata (-want +got):\n%s", id, d)
		}
		if d := cmp.Diff(ref(noun+"LogGroup"), dig(p, "LoggingConfig", "LogGroup")); d != "" {
			t.Errorf("%s: its log group (-want +got):\n%s", id, d)
		}
		alarm := dig(resources[noun+"Errors"], "Properties")
		if dig(alarm, "MetricName") != "Errors" || !strings.Contains(fmt.Sprint(dig(alarm, "Dimensions")), "!Ref:"+id+"]") {
			t.Errorf("%s: no alarm %sErrors on its errors", id, noun)
		}
		filter := dig(resources[noun+"LossFilter"], "Properties")
		silent := []string{"PixelFunction", "RedirectFunction", "CollectFunction", "WebhookFunction"}
		if slices.Contains(silent, id) && cmp.Diff(ref(noun+"LogGroup"), dig(filter, "LogGroupName")) != "" {
			t.Errorf("%s: it answers without an error when it could not store, and no filter counts its ERROR lines", id)
		}
		if !strings.Contains(throttled, "!Ref:"+id+"]") {
			t.Errorf("%s: the alarm Throttles leaves it out", id)
		}
	}
	slices.Sort(folders)
	if d := cmp.Diff(functionFolders(t), folders); d != "" {
		t.Errorf("functions/ (-) and the CodeUris (+):\n%s", d)
	}
}

func functionFolders(t *testing.T) []string {
	t.Helper()
	mains, err := filepath.Glob("../functions/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range mains {
		mains[i] = filepath.ToSlash(filepath.Dir(strings.TrimPrefix(m, "../"))) + "/"
	}
	return mains
}

// TestTemplateLogs ensures that no log is kept for ever.
func TestTemplateLogs(t *testing.T) {
	_, resources := readTemplate(t)
	for _, id := range ofType(resources, "AWS::Logs::LogGroup") {
		if d := cmp.Diff(ref("LogRetentionDays"), dig(resources[id], "Properties", "RetentionInDays")); d != "" {
			t.Errorf("%s: RetentionInDays (-want +got):\n%s", id, d)
		}
	}
}

// TestTemplateAlarms ensures that every alarm tells somebody, that silence is no alarm, and that both stream readers
// alarm at 5 minutes and 6 hours.
func TestTemplateAlarms(t *testing.T) {
	_, resources := readTemplate(t)
	ages := map[string][]any{}
	for _, id := range ofType(resources, "AWS::CloudWatch::Alarm") {
		p := dig(resources[id], "Properties").(resource)
		actions := []any{resource{"!If": []any{"HasAlarmEmail", ref("AlarmTopic"), ref("AWS::NoValue")}}}
		if d := cmp.Diff(actions, p["AlarmActions"]); d != "" {
			t.Errorf("%s: AlarmActions (-want +got):\n%s", id, d)
		}
		if p["TreatMissingData"] != "notBreaching" || resources[id]["Condition"] != "HasAlarms" {
			t.Errorf("%s: wants TreatMissingData notBreaching and Condition HasAlarms", id)
		}
		if p["MetricName"] == "IteratorAge" {
			of := fmt.Sprint(dig(p["Dimensions"].([]any)[0], "Value", "!Ref"))
			ages[of] = append(ages[of], p["Threshold"])
		}
	}
	want := map[string][]any{"KpiFunction": {300000, 21600000}, "JourneyFunction": {300000, 21600000}}
	if d := cmp.Diff(want, ages); d != "" {
		t.Errorf("iterator age in ms (-want +got):\n%s", d)
	}
}

// TestTemplateRoutes ensures that routes can be made as written, that each has a throttle of its own, that a page may ask
// before it sends to a public door, and that CORS stays in code.
func TestTemplateRoutes(t *testing.T) {
	_, resources := readTemplate(t)
	api := dig(resources["Api"], "Properties").(resource)
	if api["CorsConfiguration"] != nil {
		t.Error("Api: with CorsConfiguration the functions' own CORS headers are ignored")
	}
	routes := map[string]string{}
	path := regexp.MustCompile(`^/(?:[\w.~-]+|\{\w+\+?\}|/)*$`)
	for name, e := range eventsOf(resources, "HttpApi") {
		method, at := fmt.Sprint(e["Method"]), fmt.Sprint(e["Path"])
		if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"}, method) || !path.MatchString(at) {
			t.Errorf("%s: %s %s is no route", name, method, at)
		}
		if d := cmp.Diff(ref("Api"), e["ApiId"]); d != "" {
			t.Errorf("%s: ApiId (-want +got):\n%s", name, d)
		}
		if other, ok := routes[method+" "+at]; ok {
			t.Errorf("%s and %s both have %s %s", name, other, method, at)
		}
		routes[method+" "+at] = name
		owner, _, _ := strings.Cut(name, ".")
		if timeout, _ := dig(resources[owner], "Properties", "Timeout").(int); timeout < 1 || timeout > 29 {
			t.Errorf("%s: Timeout %d s: the gateway answers for it after 30", owner, timeout)
		}
	}
	throttles := api["RouteSettings"].(resource)
	for route := range throttles {
		if routes[route] == "" {
			t.Errorf("Api: RouteSettings throttles %s, which is no route", route)
		}
	}
	for route, name := range routes {
		rate, burst := dig(throttles[route], "ThrottlingRateLimit"), dig(throttles[route], "ThrottlingBurstLimit")
		if rate == nil || burst == nil {
			t.Errorf("%s: RouteSettings has no throttle for %s", name, route)
		}
		if _, at, _ := strings.Cut(route, " "); isPublic(at) && routes["OPTIONS "+at] == "" {
			t.Errorf("%s: %s is for pages of any origin, and no route answers its OPTIONS", name, route)
		}
	}
}

// isPublic reports the doors that pages of any site reach: all but the dashboard, what asks for a key, webhooks, and links and
// scripts, which are followed and loaded, not fetched.
func isPublic(path string) bool {
	other := []string{"/v1/", "/hooks/", "/c/", "/r/"}
	return path != "/" && !strings.HasSuffix(path, ".js") && !slices.ContainsFunc(other, func(p string) bool { return strings.HasPrefix(path, p) })
}

// TestTemplateSchedules ensures what cfn-lint does not read: the expression, a name that a second stack can have too,
// and the nominal time in the input.
func TestTemplateSchedules(t *testing.T) {
	_, resources := readTemplate(t)
	schedules := eventsOf(resources, "ScheduleV2")
	if schedules["ReportMachine.Hourly"] == nil {
		t.Error("no schedule makes the reports")
	}
	for name, e := range schedules {
		if err := schedule(fmt.Sprint(e["ScheduleExpression"])); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.HasPrefix(fmt.Sprint(dig(e["Name"], "!Sub")), "${AWS::StackName}-") {
			t.Errorf("%s: Name %v does not begin with the stack's name", name, e["Name"])
		}
		var input map[string]string
		if err := json.Unmarshal([]byte(fmt.Sprint(e["Input"])), &input); err != nil {
			t.Errorf("%s: Input: %v", name, err)
		}
		if d := cmp.Diff(map[string]string{"scheduled_time": "<aws.scheduler.scheduled-time>"}, input); d != "" {
			t.Errorf("%s: Input (-want +got):\n%s", name, d)
		}
	}
}

// schedule says what EventBridge Scheduler would refuse in an expression.
func schedule(s string) error {
	if m := regexp.MustCompile(`^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$`).FindStringSubmatch(s); m != nil {
		if (m[1] == "1") != (m[3] == "") {
			return fmt.Errorf("%s: one is singular, more are plural", s)
		}
		return nil
	}
	m := regexp.MustCompile(`^cron\((.*)\)$`).FindStringSubmatch(s)
	if m == nil {
		return fmt.Errorf("%s: neither rate(…) nor cron(…)", s)
	}
	f := strings.Fields(m[1])
	if len(f) != 6 {
		return fmt.Errorf("%s: AWS wants 6 fields, minute to year", s)
	}
	if (f[2] == "?") == (f[4] == "?") {
		return fmt.Errorf("%s: exactly one of day of month and day of week is ?", s)
	}
	for i := range f[:5] {
		if f[i] == "?" {
			f[i] = "*"
		}
	}
	if year, err := strconv.Atoi(f[5]); f[5] != "*" && (err != nil || year < 1970 || year > 2199) {
		return fmt.Errorf("%s: the year is %s", s, f[5])
	}
	if !gronx.New().IsValid(strings.Join(f[:5], " ")) {
		return fmt.Errorf("%s: a field is out of its range", s)
	}
	return nil
}

func TestScheduleExpressions(t *testing.T) {
	for _, good := range []string{"rate(1 hour)", "rate(5 minutes)", "cron(5 * * * ? *)", "cron(0/15 8-18 ? * MON-FRI 2027)"} {
		if err := schedule(good); err != nil {
			t.Errorf("refused: %v", err)
		}
	}
	for _, bad := range []string{
		"", "hourly", "rate(1 hours)", "rate(5 minute)", "rate(0 hours)", "cron(5 * * * *)", "cron(5 * * * * *)", "cron(5 * ? * ? *)",
		"cron(61 * * * ? *)", "cron(5 24 * * ? *)", "cron(5 * 32 * ? *)", "cron(5 * * * ? 26)",
	} {
		if schedule(bad) == nil {
			t.Errorf("%q passed", bad)
		}
	}
}

// TestTemplateBucket ensures that nobody but the functions reads a report, and only over TLS.
func TestTemplateBucket(t *testing.T) {
	_, resources := readTemplate(t)
	p := dig(resources["Bucket"], "Properties")
	block := resource{"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true}
	if d := cmp.Diff(block, dig(p, "PublicAccessBlockConfiguration")); d != "" {
		t.Errorf("PublicAccessBlockConfiguration (-want +got):\n%s", d)
	}
	if dig(p, "BucketEncryption") == nil || dig(p, "LifecycleConfiguration") == nil {
		t.Error("the bucket is not encrypted, or keeps abandoned uploads")
	}
	tls := resource{
		"Sid": "OnlyTLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
		"Resource":  []any{getAtt("Bucket.Arn"), resource{"!Sub": "${Bucket.Arn}/*"}},
		"Condition": resource{"Bool": resource{"aws:SecureTransport": "false"}},
	}
	if d := cmp.Diff([]any{tls}, dig(resources["BucketPolicy"], "Properties", "PolicyDocument", "Statement")); d != "" {
		t.Errorf("BucketPolicy (-want +got):\n%s", d)
	}
}

// TestTemplateSnippet ensures that a deployment prints the snippet that the dashboard shows.
func TestTemplateSnippet(t *testing.T) {
	page, err := os.ReadFile("../functions/api/page.go")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)snippet = `(.*?)`").FindSubmatch(page)
	if shown == nil {
		t.Fatal("functions/api/page.go has no snippet")
	}
	want := fmt.Sprintf(string(shown[1]), "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}", "default")
	if d := cmp.Diff(want, dig(readWhole(t), "Outputs", "Snippet", "Value", "!Sub")); d != "" {
		t.Errorf("the dashboard's snippet (-) and Outputs.Snippet (+):\n%s", d)
	}
}

// TestSamconfig ensures that both stages can be deployed and that SAM never ships an old binary: its cache looks at
// CodeUri alone and so misses an edit in shared/.
func TestSamconfig(t *testing.T) {
	b, err := os.ReadFile("../samconfig.toml")
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`(?m)^\s*cached\s*=\s*true`).Match(b) {
		t.Error("cached = true")
	}
	for _, stage := range []string{"dev", "prod"} {
		_, text, found := strings.Cut(string(b), "["+stage+".deploy.parameters]")
		text, _, _ = strings.Cut(text, "\n[")
		for _, line := range []string{`stack_name = "tributary-` + stage, `parameter_overrides = "Stage=` + stage, "resolve_s3 = true", `capabilities = "CAPABILITY_IAM"`} {
			if !found || !strings.Contains(text, line) {
				t.Errorf("%s: no %s", stage, line)
			}
		}
		if got, want := strings.Contains(text, "confirm_changeset = true"), stage == "prod"; got != want {
			t.Errorf("%s: confirm_changeset = %v, want %v", stage, got, want)
		}
	}
}
