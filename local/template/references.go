package template

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ref is the value of !Ref: a parameter, a pseudo parameter, or the name of a resource.
func (e *evaluator) ref(where, name string) any {
	if v, ok := e.parameters[name]; ok {
		return v
	}
	pseudo := map[string]any{
		"AWS::StackName": stack, "AWS::Region": Region, "AWS::AccountId": account, "AWS::Partition": "aws",
		"AWS::URLSuffix": "amazonaws.com", "AWS::StackId": "arn:aws:cloudformation:" + Region + ":" + account + ":stack/" + stack + "/local",
	}
	if v, ok := pseudo[name]; ok {
		return v
	}
	if child(child(e.root, "Parameters"), name) != nil {
		e.fail("%s: parameter %s has neither a default nor a value for the laptop", where, name)
		return ""
	}
	if e.resources[name] == nil || !e.exists(name) {
		e.fail("%s: there is no parameter or resource %q", where, name)
		return ""
	}
	switch kind := e.kind(name); kind {
	case "AWS::Serverless::Function", "AWS::DynamoDB::Table", "AWS::S3::Bucket":
		return e.name(name)
	case "AWS::Serverless::HttpApi":
		return "local"
	default:
		e.fail("%s: refers to %s, and %s does not exist on a laptop", where, name, kind)
		return ""
	}
}

// streamOf marks the value of !GetAtt <table>.StreamArn, which is only known once the table is made.
const streamOf = "stream-of:"

func (e *evaluator) getAtt(where string, arg *yaml.Node) any {
	id, attribute, _ := strings.Cut(arg.Value, ".")
	if arg.Kind == yaml.SequenceNode && len(arg.Content) == 2 {
		id, attribute = arg.Content[0].Value, arg.Content[1].Value
	}
	if e.resources[id] == nil || !e.exists(id) {
		e.fail("%s: there is no resource %q", where, id)
		return ""
	}
	switch e.kind(id) + "." + attribute {
	case "AWS::DynamoDB::Table.StreamArn":
		return streamOf + id
	case "AWS::DynamoDB::Table.Arn":
		return "arn:aws:dynamodb:" + Region + ":" + account + ":table/" + e.name(id)
	case "AWS::Serverless::Function.Arn":
		return "arn:aws:lambda:" + Region + ":" + account + ":function:" + e.name(id)
	case "AWS::S3::Bucket.Arn":
		return "arn:aws:s3:::" + e.name(id)
	}
	e.fail("%s: !GetAtt %s.%s has no value on a laptop", where, id, attribute)
	return ""
}

var variable = regexp.MustCompile(`\$\{(!?)([A-Za-z0-9:._]+)\}`)

func (e *evaluator) substitute(where string, arg *yaml.Node) any {
	text, vars := arg.Value, map[string]any{}
	if arg.Kind == yaml.SequenceNode && len(arg.Content) == 2 {
		text = arg.Content[0].Value
		vars, _ = e.eval(where, arg.Content[1]).(map[string]any)
	}
	return variable.ReplaceAllStringFunc(text, func(m string) string {
		parts := variable.FindStringSubmatch(m)
		name := parts[2]
		var v any
		switch local, ok := vars[name]; {
		case parts[1] == "!":
			return "${" + name + "}"
		case ok:
			v = local
		case strings.Contains(name, "."):
			v = e.getAtt(where, &yaml.Node{Kind: yaml.ScalarNode, Value: name})
		default:
			v = e.ref(where, name)
		}
		s, _ := scalar(v)
		return s
	})
}
