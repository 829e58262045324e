package main_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTemplateMachines ensures what holds a state machine together: every state is reached and ends, names exist,
// substitutions are given and used, a task may be tried again and outlives the function's own timeout, its log and its alarms
// are there, and on the laptop a function stands in for it. What the machine does, functions/report/machine_test.go runs.
func TestTemplateMachines(t *testing.T) {
	_, resources := readTemplate(t)
	machines := ofType(resources, "AWS::Serverless::StateMachine")
	if len(machines) == 0 {
		t.Fatal("template.yaml has no state machine")
	}
	for _, id := range machines {
		p := dig(resources[id], "Properties").(resource)
		definition := dig(p, "Definition")
		checkStates(t, id, definition)
		used := map[string]bool{}
		for _, m := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(fmt.Sprint(definition), -1) {
			used[m[1]] = true
		}
		given := p["DefinitionSubstitutions"].(resource)
		if d := cmp.Diff(slices.Sorted(maps.Keys(used)), slices.Sorted(maps.Keys(given))); d != "" {
			t.Errorf("%s: it uses (-), DefinitionSubstitutions gives (+):\n%s", id, d)
		}
		if p["Type"] != "STANDARD" || dig(p, "Name", "!Sub") != "${AWS::StackName}-report" {
			t.Errorf("%s: Type %v, Name %v: an express machine ends after 5 minutes, and its own policy names it", id, p["Type"], p["Name"])
		}
		log := resource{"CloudWatchLogsLogGroup": resource{"LogGroupArn": getAtt(id + "LogGroup.Arn")}}
		if d := cmp.Diff([]any{log}, dig(p, "Logging", "Destinations")); d != "" || dig(p, "Logging", "IncludeExecutionData") != false {
			t.Errorf("%s: Logging (-want +got):\n%s", id, d)
		}
		// Vended logs: with any other name each new machine lengthens a policy that is bounded.
		if name := fmt.Sprint(dig(resources[id+"LogGroup"], "Properties", "LogGroupName", "!Sub")); !strings.HasPrefix(name, "/aws/vendedlogs/") {
			t.Errorf("%s: its log group is %q", id, name)
		}
		for alarm, metric := range map[string]string{"Failed": "ExecutionsFailed", "TimedOut": "ExecutionsTimedOut"} {
			a := dig(resources[id+alarm], "Properties")
			dimension := []any{resource{"Name": "StateMachineArn", "Value": ref(id)}}
			if d := cmp.Diff(dimension, dig(a, "Dimensions")); d != "" || dig(a, "MetricName") != metric || dig(a, "Namespace") != "AWS/States" {
				t.Errorf("%s: no alarm %s%s on %s: %s", id, id, alarm, metric, d)
			}
		}
		if function := fmt.Sprint(dig(resources[id], "Metadata", "Laptop")); dig(resources[function], "Type") != "AWS::Serverless::Function" {
			t.Errorf("%s: Metadata.Laptop %q is no function", id, function)
		}
	}
}

// checkStates follows a definition from its start, and those inside it.
func checkStates(t *testing.T, id string, definition any) {
	t.Helper()
	states := dig(definition, "States").(resource)
	reached := map[string]bool{}
	todo := []string{fmt.Sprint(dig(definition, "StartAt"))}
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		if reached[name] {
			continue
		}
		reached[name] = true
		s, ok := states[name].(resource)
		if !ok {
			t.Errorf("%s: there is no state %q", id, name)
			continue
		}
		next := followers(s)
		if len(next) == 0 && s["End"] != true && s["Type"] != "Succeed" {
			t.Errorf("%s: %s leads nowhere", id, name)
		}
		todo = append(todo, next...)
		if s["Type"] == "Task" {
			retry, _ := s["Retry"].([]any)
			if timeout, _ := s["TimeoutSeconds"].(int); len(retry) == 0 || timeout <= 900 {
				t.Errorf("%s: %s: Retry %v, TimeoutSeconds %v: a function may be throttled, and may run for 900 s", id, name, retry, s["TimeoutSeconds"])
			}
		}
		if inner := s["ItemProcessor"]; inner != nil {
			checkStates(t, id+"."+name, inner)
		}
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(states)), slices.Sorted(maps.Keys(reached))); d != "" {
		t.Errorf("%s: states (-), and those that are reached (+):\n%s", id, d)
	}
}

func followers(s resource) []string {
	var next []string
	for _, name := range []string{"Next", "Default"} {
		if s[name] != nil {
			next = append(next, fmt.Sprint(s[name]))
		}
	}
	choices, _ := s["Choices"].([]any)
	for _, c := range choices {
		next = append(next, fmt.Sprint(dig(c, "Next")))
	}
	return next
}

// TestTemplateMachinePermissions ensures that the machine may do what its definition does, and no more.
func TestTemplateMachinePermissions(t *testing.T) {
	_, resources := readTemplate(t)
	const own = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:%s:${AWS::StackName}-report"
	want := map[string]any{
		"lambda:InvokeFunction":    getAtt("ReportFunction.Arn"),                           // its tasks
		"s3:GetObject":             resource{"!Sub": "${Bucket.Arn}/reports-parts/*"},      // the list of its map
		"states:StartExecution":    resource{"!Sub": fmt.Sprintf(own, "stateMachine")},     // a distributed map's children
		"states:DescribeExecution": resource{"!Sub": fmt.Sprintf(own, "execution") + "/*"}, // likewise
		"states:StopExecution":     resource{"!Sub": fmt.Sprintf(own, "execution") + "/*"}, // likewise
	}
	for _, action := range []string{
		"CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries", "PutResourcePolicy",
		"DescribeResourcePolicies", "DescribeLogGroups",
	} {
		want["logs:"+action] = "*" // deliveries know no resource
	}
	got := map[string]any{}
	for _, policy := range dig(resources["ReportMachine"], "Properties", "Policies").([]any) {
		for _, s := range dig(policy, "Statement").([]any) {
			for _, action := range listed(dig(s, "Action")) {
				got[fmt.Sprint(action)] = dig(s, "Resource")
			}
			if dig(s, "Effect") != "Allow" {
				t.Errorf("Effect %v", dig(s, "Effect"))
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("ReportMachine (-want +got):\n%s", d)
	}
}

// TestTemplateParts ensures that only report writes parts, and that they expire.
func TestTemplateParts(t *testing.T) {
	_, resources := readTemplate(t)
	for _, id := range ofType(resources, "AWS::Serverless::Function") {
		policies := fmt.Sprint(dig(resources[id], "Properties", "Policies"))
		if got, want := strings.Contains(policies, "/reports-parts/*"), id == "ReportFunction"; got != want {
			t.Errorf("%s: reads or writes parts: %v, want %v", id, got, want)
		}
	}
	rules := dig(resources["Bucket"], "Properties", "LifecycleConfiguration", "Rules").([]any)
	expires := slices.ContainsFunc(rules, func(r any) bool {
		days, _ := dig(r, "ExpirationInDays").(int)
		return dig(r, "Prefix") == "reports-parts/" && dig(r, "Status") == "Enabled" && days >= 1
	})
	if !expires {
		t.Error("the bucket keeps reports-parts/ for ever")
	}
}
