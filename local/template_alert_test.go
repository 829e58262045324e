package main_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTemplateAlertMail ensures that the rule which sends alerts on takes what functions/alert publishes, on the same bus, and says
// only what an alert holds.
func TestTemplateAlertMail(t *testing.T) {
	_, resources := readTemplate(t)
	rule := dig(resources["AlertMail"], "Properties").(resource)
	code, err := os.ReadFile("../functions/alert/publish.go")
	if err != nil {
		t.Fatal(err)
	}
	constant := func(name string) any {
		m := regexp.MustCompile(name + ` += "(.*)"`).FindSubmatch(code)
		if m == nil {
			t.Fatalf("functions/alert/publish.go has no %s", name)
		}
		return string(m[1])
	}
	pattern := resource{"source": []any{constant("alertSource")}, "detail-type": []any{constant("alertDetail")}, "account": []any{ref("AWS::AccountId")}}
	if d := cmp.Diff(pattern, rule["EventPattern"]); d != "" {
		t.Errorf("what is published (-) and what the rule takes (+):\n%s", d)
	}
	published := dig(resources["AlertFunction"], "Properties", "Environment", "Variables", "EVENT_BUS")
	if d := cmp.Diff(published, rule["EventBusName"]); d != "" {
		t.Errorf("the function's bus (-) and the rule's (+):\n%s", d)
	}
	transformer := dig(rule["Targets"].([]any)[0], "InputTransformer").(resource)
	paths := transformer["InputPathsMap"].(resource)
	held := alertFields(t)
	for name, at := range paths {
		if fmt.Sprint(at) != "$.detail."+name || !held[name] {
			t.Errorf("InputPathsMap.%s is %v, which no alert has", name, at)
		}
	}
	said := map[string]bool{}
	for _, m := range regexp.MustCompile(`<(\w+)>`).FindAllStringSubmatch(fmt.Sprint(transformer["InputTemplate"]), -1) {
		said[m[1]] = true
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(paths)), slices.Sorted(maps.Keys(said))); d != "" {
		t.Errorf("InputPathsMap (-) and what the mail says (+):\n%s", d)
	}
}

// alertFields are the names in an alert's JSON that are always there.
func alertFields(t *testing.T) map[string]bool {
	t.Helper()
	code, err := os.ReadFile("../shared/alert/alert.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range regexp.MustCompile("`json:\"(\\w+)\"`").FindAllSubmatch(code, -1) {
		names[string(m[1])] = true
	}
	return names
}

// TestTemplateTopic ensures that the topic takes alarms and alerts of this account, and nothing else.
func TestTemplateTopic(t *testing.T) {
	_, resources := readTemplate(t)
	senders := map[string]any{}
	for _, s := range dig(resources["AlarmTopicPolicy"], "Properties", "PolicyDocument", "Statement").([]any) {
		senders[fmt.Sprint(dig(s, "Principal", "Service"), " ", dig(s, "Action"))] = dig(s, "Condition")
	}
	want := map[string]any{
		"cloudwatch.amazonaws.com sns:Publish": resource{"StringEquals": resource{"aws:SourceAccount": ref("AWS::AccountId")}},
		"events.amazonaws.com sns:Publish":     resource{"ArnEquals": resource{"aws:SourceArn": getAtt("AlertMail.Arn")}},
	}
	if d := cmp.Diff(want, senders); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
