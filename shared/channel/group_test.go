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

// TestGroupBeyondTheVectors ensures what the vectors leave open: GA4's AI assistants, hosts as sources, the order of rules, and
// the borders of its patterns.
func TestGroupBeyondTheVectors(t *testing.T) {
	for _, c := range []struct{ name, source, medium, campaign, want string }{
		{"an assistant by its host", "chatgpt.com", "referral", "", AIAssistant},
		{"one that tags its links without a medium", "chatgpt.com", "", "", AIAssistant},
		{"GA4's medium, whoever sends it", "new-assistant.example", "ai-assistant", "(ai-assistant)", AIAssistant},
		{"an assistant that is paid", "chatgpt.com", "cpc", "", PaidOther},
		{"an assistant of a search engine", "gemini.google.com", "referral", "", AIAssistant},
		{"a search engine by its host", "www.bing.com", "organic", "", OrganicSearch},
		{"one that is paid, by its host", "duckduckgo.com", "paid-search", "", PaidSearch},
		{"a network by its host", "m.facebook.com", "paidsocial", "", PaidSocial},
		{"a network's app", "com.linkedin.android", "referral", "", OrganicSocial},
		{"a social medium on a video site", "youtube.com", "social", "", OrganicSocial},
		{"a video site without a medium", "vimeo.com", "", "", OrganicVideo},
		{"a shop in a country", "amazon.co.uk", "referral", "", OrganicShopping},
		{"e-shop is a shop", "google", "cpc", "e-shop", PaidShopping},
		{"eshop too", "google", "cpc", "eshop", PaidShopping},
		{"bishop is none", "google", "cpc", "bishop", PaidSearch},
		{"cross-network goes before direct", "(direct)", "(none)", "cross-network", CrossNetwork},
		{"a search engine's mail", "mail.google.com", "email", "", Email},
		{"a medium that ends with push", "crm", "web-push", "", MobilePush},
		{"one that only begins so", "crm", "pushed", "", Unassigned},
		{"a tag in capitals", "NEWSLETTER", "E-Mail", "", Email},
	} {
		if got := Group(c.source, c.medium, c.campaign); got != c.want {
			t.Errorf("%s: Group(%q, %q, %q) = %q, want %q", c.name, c.source, c.medium, c.campaign, got, c.want)
		}
	}
}

// BenchmarkGroup is a visit from a search engine: host, list, rules.
func BenchmarkGroup(b *testing.B) {
	for b.Loop() {
		source, medium := FromReferrer("https://www.google.co.uk/", "shop.example", []string{"shop.example"}, nil)
		Group(source, medium, "")
	}
}
