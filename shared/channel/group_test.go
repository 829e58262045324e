package channel

import (
	"encoding/json"
	"os"
	"testing"
)

func TestGroupFollowsTheVectors(t *testing.T) {
	b, err := os.ReadFile("testdata/channel_grouping.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct{ Source, Medium, Campaign, Expected string }
	}
	if err := json.Unmarshal(b, &file); err != nil || len(file.Cases) != 43 {
		t.Fatalf("%d cases, %v", len(file.Cases), err)
	}
	for _, c := range file.Cases {
		if got := Group(c.Source, c.Medium, c.Campaign); got != c.Expected {
			t.Errorf("Group(%q, %q, %q) = %q, want %q", c.Source, c.Medium, c.Campaign, got, c.Expected)
		}
	}
}
