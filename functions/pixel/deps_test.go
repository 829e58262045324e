package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A cold start fetches and starts everything that a hot function links, so the list of what may not creep in is short
// and firm.
func TestHotDoorsStayLight(t *testing.T) {
	for _, door := range []string{"tributary/functions/pixel", "tributary/functions/redirect", "tributary/functions/collect", "tributary/functions/webhook"} {
		out, err := exec.Command("go", "list", "-deps", "-tags", "lambda.norpc", door).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", door, err)
		}
		deps := strings.Fields(string(out))
		if !slices.Contains(deps, "tributary/shared/ingest") {
			t.Fatalf("%s: the list lacks what it surely links: %d packages", door, len(deps))
		}
		for _, dep := range deps {
			for _, heavy := range []string{
				"html/template", "text/template", "net/rpc", "time/tzdata", "gofakes3", "aws-sdk-go-v2/config", "aws-sdk-go-v2/service/s3",
				"dynamodbstreams", "govalues", "tributary/shared/archive", "tributary/local",
			} {
				if strings.Contains(dep, heavy) {
					t.Errorf("%s links %s", door, dep)
				}
			}
		}
	}
}
