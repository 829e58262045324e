package template

import (
	"path"
	"strings"
	"time"
)

// function reads an AWS::Serverless::Function, Globals already merged.
func (o object) function(id string) Function {
	o.only("CodeUri", "Handler", "Runtime", "Timeout", "MemorySize", "Environment", "Events", "ReservedConcurrentExecutions", "FunctionName",
		// what follows changes nothing that a function can see here
		"Architectures", "Policies", "Role", "Description", "Tags", "Tracing", "LoggingConfig", "AutoPublishAlias", "DeploymentPreference",
		"PermissionsBoundary", "PropagateTags", "KmsKeyArn", "CodeSigningConfigArn", "RuntimeManagementConfig", "EphemeralStorage",
		"EventInvokeConfig", "DeadLetterQueue", "RolePath", "RecursiveLoop", "AutoPublishCodeSha256", "ProvisionedConcurrencyConfig",
		"AutoPublishAliasAllProperties", "VersionDescription", "VersionDeletionPolicy", "AssumeRolePolicyDocument")
	if r := o.text("Runtime"); !strings.HasPrefix(r, "provided") {
		o.fail("Runtime", "must be provided.al2023, not %q: only Go programs are run", r)
	}
	f := Function{
		ID: id, Name: o.e.name(id), Folder: path.Clean(o.text("CodeUri")),
		Timeout:     time.Duration(o.integer("Timeout", 3, 1, 900)) * time.Second,
		MemoryMB:    o.integer("MemorySize", 128, 128, 10240),
		Concurrency: o.integer("ReservedConcurrentExecutions", 0, 0, 1000),
		Env:         map[string]string{},
	}
	if f.Folder == "." || path.IsAbs(f.Folder) || strings.HasPrefix(f.Folder, "..") || strings.Contains(f.Folder, ":") {
		o.fail("CodeUri", "must be the function's folder, like functions/pixel/, not %q", o.text("CodeUri"))
	}
	env := o.sub("Environment").sub("Variables")
	for _, name := range env.names() {
		if env.has(name) {
			f.Env[name] = env.text(name)
		}
	}
	events := o.sub("Events")
	for _, name := range events.names() {
		if events.has(name) {
			events.sub(name).event(name, &f)
		}
	}
	return f
}

func (o object) event(name string, f *Function) {
	props := o.sub("Properties")
	props.where = o.where
	switch kind := o.text("Type"); kind {
	case "HttpApi":
		f.Routes = append(f.Routes, props.route())
	case "DynamoDB":
		f.Streams = append(f.Streams, props.stream(name))
	case "ScheduleV2":
		f.Schedules = append(f.Schedules, props.schedule(name))
	case "EventBridgeRule":
		f.Objects = append(f.Objects, props.created(name))
	default:
		o.fail("Type", "%q is not run on a laptop: HttpApi, DynamoDB, ScheduleV2 and EventBridgeRule are", kind)
	}
}

func (o object) route() Route {
	o.only("Path", "Method", "ApiId", "PayloadFormatVersion", "TimeoutInMillis", "RouteSettings")
	o.oneOf("PayloadFormatVersion", "2.0", "2")
	r := Route{
		Method: strings.ToUpper(o.text("Method")), Path: o.text("Path"),
		Timeout: time.Duration(o.integer("TimeoutInMillis", 30000, 50, 30000)) * time.Millisecond,
	}
	if r.Method == "" {
		r.Method = "ANY"
	}
	if !strings.HasPrefix(r.Path, "/") {
		o.fail("Path", "must begin with a slash, not %q", r.Path)
	}
	return r
}

func (o object) stream(name string) Stream {
	o.only("Stream", "StartingPosition", "BatchSize", "MaximumBatchingWindowInSeconds", "TumblingWindowInSeconds", "FunctionResponseTypes",
		"BisectBatchOnFunctionError", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "ParallelizationFactor", "Enabled",
		"DestinationConfig", "MetricsConfig")
	o.integer("ParallelizationFactor", 1, 1, 1)
	s := Stream{
		Event:       name,
		FromLatest:  o.oneOf("StartingPosition", "TRIM_HORIZON", "LATEST") == "LATEST",
		BatchSize:   o.integer("BatchSize", 100, 1, 10000),
		BatchWindow: time.Duration(o.integer("MaximumBatchingWindowInSeconds", 0, 0, 300)) * time.Second,
		Tumbling:    time.Duration(o.integer("TumblingWindowInSeconds", 0, 0, 900)) * time.Second,
		Bisect:      o.boolean("BisectBatchOnFunctionError", false),
		MaxRetries:  o.integer("MaximumRetryAttempts", -1, -1, 10000),
		MaxAge:      time.Duration(o.integer("MaximumRecordAgeInSeconds", -1, -1, 604800)) * time.Second,
	}
	table, ok := strings.CutPrefix(o.text("Stream"), streamOf)
	if !ok {
		o.fail("Stream", "must be !GetAtt <table>.StreamArn")
	}
	s.Table = table
	if o.text("StartingPosition") == "" {
		o.fail("StartingPosition", "is missing")
	}
	if !o.boolean("Enabled", true) {
		o.fail("Enabled", "false would leave records unhandled on a laptop: take the event away instead")
	}
	for _, t := range o.texts("FunctionResponseTypes") {
		if t != "ReportBatchItemFailures" {
			o.fail("FunctionResponseTypes", "knows ReportBatchItemFailures, not %q", t)
		}
		s.PartialFailures = true
	}
	return s
}

func (o object) schedule(name string) Schedule {
	o.only("ScheduleExpression", "ScheduleExpressionTimezone", "Input", "State", "Name", "FlexibleTimeWindow", "RetryPolicy", "GroupName",
		"Description", "RoleArn", "PermissionsBoundary", "KmsKeyArn", "DeadLetterConfig", "OmitName")
	s := Schedule{
		Event: name, Expression: o.text("ScheduleExpression"), Zone: o.text("ScheduleExpressionTimezone"), Input: o.text("Input"),
		Disabled: o.oneOf("State", "ENABLED", "DISABLED") == "DISABLED",
	}
	if s.Expression == "" {
		o.fail("ScheduleExpression", "is missing")
	}
	return s
}

// api reads an AWS::Serverless::HttpApi only to refuse what the gateway does not do.
func (o object) api() {
	o.only("StageName", "AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "Domain", "Tags", "Name", "Description",
		"DisableExecuteApiEndpoint", "FailOnWarnings", "PropagateTags", "StageVariables")
	o.oneOf("StageName", "$default")
}

// table reads an AWS::DynamoDB::Table.
func (o object) table(id string) Table {
	o.only("TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes",
		"StreamSpecification", "TimeToLiveSpecification", "ProvisionedThroughput",
		// what follows has no meaning for an engine on a laptop
		"PointInTimeRecoverySpecification", "DeletionProtectionEnabled", "SSESpecification", "Tags", "TableClass",
		"ContributorInsightsSpecification", "OnDemandThroughput", "WarmThroughput", "ResourcePolicy")
	t := Table{ID: id, Name: o.e.name(id), Key: o.keys()}
	for _, a := range o.objects("AttributeDefinitions") {
		t.Attributes = append(t.Attributes, Attribute{a.text("AttributeName"), a.oneOf("AttributeType", "S", "N", "B")})
	}
	if len(t.Key) == 0 || len(t.Attributes) == 0 {
		o.fail("KeySchema", "and AttributeDefinitions are needed")
	}
	for _, kind := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		for _, i := range o.objects(kind) {
			t.Indexes = append(t.Indexes, i.index(kind == "LocalSecondaryIndexes"))
		}
	}
	if o.has("StreamSpecification") {
		s := o.sub("StreamSpecification")
		t.StreamView = s.oneOf("StreamViewType", "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY")
		if t.StreamView == "" {
			s.fail("StreamViewType", "is missing")
		}
	}
	if ttl := o.sub("TimeToLiveSpecification"); ttl.boolean("Enabled", false) {
		t.TTL = ttl.text("AttributeName")
	}
	return t
}

func (o object) keys() []Key {
	var out []Key
	for _, k := range o.objects("KeySchema") {
		out = append(out, Key{k.text("AttributeName"), k.oneOf("KeyType", "HASH", "RANGE")})
	}
	return out
}

func (o object) index(local bool) Index {
	o.only("IndexName", "KeySchema", "Projection", "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput", "ContributorInsightsSpecification")
	p := o.sub("Projection")
	return Index{
		Name: o.text("IndexName"), Local: local, Key: o.keys(),
		Projection: p.oneOf("ProjectionType", "ALL", "KEYS_ONLY", "INCLUDE"), NonKey: p.texts("NonKeyAttributes"),
	}
}
