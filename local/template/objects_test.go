package template_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tributary/local/template"
)

const listening = `
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f/
      Runtime: provided.al2023
      Events:
        File:
          Type: EventBridgeRule
          Properties:
            Pattern:
              source: [aws.s3]
              detail-type: [Object Created]
              detail: {bucket: {name: [!Ref B]}, object: {key: [{prefix: in/}, {prefix: also/}]}}
  B:
    Type: AWS::S3::Bucket
    Properties: {NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}}
`

// Ensures that a rule on a bucket's objects is read with its bucket and its prefixes.
func TestObjects(t *testing.T) {
	got, err := read(t, listening, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []template.Objects{{Event: "File", Bucket: "tributary-local-b", Prefixes: []string{"in/", "also/"}}}
	if d := cmp.Diff(want, got.Functions[0].Objects); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff([]template.Bucket{{ID: "B", Name: "tributary-local-b", Tells: true}}, got.Buckets); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// Ensures that a rule which would never fire here, or fire for more than it says, is refused by name.
func TestObjectsRefuse(t *testing.T) {
	for _, c := range []struct{ name, old, now, says string }{
		{"another source", "aws.s3", "aws.ec2", "must be Object Created"},
		{"another event", "Object Created", "Object Deleted", "must be Object Created"},
		{"a silent bucket", "EventBridgeEnabled: true", "EventBridgeEnabled: false", "turns EventBridge on"},
		{"no such bucket", "[!Ref B]", "[elsewhere]", "turns EventBridge on"},
		{"two buckets", "[!Ref B]", "[!Ref B, elsewhere]", "list of one value"},
		{"another filter", "{prefix: in/}", "{suffix: .csv}", "suffix cannot be honoured"},
		{"a rule that is off", "            Pattern:", "            State: DISABLED\n            Pattern:", "must be ENABLED"},
		{"notices that go elsewhere", "{EventBridgeConfiguration:", "{LambdaConfigurations: [], EventBridgeConfiguration:", "LambdaConfigurations cannot be honoured"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(listening, c.old) {
				t.Fatalf("the template has no %q", c.old)
			}
			if _, err := read(t, strings.Replace(listening, c.old, c.now, 1), nil); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error with %q", err, c.says)
			}
		})
	}
}
