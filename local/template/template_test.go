package template_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tributary/local/template"
)

// read reads a template written by the test.
func read(t *testing.T, text string, parameters map[string]string) (*template.Template, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return template.Read(path, parameters)
}

const whole = `
Parameters:
  Stage: {Type: String, Default: prod}
  Bound: {Type: Number, Default: 0}
  Days: {Type: CommaDelimitedList, Default: "a, b"}
Mappings: {Sizes: {dev: {memory: 512}}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  Odd: !And [!Not [!Condition IsProd], !Or [{Condition: IsProd}, !Equals [1, 1]]]
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    Timeout: 7
    Environment: {Variables: {STAGE: !Ref Stage, TABLE: !Ref T, SAME: global}}
Resources:
  Api: {Type: AWS::Serverless::HttpApi}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f/
      MemorySize: !FindInMap [Sizes, !Ref Stage, memory]
      ReservedConcurrentExecutions: !If [IsProd, 5, !Ref AWS::NoValue]
      Policies: [!Sub "${Nowhere.Arn}"]
      Environment:
        Variables:
          SAME: local
          SUB: !Sub ["${AWS::StackName}/${x}/${!Literal}/${T}", {x: !Join ["-", [a, !Select [1, !Ref Days]]]}]
          LONG: {"Fn::If": [Odd, odd, even]}
          ARN: !GetAtt T.Arn
          NOT: !If [IsProd, x, !Ref "AWS::NoValue"]
      Events:
        Get: {Type: HttpApi, Properties: {Path: "/x/{id}", Method: get, ApiId: !Ref Api}}
        Stream:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt T.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 10
            TumblingWindowInSeconds: 900
            MaximumBatchingWindowInSeconds: 1
            FunctionResponseTypes: [ReportBatchItemFailures]
        Tick:
          Type: ScheduleV2
          Properties: {ScheduleExpression: rate(1 hour), Input: '{"a":1}', State: !If [IsProd, ENABLED, DISABLED]}
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}, {AttributeName: g, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - {IndexName: byG, KeySchema: [{AttributeName: g, KeyType: HASH}], Projection: {ProjectionType: KEYS_ONLY}}
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}
  OnlyProd: {Type: AWS::S3::Bucket, Condition: IsProd}
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "b-${AWS::AccountId}"}}
  Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {Threshold: !Ref Nothing}}
`

func TestReadsWhatTheTemplateSays(t *testing.T) {
	got, err := read(t, whole, map[string]string{"Stage": "dev", "Unknown": "x"})
	if err != nil {
		t.Fatal(err)
	}
	want := &template.Template{
		Functions: []template.Function{{
			ID: "F", Name: "tributary-local-F", Folder: "functions/f", Timeout: 7 * time.Second, MemoryMB: 512,
			Env: map[string]string{
				"STAGE": "dev", "TABLE": "tributary-local-T", "SAME": "local", "SUB": "tributary-local/a-b/${Literal}/tributary-local-T",
				"LONG": "odd", "ARN": "arn:aws:dynamodb:us-east-1:000000000000:table/tributary-local-T",
			},
			Routes: []template.Route{{Method: "GET", Path: "/x/{id}", Timeout: 30 * time.Second}},
			Streams: []template.Stream{{
				Event: "Stream", Table: "T", BatchSize: 10, BatchWindow: time.Second, Tumbling: 900 * time.Second,
				PartialFailures: true, MaxRetries: -1, MaxAge: -time.Second,
			}},
			Schedules: []template.Schedule{{Event: "Tick", Expression: "rate(1 hour)", Input: `{"a":1}`, Disabled: true}},
		}},
		Tables: []template.Table{{
			ID: "T", Name: "tributary-local-T", Attributes: []template.Attribute{{Name: "pk", Type: "S"}, {Name: "g", Type: "S"}},
			Key:        []template.Key{{Name: "pk", Type: "HASH"}},
			Indexes:    []template.Index{{Name: "byG", Key: []template.Key{{Name: "g", Type: "HASH"}}, Projection: "KEYS_ONLY"}},
			StreamView: "NEW_AND_OLD_IMAGES", TTL: "ttl",
		}},
		Buckets: []template.Bucket{{ID: "B", Name: "b-000000000000"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDefaultsHoldWithoutOverrides(t *testing.T) {
	got, err := read(t, strings.Replace(whole, "{dev: {memory", "{prod: {memory", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	f := got.Functions[0]
	if f.Env["STAGE"] != "prod" || f.Env["NOT"] != "x" || f.Env["LONG"] != "even" || f.Concurrency != 5 || f.Schedules[0].Disabled || len(got.Buckets) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestRefusesWhatItCannotHonour(t *testing.T) {
	cases := []struct{ name, from, to, want string }{
		{"broken YAML", "Resources:", "Resources: [", "template.yaml is no YAML"},
		{"unknown function property", "CodeUri: functions/f/", "CodeUri: functions/f/\n      Layers: [x]", "F: Layers cannot be honoured"},
		{"unknown event", "Type: ScheduleV2", "Type: SQS", `F: Events.Tick.Type "SQS" is not run on a laptop`},
		{"filter", "BatchSize: 10", "FilterCriteria: {}", "F: Events.Stream.FilterCriteria cannot be honoured"},
		{"factor", "BatchSize: 10", "ParallelizationFactor: 2", "F: Events.Stream.ParallelizationFactor must be a whole number from 1 to 1"},
		{"batch size", "BatchSize: 10", "BatchSize: many", `F: Events.Stream.BatchSize must be a whole number from 1 to 10000, not "many"`},
		{"runtime", "Runtime: provided.al2023", "Runtime: python3.12", `F: Runtime must be provided.al2023, not "python3.12"`},
		{"code", "functions/f/", "s3://x/y", "F: CodeUri must be the function's folder"},
		{"stream of what is no table", "!GetAtt T.StreamArn", "!Ref T", "F: Events.Stream.Stream must be !GetAtt <table>.StreamArn"},
		{"stream of a table without", "StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}", "", "T is no table with a StreamSpecification"},
		{"unknown reference", "TABLE: !Ref T", "TABLE: !Ref Tee", `F: Environment.Variables.TABLE: there is no parameter or resource "Tee"`},
		{"reference to a cloud resource", "TABLE: !Ref T", "TABLE: !Ref Alarm", "AWS::CloudWatch::Alarm does not exist on a laptop"},
		{"attribute without value", "!GetAtt T.Arn", "!GetAtt B.WebsiteURL", "!GetAtt B.WebsiteURL has no value on a laptop"},
		{"unknown function of YAML", "!GetAtt T.Arn", "!ImportValue x", "!ImportValue is not known on a laptop"},
		{"unknown condition", "[Odd, odd", "[Even, odd", `there is no condition "Even"`},
		{"table property", "StreamSpecification:", "KinesisStreamSpecification: {StreamArn: x}\n      StreamSpecification:", "T: KinesisStreamSpecification cannot be honoured"},
		{"cors", "{Type: AWS::Serverless::HttpApi}", "{Type: AWS::Serverless::HttpApi, Properties: {CorsConfiguration: true}}", "Api: CorsConfiguration cannot be honoured"},
		{"another kind of function", "AWS::CloudWatch::Alarm", "AWS::Lambda::Function", "Alarm: AWS::Lambda::Function cannot run here"},
		{"itself", "b-${AWS::AccountId}", "b-${B}", "B: BucketName: refers to itself"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, strings.Replace(whole, c.from, c.to, 1), map[string]string{"Stage": "dev"})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v\nwant …%s…", err, c.want)
			}
		})
	}
}

const machine = `
  M:
    Type: AWS::Serverless::StateMachine
    Metadata: {Laptop: F}
    Properties:
      Definition: {StartAt: A, States: {A: {Type: Task, Resource: "${Nowhere}"}}}
      Events: {Tock: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(2 hours), Input: '{"b":2}'}}}
  D: {Type: AWS::Glue::Database, Properties: {CatalogId: !Ref Nothing}}
`

// A state machine's schedule invokes the function that stands in for it; its steps, roles and logs have no meaning here.
func TestAStateMachineStandsAsItsFunction(t *testing.T) {
	got, err := read(t, whole+machine, map[string]string{"Stage": "dev"})
	if err != nil {
		t.Fatal(err)
	}
	want := []template.Schedule{
		{Event: "Tick", Expression: "rate(1 hour)", Input: `{"a":1}`, Disabled: true},
		{Event: "Tock", Expression: "rate(2 hours)", Input: `{"b":2}`},
	}
	if diff := cmp.Diff(want, got.Functions[0].Schedules); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, c := range []struct{ name, from, to, want string }{
		{"no function", "Metadata: {Laptop: F}", "", `M: state machines are not run on the laptop: name the function that does its work there in Metadata.Laptop, not ""`},
		{"unknown function", "{Laptop: F}", "{Laptop: T}", `in Metadata.Laptop, not "T"`},
		{"another event", "{Type: ScheduleV2", "{Type: EventBridgeRule", `M: Events.Tock.Type "EventBridgeRule" of a state machine is not run on a laptop`},
		{"schedule", "Input: '{\"b\":2}'", "Colour: red", "M: Events.Tock.Colour cannot be honoured"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, whole+strings.Replace(machine, c.from, c.to, 1), map[string]string{"Stage": "dev"})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v\nwant …%s…", err, c.want)
			}
		})
	}
}

func TestRefusesAMissingFile(t *testing.T) {
	if _, err := template.Read(filepath.Join(t.TempDir(), "none.yaml"), nil); err == nil {
		t.Error("no error")
	}
}

func TestReadsTheProjectsTemplate(t *testing.T) {
	got, err := template.Read("../../template.yaml", map[string]string{"Stage": "dev", "ApiKeySha256": "0"})
	if err != nil {
		t.Fatal(err)
	}
	schedules := 0
	for _, f := range got.Functions {
		schedules += len(f.Schedules)
	}
	if len(got.Functions) < 6 || len(got.Tables) < 5 || len(got.Buckets) != 1 || schedules < 1 {
		t.Errorf("%d functions, %d tables, %d buckets, %d schedules", len(got.Functions), len(got.Tables), len(got.Buckets), schedules)
	}
}
