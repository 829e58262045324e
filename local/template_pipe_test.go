package main_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/shared/alert"
)

// TestTemplatePipe ensures what cfn-lint does not read: that the pipe takes alerts and nothing else from its table, that the event
// which it makes is JSON and names every part of an alert where the store keeps it, and that its role may do just that.
func TestTemplatePipe(t *testing.T) {
	_, resources := readTemplate(t)
	p := dig(resources["AlertPipe"], "Properties").(resource)
	if d := cmp.Diff(getAtt("AlertsTable.StreamArn"), p["Source"]); d != "" {
		t.Errorf("Source (-want +got):\n%s", d)
	}
	filters := dig(p, "SourceParameters", "FilterCriteria", "Filters").([]any)
	var pattern map[string]any
	if err := json.Unmarshal([]byte(fmt.Sprint(dig(filters[0], "Pattern"))), &pattern); err != nil || len(filters) != 1 {
		t.Fatalf("filters %v: %v", filters, err)
	}
	want := map[string]any{
		"eventName": []any{"INSERT", "MODIFY"},
		"dynamodb":  map[string]any{"NewImage": map[string]any{"state": map[string]any{"S": []any{alert.Raised, alert.Cleared}}}},
	}
	if d := cmp.Diff(want, pattern); d != "" {
		t.Errorf("the filter (-want +got):\n%s", d)
	}
	checkPipeEvent(t, dig(p, "TargetParameters").(resource))
	var allowed []string
	for _, s := range dig(dig(resources["AlertPipeRole"], "Properties", "Policies").([]any)[0], "PolicyDocument", "Statement").([]any) {
		for _, action := range listed(dig(s, "Action")) {
			allowed = append(allowed, fmt.Sprint(action)+" "+place(dig(s, "Resource")))
		}
	}
	slices.Sort(allowed)
	bus := "arn:AWS::Partition:events:AWS::Region:AWS::AccountId:event-bus/default"
	if d := cmp.Diff([]string{
		"dynamodb:DescribeStream AlertsTable/stream", "dynamodb:GetRecords AlertsTable/stream", "dynamodb:GetShardIterator AlertsTable/stream", "dynamodb:ListStreams *",
		"events:PutEvents " + bus,
	}, allowed); d != "" {
		t.Errorf("the pipe's role (-want +got):\n%s", d)
	}
}

// checkPipeEvent puts texts in the place of the template's paths, as a pipe does.
func checkPipeEvent(t *testing.T, target resource) {
	t.Helper()
	source, detail := dig(target, "EventBridgeEventBusParameters", "Source"), dig(target, "EventBridgeEventBusParameters", "DetailType")
	template := fmt.Sprint(target["InputTemplate"])
	path := regexp.MustCompile(`<\$\.dynamodb\.NewImage\.(\w+)\.S>`)
	var got map[string]string
	if err := json.Unmarshal([]byte(path.ReplaceAllString(template, `"$1"`)), &got); err != nil {
		t.Fatalf("InputTemplate: %v", err)
	}
	want := map[string]string{"id": "sk"}
	for name := range (&alert.Alert{}).Parts() {
		want[name] = name
	}
	if d := cmp.Diff(want, got); d != "" || strings.Contains(path.ReplaceAllString(template, ""), "<") {
		t.Errorf("the event's parts, and where they lie in the item (-want +got):\n%s", d)
	}
	_, resources := readTemplate(t)
	rule := dig(resources["AlertMail"], "Properties").(resource)
	pattern := resource{"source": []any{source}, "detail-type": []any{detail}, "account": []any{ref("AWS::AccountId")}}
	if d := cmp.Diff(pattern, rule["EventPattern"]); d != "" {
		t.Errorf("what the pipe sends (-) and what the rule takes (+):\n%s", d)
	}
	transformer := dig(rule["Targets"].([]any)[0], "InputTransformer").(resource)
	paths := transformer["InputPathsMap"].(resource)
	for name, at := range paths {
		if fmt.Sprint(at) != "$.detail."+name || got[name] == "" {
			t.Errorf("InputPathsMap.%s is %v, which the event does not have", name, at)
		}
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`<(\w+)>`).FindAllStringSubmatch(fmt.Sprint(transformer["InputTemplate"]), -1) {
		used[m[1]] = true
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(paths)), slices.Sorted(maps.Keys(used))); d != "" {
		t.Errorf("InputPathsMap (-) and what the mail says (+):\n%s", d)
	}
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
